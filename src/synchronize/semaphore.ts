import type { CheckedWait, Deadline } from '../base/deadline.ts';
import type { ProcessError } from '../base/errors.ts';
import { checkInteger } from '../base/options.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import { WaitSet } from '../shared-memory/wait-set.ts';
import { Waiting } from '../shared-memory/waiting.ts';
import { Holdable, notHeld } from './holdable.ts';
import { Holders } from './holders.ts';
import { Opened, remember, reopen } from './opened.ts';

/*
 *   word 0  permits that are free     1  permits at the start     2  1 = a holder died     3 …  wait set, holders
 */

const FREE = 0;
const START = 1;
const DIED = 2;
const WAITERS = 3;
const HOLDERS = WAITERS + WaitSet.WORDS;
const BYTES = (HOLDERS + Holders.WORDS) * 4;
const MOST = 2 ** 31 - 1;

/** Looks for a free permit before a thread leaves the processor. */
const SPINS = 100;
/** Milliseconds of waiting after which the dead are looked for. */
const PATIENCE_MS = 20;
/** Looks in a row that must find a permit missing before it counts as lost. */
const SURE = 5;

// Set by the class below, whose block nobody else can reach.
let sendBlock: (semaphore: Semaphore) => BlockHandle;

/**
 * A counting semaphore that several processes, threads and tasks share.
 *
 * Sendable in any message; the copy refers to the same permits. Any process may give a permit back, not only the one that
 * took it. As long as only takers gave permits back, those of a process that died come back by themselves when somebody
 * waits for them; where others give them (a semaphore as a signal), nobody can tell whose they are, and they do not.
 *
 * @see Python `multiprocessing.Semaphore`
 *
 * @example
 * ```ts
 * const gate = new Semaphore(3);
 * if (await gate.acquire({ timeout: 500 })) gate.release();
 * ```
 */
export class Semaphore extends Holdable {
  readonly #block: SharedBlock;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #holders: Holders;
  readonly #set: WaitSet;
  readonly #waiting: Waiting;
  readonly #limit: number;
  /** Free permits as this thread last saw them. To guess is quicker than to look: the exchange that follows looks as well. */
  #seen = 0;
  #missing = 0;

