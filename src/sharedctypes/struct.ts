import { wrongType, wrongUse } from '../base/invalid.ts';
import { checkInteger } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import { registerHandler } from '../reduction/handlers.ts';
import type { Holdable } from '../synchronize/holdable.ts';
import { guard } from './guard.ts';
import { readText, writeText } from './text.ts';
import {
  type AnyTypedArray,
  type ArrayOf,
  checkElement,
  type ElementOf,
  type ElementType,
  viewClass,
  type ViewClass,
} from './types.ts';

/** What a field holds: one value, an array of fixed length, or another record. */
export type FieldType = ElementType | readonly [type: ElementType, length: number] | Struct<Fields>;
export interface Fields {
  readonly [name: string]: FieldType;
}

type FieldValue<T> =
  T extends Struct<infer F>
    ? RecordOf<F>
    : T extends readonly ['c', number]
      ? string
      : T extends readonly [infer E extends ElementType, number]
        ? ArrayOf<E>
        : T extends ElementType
          ? ElementOf<T>
          : never;

/** A record in shared memory: reading and writing its fields goes to the memory. */
export type RecordOf<F extends Fields> = { -readonly [Name in keyof F]: FieldValue<F[Name]> };

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly offset: number;
  readonly byteLength: number;
}

// Set by the class of records, whose parts nobody else can reach.
let partsOf: (record: SharedRecord) => Parts;

/**
 * Describes records for `Value` and `Array`, laid out as C lays out a `struct`.
 *
 * @see Python `ctypes.Structure`
 *
 * @example
 * ```ts
 * const Point = Struct({ x: 'd', y: 'd', name: ['c', 16] });
 * const points = Array(Point, [{ x: 1, y: 2, name: 'one' }]);
 * ```
 */
class StructType<F extends Fields> {
  readonly fields: F;
  /** Bytes of one record, with the gaps that alignment makes. */
  readonly byteLength: number;
  readonly alignment: number;
  readonly #layout: readonly Field[];

  constructor(fields: F) {
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
      throw wrongType('Struct', 'fields', 'an object of types', fields);
    const layout: Field[] = [];
    let end = 0;
    let alignment = 1;
    for (const [name, type] of Object.entries(fields)) {
      const size = sizeOf(name, type);
      const offset = Math.ceil(end / size.alignment) * size.alignment;
      layout.push({ name, type, offset, byteLength: size.byteLength });
      end = offset + size.byteLength;
      alignment = Math.max(alignment, size.alignment);
    }
    if (layout.length === 0) throw wrongUse('Struct', 'a record needs at least one field');
    this.fields = fields;
    this.alignment = alignment;
    this.byteLength = Math.ceil(end / alignment) * alignment;
    this.#layout = layout;
  }

  /** The record in these bytes. */
  at(bytes: Uint8Array<ArrayBuffer>, lock?: Holdable): RecordOf<F> {
    return new SharedRecord(this, bytes, this.#layout, lock) as unknown as RecordOf<F>; // it gets all fields
  }

  /** Copies what `values` has into a record. @throws TypeError for a field that there is none of. */
  fill(record: RecordOf<F>, values: object): void {
    for (const [name, value] of Object.entries(values)) {
      if (!Object.hasOwn(this.fields, name))
        throw wrongUse('Struct', `there is no field \`${name}\`; known are ${Object.keys(this.fields).join(', ')}`);
      Reflect.set(record, name, value);
    }
  }
}

registerHandler<StructType<Fields>, Fields>('sharedctypes.Struct', StructType, {
  home: import.meta.url,
  take: (type) => type.fields,
  make: (fields) => new StructType(fields),
});

export type Struct<F extends Fields> = StructType<F>;

interface StructFunction {
  <const F extends Fields>(fields: F): Struct<F>;
  readonly prototype: StructType<Fields>;
  [Symbol.hasInstance](value: unknown): value is Struct<Fields>;
}

function make<const F extends Fields>(fields: F): Struct<F> {
  return new StructType(fields);
}

/** As a class is a function that wants `new`, the function that users call stands beside it. */
export const Struct: StructFunction = Object.defineProperties(make, {
  prototype: { value: StructType.prototype },
  [Symbol.hasInstance]: { value: (value: unknown) => value instanceof StructType },
}) as StructFunction; // it has been given what was missing

/** The class of all records: they travel by reference. */
class SharedRecord {
  readonly #parts: Parts;

