import { ProcessError } from '../../base/errors.ts';
import { checkInteger } from '../../base/options.ts';
import { wrongType } from '../../base/invalid.ts';
import type { Awaitable } from '../../base/types.ts';
import { currentCall } from '../server/call.ts';
import { Waiters } from '../server/waiters.ts';
import { ManagedLock, ManagedRLock, type Acquired } from './managed-lock.ts';

/** A condition variable in a manager's server. */
export class ManagedCondition {
  readonly #lock: ManagedLock;
  readonly #waiters = new Waiters<boolean>();

  /** @param lock What guards it; a fresh RLock when absent. */
  constructor(lock: unknown = new ManagedRLock()) {
    if (!(lock instanceof ManagedLock))
      throw wrongType('Condition', 'lock', 'a Lock or RLock of the same manager', lock);
    this.#lock = lock;
  }

  acquire(timeout?: number): Awaitable<Acquired> {
    return this.#lock.acquire(timeout);
  }

  release(): void {
    this.#lock.release();
  }

  locked(): boolean {
    return this.#lock.locked();
  }

  markConsistent(): void {
    this.#lock.markConsistent();
  }

  /** Gives the lock up, waits to be notified, and takes the lock again. @returns `false` when the time was over first. */
  async wait(timeout?: number): Promise<boolean> {
    this.#checkOwner('wait');
    const call = currentCall();
    const depth = this.#lock.releaseAll();
    let isNotified = false;
    try {
      isNotified = await this.#waiters.wait({ timeout, data: undefined, late: () => false }, call);
    } finally {
      // Whatever ended the wait: the caller believes that it holds the lock, if it is still there.
      if (!call.owner.isGone) await this.#lock.acquireFor(call, depth);
    }
    return isNotified;
  }

  notify(count = 1): void {
    checkInteger('Condition.notify', 'n', count, 0);
    this.#checkOwner('notify');
    for (const waiter of this.#waiters.all().slice(0, count)) waiter.settle(true);
  }

  notifyAll(): void {
    this.#checkOwner('notifyAll');
    for (const waiter of this.#waiters.all()) waiter.settle(true);
  }

  #checkOwner(method: string): void {
    if (this.#lock.isHeldBy(currentCall().owner)) return;
    throw new ProcessError(`Condition.${method}: this thread does not hold the lock; call acquire() first`);
  }
}
