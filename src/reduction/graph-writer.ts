import { inspect, types } from 'node:util';
import { NotSendableError } from '../base/errors.ts';
import { hasOnlyIndices, namesBesides, nextIndex } from './array-shape.ts';
import * as compact from './compact-tags.ts';
import { writeNumbers } from './compact-write.ts';
import type { ReferencedFunction } from './functions/node.ts';
import { Output } from './graph-output.ts';
import * as tag from './graph-tags.ts';
import { Met } from './met.ts';
import { DEFAULT_OUT_OF_BAND, type PackOptions } from './message.ts';
import { describePlace, type Place, type Step } from './path.ts';
import { wellKnownName } from './symbols.ts';

const { getOwnPropertySymbols, getPrototypeOf, keys: ownKeys } = Object;
const { isArgumentsObject, isProxy } = types;
const OBJECT_PROTOTYPE: unknown = Object.prototype;
const ARRAY_PROTOTYPE: unknown = Array.prototype;
/** Lists of keys that are compared with those of an object. */
const SHAPES_TRIED = 8;

/** What the writer leaves to other files, so that they depend on it and not the other way round. */
export interface Specialists {
  /** An object that is neither plain nor an array; not written before. */
  writeObject(writer: GraphWriter, value: object, prototype: object | null): void;
  writeProxy(writer: GraphWriter, value: object): void;
  /** A function that was not written before. */
  writeFunction(writer: GraphWriter, value: Function): void;
}

/** How far the writer is: what a part that turned out to be unsendable must be taken back to. */
export interface Mark {
  readonly offset: number;
  readonly objects: number;
  readonly shapes: number;
  readonly buffers: number;
  readonly references: number;
  readonly depth: number;
}

/**
 * Writes a graph of values: every object once and then by number, so that cycles and shared references survive.
 *
 * After an error the writer is of no use until {@link GraphWriter.start}.
 */
export class GraphWriter extends Output {
  readonly #specialists: Specialists;
  readonly #met = new Met();
  #shapes: string[][] = [];
  /** Number of the list of keys that was met last, by depth: records come in lists of their like. */
  #guesses: number[] = [];
  readonly #steps: Step[] = [];
  #depth = 0;
  options: PackOptions = {};
  threshold: number = DEFAULT_OUT_OF_BAND;
  buffers: Uint8Array[] = [];
  references: ReferencedFunction[] = [];
  /** Numbers of objects whose parts are being written and that do not exist at the receiver before these parts do. */
  readonly unmade: Set<number> = new Set();

  constructor(specialists: Specialists) {
    super();
    this.#specialists = specialists;
  }

  /** Forgets the message before. */
  start(options: PackOptions): void {
    this.options = options;
    this.threshold = options.outOfBand ?? DEFAULT_OUT_OF_BAND;
    this.offset = 0;
    this.#depth = 0;
    this.#steps.length = 0;
    this.unmade.clear();
    this.#met.clear();
    this.#shapes = [];
    this.#guesses = [];
    this.buffers = [];
    this.references = [];
  }

  mark(): Mark {
    return {
      offset: this.offset,
      objects: this.#met.mark(),
      shapes: this.#shapes.length,
      buffers: this.buffers.length,
      references: this.references.length,
      depth: this.#depth,
    };
  }

  /** Takes back everything since `mark`. */
  rollBack(mark: Mark): void {
    this.#met.cut(mark.objects);
    for (const id of this.unmade) if (id >= mark.objects) this.unmade.delete(id);
    this.#shapes.length = mark.shapes;
    this.#guesses = [];
    this.buffers.length = mark.buffers;
    this.references.length = mark.references;
    this.#depth = mark.depth;
    this.offset = mark.offset;
  }

