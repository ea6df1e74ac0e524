import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { LimitError } from '../base/errors.ts';
import { Parker } from '../shared-memory/parker.ts';
import { KNOWN, Waiting } from '../shared-memory/waiting.ts';

/*
 * Those who sleep until somebody tells each of them what became of its wait: a table in shared memory.
 *
 *   word 0        the last ticket
 *   word 1        entries that were ever used
 *   word 2        when somebody last looked for dead sleepers, in milliseconds
 *   word 3 …      participant, ticket, state        for each sleeper
 *
 * An entry belongs to the participant in its first word. Its state goes from SLEEPING to an outcome by one compareExchange,
 * so each sleeper is told once, whoever tells it, and whoever dies in between. The teller wakes the participant; there is
 * no wait set.
 */

const LAST_TICKET = 0;
const USED = 1;
const LOOKED = 2;
const ENTRIES = 3;
const ENTRY_WORDS = 3;
const WHO = 0;
const TICKET = 1;
const STATE = 2;

const SLEEPING = 1;
/** An outcome is any number from here on. */
export const FIRST_OUTCOME = 2;

/** Milliseconds between two looks for dead sleepers, of all waiting threads together. */
const LOOK_MS = 100;

/** The sleepers of a condition or barrier. */
export class Sleepers {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #capacity: number;
  readonly #parker: Parker = Parker.current();
  readonly #waiting: Waiting;

  /**
   * @param at Index of the first of {@link Sleepers.words} words.
   * @param onLook Called now and then while a task or call of this thread sleeps.
   */
  constructor(words: Int32Array<ArrayBuffer>, at: number, capacity: number, onLook: () => void) {
    this.#words = words;
    this.#at = at;
    this.#capacity = capacity;
    const recheck = (): void => {
      if (this.#isTimeToLook()) onLook();
    };
    this.#waiting = new Waiting(KNOWN, { available: () => false, recheck }, 'all');
  }

  /** Words that a table for so many sleepers takes. */
  static words(capacity: number): number {
    return ENTRIES + capacity * ENTRY_WORDS;
  }

  /**
   * Makes the caller a sleeper: from now on it may be told.
   *
   * @param ticket Tells sleepers apart; by default the next number.
   * @returns Its entry.
   * @throws LimitError when the table is full.
   */
  add(ticket: number = this.#nextTicket()): number {
    const words = this.#words;
    for (let i = 0; i < this.#capacity; i++) {
      const entry = this.#at + ENTRIES + i * ENTRY_WORDS;
      if (Atomics.load(words, entry) !== 0 || Atomics.compareExchange(words, entry, 0, this.#parker.id) !== 0) continue;
      for (let used = Atomics.load(words, this.#at + USED); used <= i; used = Atomics.load(words, this.#at + USED)) {
        Atomics.compareExchange(words, this.#at + USED, used, i + 1);
      }
      Atomics.store(words, entry + TICKET, ticket);
      Atomics.store(words, entry + STATE, SLEEPING);
      return entry;
    }
    throw new LimitError(
      `expected at most ${this.#capacity} threads and tasks to wait for the same condition or barrier; let one wait for others, or use several`,
    );
  }

  /** Sleeps until the entry has an outcome. @returns `false` after the deadline. @throws `signal.reason` */
  sleep(entry: number, wait: CheckedWait): Promise<boolean> {
    return this.#waiting.wait(() => this.outcome(entry) >= FIRST_OUTCOME, wait);
  }

  sleepSync(entry: number, deadline: Deadline): boolean {
    return this.#waiting.waitSync(() => this.outcome(entry) >= FIRST_OUTCOME, deadline);
  }

  /** What the sleeper was told; less than {@link FIRST_OUTCOME} while it sleeps. */
  outcome(entry: number): number {
    return Atomics.load(this.#words, entry + STATE);
  }

  /** Takes the entry out of the table. @returns Its outcome, if it has one. */
  remove(entry: number): number {
    const outcome = Atomics.exchange(this.#words, entry + STATE, 0);
    Atomics.store(this.#words, entry + WHO, 0);
    return outcome;
  }

  /** Tells the sleeper that has waited longest. @returns Whether there was one. */
  tellOldest(outcome: number): boolean {
    for (;;) {
      let oldest = -1;
      for (const entry of this.#sleeping()) {
        if (oldest < 0 || this.#isOlder(entry, oldest)) oldest = entry;
      }
      if (oldest < 0) return false;
      if (this.#tell(oldest, outcome)) return true;
    }
  }

  /** Tells all sleepers, or those with that ticket. @returns How many. */
  tellAll(outcome: number, ticket?: number): number {
    let count = 0;
    for (const entry of this.#sleeping()) {
      if (ticket !== undefined && Atomics.load(this.#words, entry + TICKET) !== ticket) continue;
      if (this.#tell(entry, outcome)) count++;
    }
    return count;
  }

  /** How many sleep, or sleep with that ticket. */
  count(ticket?: number): number {
    let count = 0;
    for (const entry of this.#sleeping()) {
      if (ticket === undefined || Atomics.load(this.#words, entry + TICKET) === ticket) count++;
    }
    return count;
  }

  /**
   * Takes the entries of the dead out.
   *
   * @returns The outcomes that they were told and did not live to see, and a 0 for each that slept.
   */
  bury(): number[] {
    const found: number[] = [];
    const { registry } = this.#parker;
    const alive = new Map<number, boolean>();
    for (let entry = this.#at + ENTRIES; entry < this.#end; entry += ENTRY_WORDS) {
      const who = Atomics.load(this.#words, entry);
      if (who === 0) continue;
      if (!alive.has(who)) alive.set(who, registry.isAlive(who));
      if (alive.get(who) === true) continue;
      const state = Atomics.exchange(this.#words, entry + STATE, 0);
      if (Atomics.compareExchange(this.#words, entry, who, 0) !== who || state === 0) continue;
      found.push(state >= FIRST_OUTCOME ? state : 0);
    }
    return found;
  }

  get #end(): number {
    return this.#at + ENTRIES + Atomics.load(this.#words, this.#at + USED) * ENTRY_WORDS;
  }

  *#sleeping(): Generator<number> {
    for (let entry = this.#at + ENTRIES; entry < this.#end; entry += ENTRY_WORDS) {
      if (Atomics.load(this.#words, entry + STATE) === SLEEPING) yield entry;
    }
  }

  #tell(entry: number, outcome: number): boolean {
    const who = Atomics.load(this.#words, entry);
    if (Atomics.compareExchange(this.#words, entry + STATE, SLEEPING, outcome) !== SLEEPING) return false;
    this.#parker.registry.wake(who);
    return true;
  }

  /** Tickets wrap around, so they are compared by their distance. */
  #isOlder(entry: number, than: number): boolean {
    const words = this.#words;
    return ((Atomics.load(words, entry + TICKET) - Atomics.load(words, than + TICKET)) | 0) < 0;
  }

  #nextTicket(): number {
    return Atomics.add(this.#words, this.#at + LAST_TICKET, 1) + 1;
  }

  /** Whether it is this thread that looks for the dead now: one for all is enough. */
  #isTimeToLook(): boolean {
    const now = Math.trunc(performance.timeOrigin + performance.now()) | 0;
    const last = Atomics.load(this.#words, this.#at + LOOKED);
    const passed = (now - last) | 0;
    if (passed >= 0 && passed < LOOK_MS) return false;
    return Atomics.compareExchange(this.#words, this.#at + LOOKED, last, now) === last;
  }
}
