import { Parker } from './parker.ts';
import { type Registry, SLOTS } from './registry.ts';

/*
 * Who waits for something in shared memory: one bit for each participant's slot.
 *
 *   word 0        groups: bit g is set while any of the 128 slots of group g may wait; 0 = nobody waits
 *   word 1        slot after the one that was woken last, so that all get their turn
 *   word 2 …      one bit for each slot
 *
 * A bit is a hint and never a promise: a waiter that finds nothing when it is woken keeps its bit, a dead one leaves its
 * bit behind. So every waiter looks again by itself at growing intervals (`waiting.ts`), and nothing can get stuck.
 * Waiters set their bit before they look, and whoever changes the state looks at the bits afterwards: one sees the other.
 */

const GROUPS = 0;
const CURSOR = 1;
const BITS = 2;
const BIT_WORDS = SLOTS / 32;
const WORDS_OF_GROUP = BIT_WORDS / 32;
const SLOTS_OF_GROUP = SLOTS / 32;

/** A set of waiting threads in shared memory. All operations are wait-free; none allocates. */
export class WaitSet {
  /** Words of memory that a set takes. */
  static readonly WORDS: number = BITS + BIT_WORDS;

  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #parker: Parker;
  readonly #registry: Registry;

  /** @param at Index of the set's first word in `words`; all zeros is an empty set. */
  constructor(words: Int32Array<ArrayBuffer>, at: number) {
    this.#words = words;
    this.#at = at;
    this.#parker = Parker.current();
    this.#registry = this.#parker.registry;
  }

  /** Whether nobody waits: one load, the whole cost of a change that nobody waits for. */
  get isEmpty(): boolean {
    return Atomics.load(this.#words, this.#at + GROUPS) === 0;
  }

  /** Says that this thread waits. Look once more afterwards; only then may the thread sleep. */
  add(): void {
    this.#set(this.#parker.id & (SLOTS - 1));
  }

  /** This thread waits no longer. If it may have been woken for something it did not take, it must wake another. */
  remove(): void {
    this.#clear(this.#parker.id & (SLOTS - 1));
  }

  /** Whether the participant `id` waits. */
  has(id: number): boolean {
    const slot = id & (SLOTS - 1);
    return (Atomics.load(this.#words, this.#at + BITS + (slot >> 5)) & (1 << (slot & 31))) !== 0;
  }

  /**
   * Wakes one of the waiting threads, each in its turn.
   *
   * @returns Whether there was one.
   */
  wakeOne(): boolean {
    const start = Atomics.load(this.#words, this.#at + CURSOR) & (SLOTS - 1);
    for (let slot = this.#next(start, start + SLOTS); slot >= 0; slot = this.#next(slot + 1, start + SLOTS)) {
      if (!this.#wake(slot & (SLOTS - 1))) continue;
      Atomics.store(this.#words, this.#at + CURSOR, (slot + 1) & (SLOTS - 1));
      return true;
    }
    return false;
  }

  /** Wakes all waiting threads. @returns How many. */
  wakeAll(): number {
    let count = 0;
    for (let slot = this.#next(0, SLOTS); slot >= 0; slot = this.#next(slot + 1, SLOTS)) {
      if (this.#wake(slot)) count++;
    }
    return count;
  }

  /** How many threads wait, dead ones included that nobody has noticed. */
  get size(): number {
    let count = 0;
    for (let slot = this.#next(0, SLOTS); slot >= 0; slot = this.#next(slot + 1, SLOTS)) count++;
    return count;
  }

  /** Wakes the holder of a slot; takes the bit of one that is gone. */
  #wake(slot: number): boolean {
    const id = this.#registry.occupant(slot);
    if (id !== 0) {
      this.#registry.wake(id);
      return true;
    }
    this.#clear(slot);
    // A new holder of the slot may have set the bit in between.
    if (this.#registry.occupant(slot) !== 0) this.#set(slot);
    return false;
  }

  #set(slot: number): void {
    Atomics.or(this.#words, this.#at + BITS + (slot >> 5), 1 << (slot & 31));
    Atomics.or(this.#words, this.#at + GROUPS, 1 << (slot / SLOTS_OF_GROUP));
  }

  #clear(slot: number): void {
    const bit = 1 << (slot & 31);
    const group = Math.floor(slot / SLOTS_OF_GROUP);
    Atomics.and(this.#words, this.#at + BITS + (slot >> 5), ~bit);
    if (this.#isGroupUsed(group)) return;
    Atomics.and(this.#words, this.#at + GROUPS, ~(1 << group));
    // Somebody may have come just before the group's bit went, and a waker after it saw nobody: both are made up for.
    if (!this.#isGroupUsed(group)) return;
    Atomics.or(this.#words, this.#at + GROUPS, 1 << group);
    this.wakeAll();
  }

  #isGroupUsed(group: number): boolean {
    const first = this.#at + BITS + group * WORDS_OF_GROUP;
    for (let i = first; i < first + WORDS_OF_GROUP; i++) if (Atomics.load(this.#words, i) !== 0) return true;
    return false;
  }

  /** First slot with a bit from `from` to before `end`, counted on beyond the last slot; -1 when there is none. */
  #next(from: number, end: number): number {
    for (let slot = from; slot < end;) {
      const index = slot & (SLOTS - 1);
      if ((Atomics.load(this.#words, this.#at + GROUPS) & (1 << (index / SLOTS_OF_GROUP))) === 0) {
        slot += SLOTS_OF_GROUP - (index & (SLOTS_OF_GROUP - 1));
        continue;
      }
      const bits = Atomics.load(this.#words, this.#at + BITS + (index >> 5)) >>> (index & 31);
      if (bits === 0) {
        slot += 32 - (index & 31);
        continue;
      }
      const found = slot + 31 - Math.clz32(bits & -bits);
      return found < end ? found : -1;
    }
    return -1;
  }
}