  /** Where the value that is being written is. */
  place(): Place {
    return describePlace(this.options.name ?? 'value', this.#steps.slice(0, this.#depth));
  }

  /** The error for the value that is being written. */
  refusal(why: string): NotSendableError {
    const { at, captured } = this.place();
    return new NotSendableError(`cannot send ${at} to another process: ${why}${captured}`);
  }

  /** A refusal by somebody who does not know which captured variable is being written, with its name; other errors as they are. */
  withCapture(error: unknown): unknown {
    const { captured } = this.place();
    if (!(error instanceof NotSendableError) || captured === '') return error;
    return new NotSendableError(error.message + captured, { cause: error });
  }

  /** Writes a part, which error messages call `step`. */
  part(step: Step, value: unknown): void {
    this.#steps[this.#depth++] = step;
    if (this.#depth > tag.MAX_DEPTH) throw this.#tooDeep();
    this.write(value);
    this.#depth--;
  }

  #tooDeep(): NotSendableError {
    const name = this.options.name ?? 'value';
    return new NotSendableError(
      `cannot send ${name} to another process: it is nested more than ${tag.MAX_DEPTH} levels deep`,
    );
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return this.number(value);
      case 'string':
        return this.text(value);
      case 'boolean':
        return this.byte(value ? compact.TRUE : compact.FALSE);
      case 'undefined':
        return this.byte(compact.UNDEFINED);
      case 'object':
        return value === null ? this.byte(compact.NULL) : this.#object(value);
      case 'bigint':
        return this.#bigint(value);
      case 'symbol':
        return this.#symbol(value);
      default:
        return this.#function(value as Function); // the only type left
    }
  }

