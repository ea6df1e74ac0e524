import { wrongRange, wrongType } from '../../base/invalid.ts';
import { checkInteger } from '../../base/options.ts';
import { type AnyTypedArray, CLASS_OF_CODE, isOfBigInts, type ViewClass } from '../../sharedctypes/types.ts';
import { applyChange, type Change } from './operations.ts';

/** One character is no number: text is a value of any kind here (`O`). */
const { c: _text, ...numbers } = CLASS_OF_CODE;
const TYPES: Readonly<Record<string, ViewClass>> = numbers;

/** What a typed array makes of one value. @throws TypeError for what is no number of its kind. */
class Cell {
  readonly #memory: AnyTypedArray;
  readonly isBig: boolean;

  constructor(owner: string, typecode: string) {
    const Memory = Object.hasOwn(TYPES, typecode) ? TYPES[typecode] : undefined;
    if (Memory === undefined) {
      const known = [...Object.keys(TYPES), ...(owner === 'Value' ? ['O'] : [])];
      throw wrongRange(owner, 'typecode', `one of ${known.join(' ')}`, typecode);
    }
    this.#memory = new Memory(new ArrayBuffer(Memory.BYTES_PER_ELEMENT), 0, 1);
    this.isBig = isOfBigInts(Memory);
  }

  convert(value: unknown): number | bigint {
    if (typeof value !== (this.isBig ? 'bigint' : 'number'))
      throw wrongType('Value', 'value', this.isBig ? 'a bigint' : 'a number', value);
    // The type was looked at above.
    this.#memory.fill(value as never);
    return this.#memory[0] ?? 0;
  }
}

/** One number of a given type, or any value, in a manager's server. */
export class ManagedValue<T = number> {
  readonly #cell: Cell | undefined;
  #value: T;

  /** @param typecode As of typed arrays; `O` for any value. */
  constructor(typecode: string, value: T) {
    this.#cell = typecode === 'O' ? undefined : new Cell('Value', typecode);
    this.#value = this.#convert(value);
  }

  get(): T {
    return this.#value;
  }

  set(value: T): void {
    this.#value = this.#convert(value);
  }

  /** Changes it in one step. @returns The new value. */
  update(change: Change<T>): T {
    this.#value = this.#convert(applyChange('Value.update', change, this.#value));
    return this.#value;
  }

  #convert(value: unknown): T {
    // Values of a type code are numbers, which T is then.
    return (this.#cell === undefined ? value : this.#cell.convert(value)) as T;
  }
}

/** Numbers of one type, as many as at the start, in a manager's server. */
export class ManagedArray<T = number> {
  readonly #cell: Cell;
  readonly #items: T[];

  /** @param source The numbers, or how many zeros. */
  constructor(typecode: string, source: number | Iterable<T>) {
    this.#cell = new Cell('Array', typecode);
    if (typeof source === 'number') checkInteger('Array', 'length', source, 0);
    const zero = this.#cell.isBig ? 0n : 0;
    const items = typeof source === 'number' ? Array.from({ length: source }, () => zero) : [...source];
    this.#items = items.map((item) => this.#convert(item));
  }

  get(index: number): T {
    return this.#items[this.#place(index)] as T; // it is there
  }

  set(index: number, value: T): void {
    this.#items[this.#place(index)] = this.#convert(value);
  }

  /** Changes one number in one step. @returns The new one. */
  update(index: number, change: Change<T>): T {
    const place = this.#place(index);
    const value = this.#convert(applyChange('Array.update', change, this.#items[place]));
    this.#items[place] = value;
    return value;
  }

  length(): number {
    return this.#items.length;
  }

  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }

  toArray(): T[] {
    return [...this.#items];
  }

  /** Overwrites as many numbers as there are in `items`, from `start` on. */
  setAll(items: Iterable<T>, start = 0): void {
    const list = [...items];
    if (start < 0 || start + list.length > this.#items.length)
      throw wrongRange('Array.setAll', 'start', 'a place with enough room behind it', start);
    for (const [index, item] of list.entries()) this.#items[start + index] = this.#convert(item);
  }

  indexOf(item: T): number {
    return this.#items.indexOf(item);
  }

  /** For loops: empty when the array has ended. */
  item(index: number): [T] | [] {
    return index < this.#items.length ? [this.#items[index] as T] : []; // there is one
  }

  #place(index: number): number {
    checkInteger('Array', 'index', index);
    const place = index < 0 ? this.#items.length + index : index;
    if (place >= 0 && place < this.#items.length) return place;
    throw wrongRange('Array', 'index', `the index of one of ${this.#items.length} elements`, index);
  }

  #convert(value: unknown): T {
    return this.#cell.convert(value) as T; // numbers of the type code
  }
}
