import { wrongRange, wrongType } from '../base/invalid.ts';

/** A typed array of numbers or bigints. */
export type AnyTypedArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint8ClampedArray<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** The arrays that type codes stand for. C's `long` (`l`, `L`) has 32 bits, on every system; 64 bits are `q` and `Q`. */
export interface ArrayOfCode {
  c: Uint8Array<ArrayBuffer>;
  b: Int8Array<ArrayBuffer>;
  B: Uint8Array<ArrayBuffer>;
  h: Int16Array<ArrayBuffer>;
  H: Uint16Array<ArrayBuffer>;
  i: Int32Array<ArrayBuffer>;
  I: Uint32Array<ArrayBuffer>;
  l: Int32Array<ArrayBuffer>;
  L: Uint32Array<ArrayBuffer>;
  q: BigInt64Array<ArrayBuffer>;
  Q: BigUint64Array<ArrayBuffer>;
  f: Float32Array<ArrayBuffer>;
  d: Float64Array<ArrayBuffer>;
}

/** One letter for a type of C, as in Python's modules `array` and `ctypes`. */
export type TypeCode = keyof ArrayOfCode;

/** Any of JavaScript's typed-array constructors. */
export interface ViewClass<View extends AnyTypedArray = AnyTypedArray> {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBuffer, byteOffset?: number, length?: number): View;
}

/** What users may give as the type of an element. */
export type ElementType = TypeCode | ViewClass;

/** The array for an element type. */
export type ArrayOf<T extends ElementType> = T extends TypeCode
  ? ArrayOfCode[T]
  : T extends ViewClass<infer View>
    ? View
    : never;

/** The value of one element. */
export type ElementOf<T extends ElementType> = T extends 'c' ? string : ArrayOf<T>[number];

/** The class of arrays that each type code stands for. */
export const CLASS_OF_CODE: { readonly [Code in TypeCode]: ViewClass<ArrayOfCode[Code]> } = {
  c: Uint8Array,
  b: Int8Array,
  B: Uint8Array,
  h: Int16Array,
  H: Uint16Array,
  i: Int32Array,
  I: Uint32Array,
  l: Int32Array,
  L: Uint32Array,
  q: BigInt64Array,
  Q: BigUint64Array,
  f: Float32Array,
  d: Float64Array,
};

const KNOWN: readonly unknown[] = [...Object.values(CLASS_OF_CODE), Uint8ClampedArray];
const EXPECTED = `one of the type codes ${Object.keys(CLASS_OF_CODE).join(' ')} or a typed-array constructor`;

/** Whether its elements are bigints, and not numbers. */
export function isOfBigInts(View: ViewClass): boolean {
  return View.name.startsWith('Big');
}

/** The typed-array class for what the user gave. @throws TypeError, or RangeError for an unknown code. */
export function viewClass(owner: string, type: unknown): ViewClass {
  if (typeof type === 'string') {
    if (Object.hasOwn(CLASS_OF_CODE, type)) return CLASS_OF_CODE[type as TypeCode]; // looked at just now
    throw wrongRange(owner, 'type', EXPECTED, type);
  }
  if (KNOWN.includes(type)) return type as ViewClass; // as above
  throw wrongType(owner, 'type', EXPECTED, type);
}

/**
 * Checks one value for an array of this class, which would take anything that can be made a number, and `NaN` for the rest.
 *
 * @throws TypeError
 */
export function checkElement(owner: string, name: string, View: ViewClass, value: unknown): void {
  if (isOfBigInts(View)) {
    if (typeof value !== 'bigint') throw wrongType(owner, name, `a bigint, as in ${View.name}`, value);
  } else if (typeof value !== 'number' && typeof value !== 'boolean') throw wrongType(owner, name, 'a number', value);
}