  /**
   * @param value Permits at the start; an integer >= 0.
   * @throws RangeError when `value` is anything else.
   */
  constructor(value: number | Opened = 1) {
    super();
    if (!(value instanceof Opened)) checkInteger(new.target.name, 'value', value, 0, MOST);
    this.#block = value instanceof Opened ? value.block : SharedBlock.allocate(BYTES);
    this.#words = this.#block.words;
    if (!(value instanceof Opened)) this.#words[START] = this.#words[FREE] = value;
    this.#limit = this.limit();
    this.#holders = new Holders(this.#words, HOLDERS);
    this.#set = new WaitSet(this.#words, WAITERS);
    this.#waiting = new Waiting(this.#set, {
      available: () => this.value > 0,
      recheck: (waitedMs) => this.#recheck(waitedMs),
    });
    remember(this.#block, this);
  }

  override toString(): string {
    return `<${this.constructor.name} value=${this.value}>`;
  }

  /** Permits that are free now. */
  get value(): number {
    return Atomics.load(this.#words, FREE);
  }

  tryAcquire(): boolean {
    for (let free = this.#seen || this.value; free > 0;) {
      const was = Atomics.compareExchange(this.#words, FREE, free, free - 1);
      if (was === free) {
        this.#seen = free - 1;
        this.#holders.took();
        return true;
      }
      free = this.#seen = was;
    }
    return false;
  }

  /**
   * Gives permits back and wakes those who wait for them.
   *
   * @param count How many; an integer >= 1.
   */
  release(count: number = 1): void {
    if (count === 1) return this.#releaseOne();
    checkInteger(`${this.constructor.name}.release`, 'count', count, 1, MOST);
    for (let i = 0; i < count; i++) this.#releaseOne();
  }

  locked(): boolean {
    return this.value === 0;
  }

  get ownerDied(): boolean {
    return Atomics.load(this.#words, DIED) !== 0;
  }

  markConsistent(): void {
    Atomics.store(this.#words, DIED, 0);
  }

  /** The most permits that may be free at a time. */
  protected limit(): number {
    return MOST;
  }

  /** Permits at the start. */
  protected get start(): number {
    return this.#words[START] ?? 0;
  }

  protected async take(wait: CheckedWait): Promise<boolean> {
    wait.signal?.throwIfAborted();
    if (!this.#waiting.hasLine && this.tryAcquire()) return true;
    return wait.deadline.expired ? false : this.#waiting.wait(() => this.tryAcquire(), wait);
  }

  protected takeSync(deadline: Deadline): boolean {
    if (this.tryAcquire()) return true;
    if (deadline.expired) return false;
    for (let i = 0; i < SPINS; i++) if (Atomics.load(this.#words, FREE) > 0 && this.tryAcquire()) return true;
    return this.#waiting.waitSync(() => this.tryAcquire(), deadline);
  }

  #releaseOne(): void {
    const limit = this.#limit;
    // Who has taken none looks first, as nothing may be noted if this is one permit too many.
    let free = this.#holders.holds && this.#seen < limit ? this.#seen : this.value;
    if (free >= limit) throw this.#tooMany(limit);
    // Noted first: one that dies in between leaves a permit missing, which is found, and never one too many.
    this.#holders.gives();
    for (;;) {
      const was = Atomics.compareExchange(this.#words, FREE, free, free + 1);
      this.#seen = was === free ? free + 1 : was;
      if (was === free) break;
      free = was;
      if (free >= limit) throw this.#tooMany(limit);
    }
    if (!this.#set.isEmpty) this.#set.wakeOne();
  }

  #tooMany(limit: number): ProcessError {
    return notHeld(this.constructor.name, `all ${limit} permits are free already`);
  }

  /** Looks for permits that the dead have taken with them. */
  #recheck(waitedMs: number): void {
    if (waitedMs < PATIENCE_MS || !this.#holders.isClear) return;
    const back = this.#holders.reclaim();
    if (back > 0) Atomics.add(this.#words, FREE, back);
    if (back > 0 || this.#findLost()) {
      Atomics.store(this.#words, DIED, 1);
      this.#set.wakeAll();
    }
  }

  /** One that died between taking a permit and noting it leaves no trace but the sum. */
  #findLost(): boolean {
    const lost = this.value === 0 ? this.start - this.#holders.total : 0;
    this.#missing = lost > 0 ? this.#missing + 1 : 0;
    if (this.#missing < SURE) return false;
    this.#missing = 0;
    return Atomics.compareExchange(this.#words, FREE, 0, lost) === 0;
  }

  static {
    registerHandler<Semaphore, BlockHandle>('synchronize.Semaphore', Semaphore, {
      home: import.meta.url,
      take: (semaphore) => semaphore.#block.send(),
      make: (handle) => reopen(handle, (block) => new Semaphore(new Opened(block, undefined))),
    });
    sendBlock = (semaphore) => semaphore.#block.send();
  }
}

/**
 * A semaphore that never has more free permits than at the start: giving back what was not taken is an error.
 *
 * @see Python `multiprocessing.BoundedSemaphore`
 */
export class BoundedSemaphore extends Semaphore {
  protected override limit(): number {
    return this.start;
  }

  static {
    registerHandler<BoundedSemaphore, BlockHandle>('synchronize.BoundedSemaphore', BoundedSemaphore, {
      home: import.meta.url,
      take: (semaphore) => sendBlock(semaphore),
      make: (handle) => reopen(handle, (block) => new BoundedSemaphore(new Opened(block, undefined))),
    });
  }
}
