import { type CheckedWait, checkSyncWait, checkWait, type Deadline } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { wrongType } from '../base/invalid.ts';
import { checkFunction, checkInteger } from '../base/options.ts';
import type { Awaitable, SyncWait, Wait } from '../base/types.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import { Holdable } from './holdable.ts';
import { Lock, RLock } from './lock.ts';
import { Opened, remember, reopen } from './opened.ts';
import { FIRST_OUTCOME, Sleepers } from './sleepers.ts';

/** Most tasks and calls that can wait for one condition at a time. */
const CAPACITY = 4096;
const BYTES = Sleepers.words(CAPACITY) * 4;
const NOTIFIED = FIRST_OUTCOME;

/**
 * Lets those who hold a lock wait until others, who hold it, say that something has changed.
 *
 * Sendable in any message; the copy is the same condition. Sleepers are notified in the order in which they went to sleep,
 * each notification wakes one of them, and one that its sleeper does not live to see goes to the next.
 *
 * @see Python `multiprocessing.Condition`
 *
 * @example
 * ```ts
 * using held = await condition.hold();
 * await condition.waitFor(() => work.length > 0);
 * ```
 */
export class Condition extends Holdable {
  readonly #block: SharedBlock;
  readonly #lock: Lock | RLock;
  readonly #sleepers: Sleepers;

  /**
   * @param lock A `Lock` or `RLock` that guards what is waited for; by default a `Lock` of its own. (Python's default is an
   *   `RLock`, which does not keep the tasks of one thread apart.)
   */
  constructor(lock?: Lock | RLock | Opened<Lock | RLock>) {
    super();
    const isOpened = lock instanceof Opened;
    const guard = isOpened ? lock.extra : (lock ?? new Lock());
    if (!(guard instanceof Lock) && !(guard instanceof RLock))
      throw wrongType('Condition', 'lock', 'a Lock or RLock', guard);
    this.#lock = guard;
    this.#block = isOpened ? lock.block : SharedBlock.allocate(BYTES);
    this.#sleepers = new Sleepers(this.#block.words, 0, CAPACITY, () => this.#look());
    remember(this.#block, this);
  }

  tryAcquire(): boolean {
    return this.#lock.tryAcquire();
  }

  override acquire(options?: Wait): Promise<boolean> {
    return this.#lock.acquire(options);
  }

  override acquireSync(options?: SyncWait): boolean {
    return this.#lock.acquireSync(options);
  }

  release(): void {
    this.#lock.release();
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  get ownerDied(): boolean {
    return this.#lock.ownerDied;
  }

  markConsistent(): void {
    this.#lock.markConsistent();
  }

  /**
   * Gives the lock back, sleeps until it is notified, and takes the lock again, however long that takes.
   *
   * @param options `timeout` in milliseconds, or an object; `signal` ends the wait early.
   * @returns Whether it was notified; `false` after `timeout`.
   * @throws ProcessError when the lock is not held; `signal.reason` when aborted. The lock is held again then, too.
   */
  async wait(options?: Wait): Promise<boolean> {
    const wait = checkWait('Condition.wait', options);
    this.#assertHeld('wait');
    wait.signal?.throwIfAborted();
    const entry = this.#sleepers.add();
    const holds = this.#letGo();
    const failure = await this.#sleep(entry, wait);
    await this.#lock.acquire();
    // Only now is it settled: a notification that came until here counts.
    const isNotified = this.#wakeUp(entry, holds);
    if (!failure) return isNotified;
    if (isNotified) this.#sleepers.tellOldest(NOTIFIED);
    throw failure.reason;
  }

  /** As {@link Condition.wait}, but blocks the calling thread. */
  waitSync(options?: SyncWait): boolean {
    const deadline = checkSyncWait('Condition.waitSync', options);
    this.#assertHeld('waitSync');
    const entry = this.#sleepers.add();
    const holds = this.#letGo();
    this.#sleepers.sleepSync(entry, deadline);
    this.#lock.acquireSync();
    return this.#wakeUp(entry, holds);
  }

  /**
   * Waits until `predicate` holds; it is asked while the lock is held.
   *
   * @returns Whether it holds; `false` after `timeout`.
   * @throws As {@link Condition.wait}; what `predicate` throws.
   */
  async waitFor(predicate: () => Awaitable<unknown>, options?: Wait): Promise<boolean> {
    checkFunction('Condition.waitFor', 'predicate', predicate);
    const { deadline, signal } = checkWait('Condition.waitFor', options);
    this.#assertHeld('waitFor');
    while (!(await predicate())) {
      if (deadline.expired) return false;
      await this.wait({ timeout: deadline.remaining(), signal });
    }
    return true;
  }

  /** As {@link Condition.waitFor}, but blocks the calling thread. */
  waitForSync(predicate: () => unknown, options?: SyncWait): boolean {
    checkFunction('Condition.waitForSync', 'predicate', predicate);
    const deadline = checkSyncWait('Condition.waitForSync', options);
    this.#assertHeld('waitForSync');
    while (!predicate()) {
      if (deadline.expired) return false;
      this.waitSync(deadline.remaining());
    }
    return true;
  }

  /**
   * Wakes those who have slept longest; they go on when the lock is given back.
   *
   * @param n How many; fewer when fewer sleep.
   * @throws ProcessError when the lock is not held.
   */
  notify(n: number = 1): void {
    if (n !== 1) checkInteger('Condition.notify', 'n', n, 0);
    this.#assertHeld('notify');
    for (let i = 0; i < n; i++) if (!this.#sleepers.tellOldest(NOTIFIED)) return;
  }

  /** Wakes all sleepers. @throws ProcessError when the lock is not held. */
  notifyAll(): void {
    this.#assertHeld('notifyAll');
    this.#sleepers.tellAll(NOTIFIED);
  }

  /** How many sleep and were not notified. */
  get sleeping(): number {
    return this.#sleepers.count();
  }

  protected take(wait: CheckedWait): Promise<boolean> {
    return this.#lock.acquire({ timeout: wait.deadline.remaining(), signal: wait.signal });
  }

  protected takeSync(deadline: Deadline): boolean {
    return this.#lock.acquireSync(deadline.remaining());
  }

  async #sleep(entry: number, wait: CheckedWait): Promise<{ readonly reason: unknown } | undefined> {
    try {
      await this.#sleepers.sleep(entry, wait);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  #letGo(): number {
    if (this.#lock instanceof RLock) return this.#lock.releaseAll();
    this.#lock.release();
    return 1;
  }

  #wakeUp(entry: number, holds: number): boolean {
    if (this.#lock instanceof RLock) this.#lock.restore(holds);
    return this.#sleepers.remove(entry) === NOTIFIED;
  }

  /** Anybody may release a `Lock`, so of that it is only known that somebody holds it. */
  #assertHeld(method: string): void {
    if (this.#lock instanceof RLock ? this.#lock.isMine : this.#lock.locked()) return;
    throw new ProcessError(`Condition.${method}: the lock must be held; call acquire() first`);
  }

  /** Hands on the notifications of those who died. */
  #look(): void {
    for (const outcome of this.#sleepers.bury()) if (outcome === NOTIFIED) this.#sleepers.tellOldest(NOTIFIED);
  }

  static {
    registerHandler<Condition, Parts>('synchronize.Condition', Condition, {
      home: import.meta.url,
      take: (condition) => ({ lock: condition.#lock, handle: condition.#block.send() }),
      make: ({ lock, handle }) => reopen(handle, (block) => new Condition(new Opened(block, lock))),
    });
  }
}

interface Parts {
  readonly lock: Lock | RLock;
  readonly handle: BlockHandle;
}
