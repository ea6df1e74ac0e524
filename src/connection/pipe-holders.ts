import { Parker } from '../shared-memory/parker.ts';

/*
 * Who holds an end of a pipe: a word with their number, then a word for each with its participant id. A message under way
 * that carries the end counts as a holder without a word. When the number is 0 the far end reads EOF.
 */

const COUNT = 0;
const FIRST = 1;

/** Words of shared memory for the holders of one end. */
export const HOLDER_WORDS = 128;

/** The table of one end. */
export class PipeHolders {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #parker = Parker.current();

  constructor(words: Int32Array<ArrayBuffer>, at: number) {
    this.#words = words;
    this.#at = at;
  }

  /** Whether nobody holds the end any more, as far as is known: see {@link forgetDead}. */
  get isEmpty(): boolean {
    return Atomics.load(this.#words, this.#at + COUNT) <= 0;
  }

  /** A message that carries the end is on its way. @returns Index of the word in which it is counted. */
  lend(): number {
    Atomics.add(this.#words, this.#at + COUNT, 1);
    return this.#at + COUNT;
  }

  /**
   * This thread holds the end which a message carried here.
   *
   * @returns Where that is noted, for {@link leave}.
   * @throws RangeError when too many hold it.
   */
  join(): number {
    const place = this.#freePlace() ?? (this.forgetDead() ? this.#freePlace() : undefined);
    if (place !== undefined) return place;
    Atomics.sub(this.#words, this.#at + COUNT, 1);
    throw new RangeError(`manycore: at most ${HOLDER_WORDS - 1} connection objects can hold one end of a pipe`);
  }

  /** @returns Whether nobody holds the end now. */
  leave(place: number): boolean {
    // Another thread may have taken this one for dead: then it is not counted any more.
    if (Atomics.compareExchange(this.#words, place, this.#parker.id, 0) !== this.#parker.id) return false;
    return Atomics.sub(this.#words, this.#at + COUNT, 1) === 1;
  }

  /** Takes out those that were killed. Reads `/proc`. @returns Whether there were any. */
  forgetDead(): boolean {
    let found = false;
    for (let place = this.#at + FIRST; place < this.#at + HOLDER_WORDS; place++) {
      const id = Atomics.load(this.#words, place);
      if (id === 0 || id === this.#parker.id || this.#parker.registry.isAlive(id)) continue;
      if (Atomics.compareExchange(this.#words, place, id, 0) !== id) continue;
      Atomics.sub(this.#words, this.#at + COUNT, 1);
      found = true;
    }
    return found;
  }

  #freePlace(): number | undefined {
    for (let place = this.#at + FIRST; place < this.#at + HOLDER_WORDS; place++) {
      if (Atomics.compareExchange(this.#words, place, 0, this.#parker.id) === 0) return place;
    }
    return undefined;
  }
}
