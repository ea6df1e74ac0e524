/** Results of some items of a chunk that came together. */
export interface ItemValues {
  /** The value in that place. */
  at(place: number): unknown;
  /** Puts `count` values, from place `at` on, into a list from `index` on. */
  copyTo(list: unknown[], index: number, at: number, count: number): void;
}

/** High words of doubles that are no numbers and stand for other values; the low word is 0. A number that is NaN has another. */
const SPECIAL = 0x7ff4_0000;
const SPECIALS: readonly unknown[] = [undefined, null, false, true];
const NAN = 0x7ff8_0000;

/** Numbers, booleans, `null` and `undefined` in eight bytes each. */
export class RunValues implements ItemValues {
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  /** @param memory Aligned, and a multiple of 8 bytes long. */
  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#doubles = new Float64Array(buffer, byteOffset, byteLength / 8);
    this.#words = new Uint32Array(buffer, byteOffset, byteLength / 4);
  }

  /** Whether a value can be held. */
  static holds(value: unknown): boolean {
    return typeof value === 'number' || value === undefined || value === null || typeof value === 'boolean';
  }

  get length(): number {
    return this.#doubles.length;
  }

  at(place: number): unknown {
    const value = this.#doubles[place];
    if (value === undefined || !Number.isNaN(value)) return value;
    const code = (this.#words[place * 2 + 1] ?? 0) - SPECIAL;
    return code >= 0 && code < SPECIALS.length ? SPECIALS[code] : value;
  }

  copyTo(list: unknown[], index: number, at: number, count: number): void {
    const doubles = this.#doubles;
    for (let i = 0; i < count; i++) {
      const value = doubles[at + i];
      list[index + i] = Number.isNaN(value) ? this.at(at + i) : value;
    }
  }

  set(place: number, value: unknown): void {
    if (typeof value === 'number' && !Number.isNaN(value)) {
      this.#doubles[place] = value;
      return;
    }
    this.#words[place * 2] = 0;
    this.#words[place * 2 + 1] = typeof value === 'number' ? NAN : SPECIAL + SPECIALS.indexOf(value);
  }
}

/** One value as often as it is asked for. */
export class EqualValues implements ItemValues {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  at(): unknown {
    return this.#value;
  }

  copyTo(list: unknown[], index: number, _at: number, count: number): void {
    list.fill(this.#value, index, index + count);
  }
}
