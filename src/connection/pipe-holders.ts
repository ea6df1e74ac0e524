import { LimitError } from '../base/errors.ts';
import { Parker } from '../shared-memory/parker.ts';

/*
 * Who holds an end of a pipe: a word with their number, then a word for each with its participant id. A message under way
 * that carries the end counts as a holder without a word. When the number is 0 the far end reads EOF.
 *
 * A message that its sender keeps holds the end as one of the sender's own, and names the word: its first reader puts itself there by
 * one exchange, so at every instant either of them holds it and is found when it dies. Further readers join as others do. The word
 * has the sender's id with a minus sign then, as the sender may hold the end for itself as well.
 */

const COUNT = 0;
const FIRST = 1;

/** Words of shared memory for the holders of one end. */
export const HOLDER_WORDS = 128;

/** The word in which the sender of a message holds the end for it, and the sender's participant id. */
export type KeptPlace = readonly [word: number, sender: number];

/** The table of one end. */
export class PipeHolders {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #parker = Parker.current();
  /** Words in which this thread holds the end for messages. */
  readonly #kept = new Map<number, KeptPlace>();

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

  /** This thread holds the end for a message that it keeps, until {@link endKept}. */
  lendKept(): KeptPlace {
    this.lend();
    const kept: KeptPlace = [this.#take(-this.#parker.id), this.#parker.id];
    this.#kept.set(kept[0], kept);
    return kept;
  }

  /** Nobody will read that message any more. @returns Whether nobody holds the end now. */
  endKept(kept: KeptPlace): boolean {
    // When its reader came and went, the place may be that of another message.
    if (this.#kept.get(kept[0]) !== kept) return false;
    this.#kept.delete(kept[0]);
    return this.#free(kept[0], -this.#parker.id);
  }

  /**
   * This thread holds the end which a message carried here.
   *
   * @param kept What the message says when its sender keeps it.
   * @returns Where that is noted, for {@link leave}.
   * @throws LimitError when too many hold it.
   */
  join(kept?: KeptPlace): number {
    if (kept) {
      const [word, sender] = kept;
      if (Atomics.compareExchange(this.#words, word, -sender, this.#parker.id) === -sender) return word;
      this.lend();
    }
    return this.#take(this.#parker.id);
  }

  /** Notes a holder who is counted already. */
  #take(id: number): number {
    const place = this.#freePlace(id) ?? (this.forgetDead() ? this.#freePlace(id) : undefined);
    if (place !== undefined) return place;
    Atomics.sub(this.#words, this.#at + COUNT, 1);
    throw new LimitError(
      `expected at most ${HOLDER_WORDS - 1} threads and messages to hold one end of a pipe; close it where it is not needed, or use a Queue`,
    );
  }

  /** @returns Whether nobody holds the end now. */
  leave(place: number): boolean {
    return this.#free(place, this.#parker.id);
  }

  #free(place: number, id: number): boolean {
    // Another thread may have taken this one for dead: then it is not counted any more.
    if (Atomics.compareExchange(this.#words, place, id, 0) !== id) return false;
    return Atomics.sub(this.#words, this.#at + COUNT, 1) === 1;
  }

  /** Takes out those that were killed. Reads `/proc`. @returns Whether there were any. */
  forgetDead(): boolean {
    let found = false;
    for (let place = this.#at + FIRST; place < this.#at + HOLDER_WORDS; place++) {
      const id = Atomics.load(this.#words, place);
      const holder = Math.abs(id);
      if (id === 0 || holder === this.#parker.id || this.#parker.registry.isAlive(holder)) continue;
      if (Atomics.compareExchange(this.#words, place, id, 0) !== id) continue;
      Atomics.sub(this.#words, this.#at + COUNT, 1);
      found = true;
    }
    return found;
  }

  #freePlace(id: number): number | undefined {
    for (let place = this.#at + FIRST; place < this.#at + HOLDER_WORDS; place++) {
      if (Atomics.compareExchange(this.#words, place, 0, id) === 0) return place;
    }
    return undefined;
  }
}
