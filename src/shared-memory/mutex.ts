import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { Parker } from './parker.ts';
import { WaitSet } from './wait-set.ts';
import { Waiting } from './waiting.ts';

/*
 * A lock in shared memory that survives the death of its owner.
 *
 *   word 0        owner: participant id; 0 = free; -id = free, but reserved for that one
 *   word 1        1 = an owner died, and nobody has said since that what it guarded is whole
 *   word 2        heir: a participant that has waited too long and gets the lock next
 *   word 3 …      wait set
 *
 * A released lock is taken by whoever comes first: that is fast, as no thread has to wake in between. One that has waited
 * for some milliseconds names itself heir, and who releases the lock reserves it for the heir; nobody starves. An heir that does
 * not come loses the reservation again, so a thread that is busy, or dead, holds nobody up.
 */

const OWNER = 0;
const DIED = 1;
const HEIR = 2;
const WAITERS = 3;

/** Milliseconds of waiting after which a thread is served first. */
const PATIENCE_MS = 3;
/** Milliseconds between two looks of one that polls at whether the owner lives. */
const LOOK_MS = 20;
/** Looks at the owner before a thread leaves the processor; what a lock guards is mostly short. */
const SPINS = 100;

/** A mutual exclusion lock in shared memory. Not reentrant; may be released by anybody. */
export class Mutex {
  /** Words of memory that a mutex takes; all zeros is a free one. */
  static readonly WORDS: number = WAITERS + WaitSet.WORDS;

  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #me: number;
  #waiters: Waiters | undefined;

  /** @param at Index of its first word in `words`. */
  constructor(words: Int32Array<ArrayBuffer>, at: number = 0) {
    this.#words = words;
    this.#at = at;
    this.#me = Parker.current().id;
  }

