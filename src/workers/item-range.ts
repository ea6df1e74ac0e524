/** From here on writing numbers by themselves is worth a block of memory. */
const FEW = 64;

/** Some of the items of a list. They are copied by nobody on their way into shared memory, if they are numbers. */
export class ItemRange {
  readonly #list: readonly unknown[];
  readonly #from: number;
  /** How many. */
  readonly length: number;

  /** @param list Must not change until it was read. */
  constructor(list: readonly unknown[], from: number, to: number) {
    this.#list = list;
    this.#from = from;
    this.length = to - from;
  }

  /** They may all be numbers, and are many. */
  get looksNumeric(): boolean {
    return this.length >= FEW && typeof this.#list[this.#from] === 'number';
  }

  toArray(): readonly unknown[] {
    if (this.length === this.#list.length) return this.#list;
    return this.#list.slice(this.#from, this.#from + this.length);
  }

  /** @param target As long as this. @returns Whether all are integers of 32 bits; else some may have been written. */
  writeIntegers(target: Int32Array): boolean {
    const list = this.#list;
    const from = this.#from;
    const { length } = this;
    for (let i = 0; i < length; i++) {
      const item = list[from + i];
      if (typeof item !== 'number') return false;
      const integer = item | 0;
      if (integer !== item || (integer === 0 && 1 / item < 0)) return false;
      target[i] = integer;
    }
    return true;
  }

  /** @param target As long as this. @returns Whether all are numbers; else some may have been written. */
  writeDoubles(target: Float64Array): boolean {
    const list = this.#list;
    const from = this.#from;
    const { length } = this;
    for (let i = 0; i < length; i++) {
      const item = list[from + i];
      if (typeof item !== 'number') return false;
      target[i] = item;
    }
    return true;
  }
}