  constructor(
    type: Struct<Fields>,
    bytes: Uint8Array<ArrayBuffer>,
    layout: readonly Field[],
    lock: Holdable | undefined,
  ) {
    this.#parts = { fields: type.fields, bytes, lock };
    for (const field of layout) Object.defineProperty(this, field.name, accessors(field, bytes));
    if (lock !== undefined) guard(this, new SharedRecord(type, bytes, layout, undefined), lock);
    Object.preventExtensions(this);
  }

  toString(): string {
    return '<Record>';
  }

  static {
    // Node would show the accessors.
    showAsText(this.prototype);
    registerHandler<SharedRecord, Parts>('sharedctypes.Record', SharedRecord, {
      home: import.meta.url,
      take: (record) => record.#parts,
      // What `at` makes is of this class, whatever its fields.
      make: ({ fields, bytes, lock }) => new StructType(fields).at(bytes, lock) as unknown as SharedRecord,
    });
    partsOf = (record) => record.#parts;
  }
}

interface Parts {
  readonly fields: Fields;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lock: Holdable | undefined;
}

/** A copy of a record in other memory; `undefined` for what is no record. */
export function copyRecord(record: object, allocate: (byteLength: number) => ArrayBuffer): object | undefined {
  if (!(record instanceof SharedRecord)) return undefined;
  const { fields, bytes } = partsOf(record);
  const copy = new Uint8Array(allocate(bytes.length), 0, bytes.length);
  copy.set(bytes);
  return new StructType(fields).at(copy);
}

interface Size {
  readonly byteLength: number;
  readonly alignment: number;
}

function sizeOf(name: string, type: unknown): Size {
  if (type instanceof StructType) return type;
  if (!Array.isArray(type)) {
    const { BYTES_PER_ELEMENT } = viewClass(`Struct: ${name}`, type);
    return { byteLength: BYTES_PER_ELEMENT, alignment: BYTES_PER_ELEMENT };
  }
  const [element, length] = type as readonly unknown[];
  const { BYTES_PER_ELEMENT } = viewClass(`Struct: ${name}`, element);
  checkInteger('Struct', `${name}[1]`, length, 1);
  return { byteLength: BYTES_PER_ELEMENT * length, alignment: BYTES_PER_ELEMENT };
}

function accessors({ name, type, offset, byteLength }: Field, bytes: Uint8Array<ArrayBuffer>): PropertyDescriptor {
  const owner = `Struct: ${name}`;
  if (type instanceof StructType) {
    const inner: RecordOf<Fields> = type.at(bytes.subarray(offset, offset + byteLength));
    return { enumerable: true, get: () => inner, set: (values: object) => type.fill(inner, values) };
  }
  const isArray = Array.isArray(type);
  const code: unknown = isArray ? type[0] : type;
  const View: ViewClass = viewClass(owner, code);
  const view: AnyTypedArray = new View(bytes.buffer, bytes.byteOffset + offset, byteLength / View.BYTES_PER_ELEMENT);
  if (code === 'c') {
    const characters = view as Uint8Array<ArrayBuffer>; // the class of that code
    return {
      enumerable: true,
      get: () => readText(characters),
      set: (text: string) => writeText(owner, characters, text),
    };
  }
  // The view checks what is written to it.
  if (isArray) return { enumerable: true, get: () => view, set: (values: ArrayLike<never>) => view.set(values) };
  const set = (value: never): void => {
    if (typeof value !== typeof view[0]) checkElement(owner, 'value', View, value);
    view[0] = value;
  };
  return { enumerable: true, get: () => view[0], set };
}