  /** Participant that holds it; 0 when it is free. */
  get owner(): number {
    return Math.max(0, Atomics.load(this.#words, this.#at + OWNER));
  }

  /** Whether the calling thread holds it. */
  get isMine(): boolean {
    return Atomics.load(this.#words, this.#at + OWNER) === this.#me;
  }

  /** Whether an owner died while it held the lock, and {@link markConsistent} was not called since. */
  get ownerDied(): boolean {
    return Atomics.load(this.#words, this.#at + DIED) !== 0;
  }

  markConsistent(): void {
    Atomics.store(this.#words, this.#at + DIED, 0);
  }

  /** Takes the lock if it is free: one atomic operation. Notices now and then when it is not free because its owner died. */
  tryAcquire(): boolean {
    return Atomics.compareExchange(this.#words, this.#at + OWNER, 0, this.#me) === 0 || this.#slow().takeFromDead();
  }

  /** Takes the lock, waiting for it. @returns `false` after the deadline. @throws `signal.reason` */
  async acquire(wait: CheckedWait): Promise<boolean> {
    wait.signal?.throwIfAborted();
    // Who comes later stands behind the tasks of this thread that wait already.
    if (this.#waiters?.hasLine !== true && this.#take()) return true;
    return wait.deadline.expired ? this.tryAcquire() : this.#slow().wait(wait);
  }

  /** As {@link Mutex.acquire}, but blocks the calling thread. */
  acquireSync(deadline: Deadline): boolean {
    if (this.#take()) return true;
    for (let i = 0; i < SPINS; i++) {
      if (Atomics.load(this.#words, this.#at + OWNER) === 0 && this.#take()) return true;
    }
    return deadline.expired ? this.tryAcquire() : this.#slow().waitSync(deadline);
  }

  /**
   * Gives the lock back and wakes one who waits.
   *
   * @returns `false` when nobody held it.
   */
  release(): boolean {
    const words = this.#words;
    const at = this.#at;
    // Mostly it is this thread that holds it.
    if (Atomics.compareExchange(words, at + OWNER, this.#me, 0) !== this.#me && !this.#releaseOther()) return false;
    if (Atomics.load(words, at + WAITERS) !== 0) this.#slow().pass();
    return true;
  }

  /** Frees what another holds. What was held a moment ago was released by somebody else: not again. */
  #releaseOther(): boolean {
    const owner = Atomics.load(this.#words, this.#at + OWNER);
    return owner > 0 && Atomics.compareExchange(this.#words, this.#at + OWNER, owner, 0) === owner;
  }

  #take(): boolean {
    return Atomics.compareExchange(this.#words, this.#at + OWNER, 0, this.#me) === 0;
  }

  #slow(): Waiters {
    return (this.#waiters ??= new Waiters(this.#words, this.#at, this.#me));
  }
}

/** What a mutex needs once somebody has to wait. */
class Waiters {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #me: number;
  readonly #registry = Parker.current().registry;
  readonly #set: WaitSet;
  readonly #waiting: Waiting;
  /** A reservation as it was at the last look. */
  #reserved = 0;
  /** Whether the last look took the lock from the dead, for the next attempt of this thread. */
  #hasTaken = false;
  #nextLook = 0;

  constructor(words: Int32Array<ArrayBuffer>, at: number, me: number) {
    this.#words = words;
    this.#at = at;
    this.#me = me;
    this.#set = new WaitSet(words, at + WAITERS);
    this.#waiting = new Waiting(this.#set, {
      available: () => Atomics.load(words, at + OWNER) <= 0,
      recheck: (waitedMs) => this.#recheck(waitedMs),
      left: () => this.#renounce(),
    });
  }

  get hasLine(): boolean {
    return this.#waiting.hasLine;
  }

  wait(wait: CheckedWait): Promise<boolean> {
    return this.#waiting.wait(this.#attempt, wait);
  }

  waitSync(deadline: Deadline): boolean {
    return this.#waiting.waitSync(this.#attempt, deadline);
  }

  /** The lock was freed: whoever has waited too long gets it, else one who waits may. */
  pass(): void {
    const words = this.#words;
    const at = this.#at;
    const heir = Atomics.load(words, at + HEIR);
    if (heir === 0) {
      if (Atomics.load(words, at + OWNER) === 0) this.#set.wakeOne();
      return;
    }
    // Whoever has taken it meanwhile hands it over when done.
    if (Atomics.compareExchange(words, at + OWNER, 0, -heir) !== 0) return;
    // Once served is enough; it may name itself again.
    Atomics.compareExchange(words, at + HEIR, heir, 0);
    this.#registry.wake(heir);
    // It takes its bit away before it renounces: if it left meanwhile, one of the two sees it.
    if (this.#set.has(heir)) return;
    if (Atomics.compareExchange(words, at + OWNER, -heir, 0) === -heir) this.#set.wakeOne();
  }

  /** As {@link Waiters.takeOver}, but not so often that a thread that polls would spend its time on it. */
  takeFromDead(): boolean {
    const now = performance.now();
    if (now < this.#nextLook) return false;
    this.#nextLook = now + LOOK_MS;
    return this.takeOver();
  }

  /** Takes the lock if whoever has it, or has it reserved, is dead. */
  takeOver(): boolean {
    const words = this.#words;
    const at = this.#at;
    const owner = Atomics.load(words, at + OWNER);
    const holder = Math.abs(owner);
    if (owner === 0 || holder === this.#me || this.#registry.isAlive(holder)) return false;
    if (Atomics.compareExchange(words, at + OWNER, owner, this.#me) !== owner) return false;
    if (owner > 0) Atomics.store(words, at + DIED, 1);
    return true;
  }

  readonly #attempt = (): boolean => {
    if (this.#hasTaken) {
      this.#hasTaken = false;
      return true;
    }
    const words = this.#words;
    const at = this.#at;
    const owner = Atomics.load(words, at + OWNER);
    if (owner !== 0 && owner !== -this.#me) return false;
    if (Atomics.compareExchange(words, at + OWNER, owner, this.#me) !== owner) return false;
    if (Atomics.load(words, at + HEIR) === this.#me) Atomics.compareExchange(words, at + HEIR, this.#me, 0);
    return true;
  };

  #recheck(waitedMs: number): void {
    const words = this.#words;
    const at = this.#at;
    const owner = Atomics.load(words, at + OWNER);
    // A reservation that stood at the last look already is for one that does not come.
    if (owner < 0 && owner === this.#reserved) Atomics.compareExchange(words, at + OWNER, owner, 0);
    else if (this.takeOver()) this.#hasTaken = true;
    this.#reserved = owner < 0 ? owner : 0;
    if (waitedMs >= PATIENCE_MS) Atomics.compareExchange(words, at + HEIR, 0, this.#me);
  }

  /** Gives up the place of an heir. */
  #renounce(): void {
    const words = this.#words;
    const at = this.#at;
    Atomics.compareExchange(words, at + HEIR, this.#me, 0);
    Atomics.compareExchange(words, at + OWNER, -this.#me, 0);
  }
}
