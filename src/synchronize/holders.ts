import { Parker } from '../shared-memory/parker.ts';

/*
 * Who holds how many permits of a semaphore, so that those of the dead come back.
 *
 *   word 0        1 = somebody gave back what it had not taken: then nobody can say whose permits are whose
 *   word 1 …      participant, permits     for each of 48 holders
 *
 * Each entry's count is written by its participant alone. More holders than entries: the rest goes unnoticed.
 */

const UNCLEAR = 0;
const ENTRIES = 1;
const ENTRY_WORDS = 2;
const COUNT = 48;

/** The table of holders of one semaphore. */
export class Holders {
  static readonly WORDS: number = ENTRIES + COUNT * ENTRY_WORDS;

  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #me: number;
  /** Word with this thread's count; 0 before it has an entry, -1 when there is none for it. */
  #own = 0;
  /** That count: nobody else writes it while this thread lives. */
  #held = 0;

  constructor(words: Int32Array<ArrayBuffer>, at: number) {
    this.#words = words;
    this.#at = at;
    this.#me = Parker.current().id;
  }

  /** Whether the table tells the truth: every permit was given back by who took it, as far as it was. */
  get isClear(): boolean {
    return Atomics.load(this.#words, this.#at + UNCLEAR) === 0;
  }

  /** Whether this thread has permits that it took. */
  get holds(): boolean {
    return this.#held > 0;
  }

  /** Notes that this thread took a permit. */
  took(): void {
    if (this.#own === 0) this.#own = this.#claim();
    if (this.#own > 0) this.#words[this.#own] = ++this.#held;
  }

  /** Notes that this thread gives a permit back. */
  gives(): void {
    if (this.#held > 0) this.#words[this.#own] = --this.#held;
    else if (this.isClear) Atomics.store(this.#words, this.#at + UNCLEAR, 1);
  }

  /** Permits of participants that are dead; their entries are free afterwards. */
  reclaim(): number {
    const { registry } = Parker.current();
    let sum = 0;
    for (let entry = this.#at + ENTRIES; entry < this.#at + Holders.WORDS; entry += ENTRY_WORDS) {
      const holder = Atomics.load(this.#words, entry);
      if (holder === 0 || holder === this.#me) continue;
      const held = Atomics.load(this.#words, entry + 1);
      if (registry.isAlive(holder)) continue;
      // Who takes the entry takes what is in it; a new holder of the entry starts from 0.
      if (held > 0 && Atomics.compareExchange(this.#words, entry + 1, held, 0) === held) sum += held;
      Atomics.compareExchange(this.#words, entry, holder, 0);
    }
    return sum;
  }

  /** Permits of all holders, for a look at whether one was lost. */
  get total(): number {
    let sum = 0;
    for (let entry = this.#at + ENTRIES; entry < this.#at + Holders.WORDS; entry += ENTRY_WORDS) {
      sum += Atomics.load(this.#words, entry + 1);
    }
    return sum;
  }

  #claim(): number {
    for (let i = 0; i < COUNT; i++) {
      const entry = this.#at + ENTRIES + ((this.#me + i) % COUNT) * ENTRY_WORDS;
      if (Atomics.compareExchange(this.#words, entry, 0, this.#me) === 0) return entry + 1;
    }
    Atomics.store(this.#words, this.#at + UNCLEAR, 1);
    return -1;
  }
}