  /** Writes a value of a record or list. Numbers, texts and booleans need no step: nothing goes wrong with them. */
  #entry(slot: number, step: string | number, value: unknown): void {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'number') return this.number(value);
    if (typeof value === 'boolean') return this.byte(value ? compact.TRUE : compact.FALSE);
    this.#steps[slot] = step;
    this.write(value);
  }

  #bigint(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) {
      this.reserve(compact.SLACK);
      this.target.bytes[this.offset] = compact.BIGINT64;
      this.target.view.setBigInt64(this.offset + 1, value, true);
      this.offset += 9;
      return;
    }
    this.byte(tag.BIGINT_TEXT);
    this.byte(value < 0n ? 1 : 0);
    this.text((value < 0n ? -value : value).toString(16));
  }

  #symbol(value: symbol): void {
    const registered = Symbol.keyFor(value);
    const name = registered ?? wellKnownName(value);
    if (name === undefined) {
      throw this.refusal(`it is the local symbol ${String(value)} (use Symbol.for)`);
    }
    this.byte(registered === undefined ? tag.SYMBOL_KNOWN : tag.SYMBOL_FOR);
    this.text(name);
  }

  /** Writes the number of an object that was met before. */
  #again(value: object): void {
    const id = this.#met.idOf(value);
    if (this.unmade.has(id))
      throw this.refusal('it refers to an object that is rebuilt from it (a cycle through a reduce method)');
    this.byte(tag.REFERENCE);
    this.uint(id);
  }

  /** Gives an object its number; the reader counts in the same order. */
  register(value: object): number {
    this.#met.add(value);
    return this.#met.size - 1;
  }

  /** Whether an object was written before. */
  has(value: object): boolean {
    return this.#met.has(value);
  }

  #object(value: object): void {
    if (isProxy(value)) return this.#specialists.writeProxy(this, value);
    const prototype = getPrototypeOf(value) as object | null;
    if (prototype === OBJECT_PROTOTYPE) return this.#plain(value);
    if (prototype === ARRAY_PROTOTYPE && Array.isArray(value)) return this.#plainList(value);
    return this.has(value) ? this.#again(value) : this.#specialists.writeObject(this, value, prototype);
  }

  #function(value: Function): void {
    if (isProxy(value)) throw this.refusal('it is a Proxy around a function');
    if (this.has(value)) return this.#again(value);
    this.#specialists.writeFunction(this, value);
  }

  #plain(value: object): void {
    if (!this.#met.add(value)) return this.#again(value);
    // Any object may be asked for it. Math, JSON, console and the like look plain but for this.
    const kind = (value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag];
    if (kind !== undefined && !Object.prototype.propertyIsEnumerable.call(value, Symbol.toStringTag)) {
      throw this.refusal(`no copy rule for built-in object ${typeof kind === 'string' ? kind : inspect(kind)}`);
    }
    if ('length' in value && isArgumentsObject(value))
      throw this.refusal('it is an arguments object (send [...arguments])');
    const symbols = this.symbolsOf(value);
    if (symbols.length > 0) this.byte(tag.WITH_PROPERTIES);
    this.fields(value);
    if (symbols.length > 0) this.properties(value, symbols);
  }

  /** Enumerable symbol keys. */
  symbolsOf(value: object): readonly symbol[] {
    const symbols = getOwnPropertySymbols(value);
    if (symbols.length === 0) return symbols;
    return symbols.filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol));
  }

  /** Keys and values of an object; the keys once per message. */
  fields(value: object): void {
    if (++this.#depth > tag.MAX_DEPTH) throw this.#tooDeep();
    const slot = this.#depth - 1;
    const record = value as Record<string, unknown>; // read by its own keys only
    const keys = this.#writeShape(record, slot);
    let i = 0;
    // Engines make this loop several times faster than one over a list of keys.
    for (const key in record) {
      // A getter may have taken a property away, or the prototype has some of its own.
      if (key !== keys[i]) break;
      this.#entry(slot, key, record[key]);
      i++;
    }
    for (; i < keys.length; i++) {
      const key = keys[i] as string; // i is in bounds
      this.#entry(slot, key, record[key]);
    }
    this.#depth--;
  }

  /** Writes the list of keys of a record, by its number if the reader knows it. */
  #writeShape(record: Record<string, unknown>, slot: number): readonly string[] {
    const guess = this.#guesses[slot];
    const guessed = guess === undefined ? undefined : this.#shapes[guess];
    if (guess !== undefined && guessed !== undefined && hasKeys(record, guessed)) {
      this.byte(tag.RECORD_AGAIN);
      this.uint(guess);
      return guessed;
    }
    const keys = ownKeys(record);
    const shape = this.#shapeOf(keys);
    this.#guesses[slot] = shape < 0 ? this.#shapes.length - 1 : shape;
    this.byte(shape < 0 ? tag.RECORD : tag.RECORD_AGAIN);
    this.uint(shape < 0 ? keys.length : shape);
    if (shape < 0) for (const key of keys) this.text(key);
    return keys;
  }

  /** Number of a list of keys that the reader knows; -1 for a new one, which it knows from now on. */
  #shapeOf(keys: string[]): number {
    const shapes = this.#shapes;
    const oldest = Math.max(0, shapes.length - SHAPES_TRIED);
    for (let i = shapes.length - 1; i >= oldest; i--) {
      if (sameKeys(shapes[i] as string[], keys)) return i; // i is in bounds
    }
    shapes.push(keys);
    return -1;
  }

  /** Properties besides the body that was just written: symbols, and names of arrays and built-in objects. */
  properties(value: object, keys: readonly PropertyKey[]): void {
    this.uint(keys.length);
    for (const key of keys) {
      if (typeof key === 'symbol' && Symbol.keyFor(key) === undefined && wellKnownName(key) === undefined) {
        throw this.refusal(`it has a property whose key is the local symbol ${String(key)} (use Symbol.for)`);
      }
      this.write(key);
      this.part(
        typeof key === 'symbol' ? { kind: 'entry', text: `[${String(key)}]` } : String(key),
        Reflect.get(value, key),
      );
    }
  }

  /** An array: its elements, holes, and what it has besides. */
  list(value: readonly unknown[]): void {
    this.register(value);
    this.#listBody(value);
  }

  #plainList(value: readonly unknown[]): void {
    if (this.#met.add(value)) this.#listBody(value);
    else this.#again(value);
  }

  #listBody(value: readonly unknown[]): void {
    const names = hasOnlyIndices(value) ? [] : namesBesides(value);
    if (names.length > 0) this.byte(tag.WITH_PROPERTIES);
    if (!this.#numbers(value)) this.#elements(value);
    if (names.length > 0) this.properties(value, names);
  }

  #numbers(value: readonly unknown[]): boolean {
    if (value.length < 2 || typeof value[0] !== 'number') return false;
    this.reserve(compact.SLACK + 1 + value.length * 8);
    const end = writeNumbers(this.target, this.offset + 1, this.target.bytes.length, value);
    if (end <= 0) return false;
    this.target.bytes[this.offset] = tag.NUMBERS;
    this.offset = end;
    return true;
  }

  #elements(value: readonly unknown[]): void {
    const { length } = value;
    this.byte(tag.LIST);
    this.uint(length);
    if (++this.#depth > tag.MAX_DEPTH) throw this.#tooDeep();
    const slot = this.#depth - 1;
    for (let i = 0; i < length; i++) {
      const item = value[i];
      if (item === undefined && !Object.hasOwn(value, i)) {
        const next = nextIndex(value, i);
        this.byte(tag.HOLES);
        this.uint(next - i);
        i = next - 1;
        continue;
      }
      this.#entry(slot, i, item);
    }
    this.#depth--;
  }
}

/** Whether these are the own enumerable keys of an object, in this order, and it inherits no others. */
function hasKeys(record: object, keys: readonly string[]): boolean {
  let i = 0;
  for (const key in record) if (key !== keys[i++]) return false;
  const last = keys.at(-1);
  // Inherited ones come behind its own.
  return i === keys.length && (last === undefined || Object.hasOwn(record, last));
}

function sameKeys(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
