// oxlint-disable typescript/no-unsafe-declaration-merging -- `installMethods` defines what the interfaces declare.
import { checkSyncWait, checkWait, timeoutOf } from '../../base/deadline.ts';
import { TimeoutError } from '../../base/errors.ts';
import { checkFunction } from '../../base/options.ts';
import type { Awaitable, SyncWait, Wait } from '../../base/types.ts';
import type { ManagedCondition } from '../objects/managed-condition.ts';
import { BaseProxy } from './base-proxy.ts';
import { installMethods } from './install.ts';
import type { Blocking, Remote } from './proxy-types.ts';
import { waitFor, waitForSync } from './waiting.ts';

/** What lock and semaphore proxies have in common. */
export abstract class HoldableProxy extends BaseProxy<object> {
  #ownerDied = false;

  /** Whether an owner died while it held this, as the last successful acquire through this proxy found out. */
  get ownerDied(): boolean {
    return this.#ownerDied;
  }

  /** Waits for it and takes it. @returns `false` when the time was over first. @throws `signal.reason` */
  async acquire(wait?: Wait): Promise<boolean> {
    return this.#taken(await waitFor(this, 'acquire', [], wait));
  }

  /** As {@link HoldableProxy.acquire}, but blocks the calling thread. */
  acquireSync(wait?: SyncWait): boolean {
    return this.#taken(waitForSync(this, 'acquire', [], wait));
  }

  /** Takes it if it is free. */
  tryAcquire(): Promise<boolean> {
    return this.acquire(0);
  }

  tryAcquireSync(): boolean {
    return this.acquireSync(0);
  }

  /**
   * Takes it until the scope of the result ends: `await using held = await lock.hold()`.
   *
   * @throws TimeoutError after `timeout`; `signal.reason` when aborted.
   */
  async hold(wait?: Wait): Promise<AsyncDisposable> {
    if (!(await this.acquire(wait))) throw this.#late(wait);
    return { [Symbol.asyncDispose]: () => this.release() };
  }

  /** As {@link HoldableProxy.hold}, blocking: `using held = lock.holdSync()`. */
  holdSync(wait?: SyncWait): Disposable {
    if (!this.acquireSync(wait)) throw this.#late(wait);
    return { [Symbol.dispose]: () => this.releaseSync() };
  }

  /** Runs `fn` while holding it. @throws As {@link HoldableProxy.hold}. */
  async use<R>(fn: () => Awaitable<R>, wait?: Wait): Promise<R> {
    checkFunction(`${this.typeid}.use`, 'fn', fn);
    if (!(await this.acquire(wait))) throw this.#late(wait);
    try {
      return await fn();
    } finally {
      await this.release();
    }
  }

  /** As {@link HoldableProxy.use}, but blocks the calling thread; `fn` must not be asynchronous. */
  useSync<R>(fn: () => R, wait?: SyncWait): R {
    checkFunction(`${this.typeid}.useSync`, 'fn', fn);
    using _held = this.holdSync(wait);
    return fn();
  }

  async release(): Promise<void> {
    await this.callMethod('release');
  }

  releaseSync(): void {
    this.callMethodSync('release');
  }

  /** Whether nobody could take it now. */
  async locked(): Promise<boolean> {
    return (await this.callMethod('locked')) === true;
  }

  lockedSync(): boolean {
    return this.callMethodSync('locked') === true;
  }

  /** Says that what a dead owner left unfinished is whole again. */
  async markConsistent(): Promise<void> {
    this.#ownerDied = false;
    await this.callMethod('markConsistent');
  }

  markConsistentSync(): void {
    this.#ownerDied = false;
    this.callMethodSync('markConsistent');
  }

  #taken(answer: unknown): boolean {
    if (answer !== false) this.#ownerDied = answer === 'owner died';
    return answer !== false;
  }

  #late(wait: Wait | undefined): TimeoutError {
    return new TimeoutError(`${this.typeid}.hold: it was not free within ${timeoutOf(wait)} ms`);
  }
}

/** Proxy of a Lock: anybody may release it. */
export class LockProxy extends HoldableProxy {}

/** Proxy of an RLock: its owner is a thread of a process, and only it can release it. */
export class RLockProxy extends HoldableProxy {}

/** Proxy of a Semaphore. */
export class SemaphoreProxy extends HoldableProxy {
  /** Permits that are free. */
  async getValue(): Promise<number> {
    return Number(await this.callMethod('getValue'));
  }

  getValueSync(): number {
    return Number(this.callMethodSync('getValue'));
  }
}

/** Proxy of a BoundedSemaphore. */
export class BoundedSemaphoreProxy extends SemaphoreProxy {}

/** Proxy of a condition variable. */
export class ConditionProxy extends HoldableProxy {
  /** Gives the lock up, waits to be notified, takes the lock again. @returns `false` when the time was over first. */
  async wait(wait?: Wait): Promise<boolean> {
    return (await waitFor(this, 'wait', [], wait)) === true;
  }

  waitSync(wait?: SyncWait): boolean {
    return waitForSync(this, 'wait', [], wait) === true;
  }

  /** Waits until `predicate`, which runs here, gives something truthy. @returns What it gave last. */
  async waitFor<R>(predicate: () => Awaitable<R>, wait?: Wait): Promise<R> {
    checkFunction('Condition.waitFor', 'predicate', predicate);
    const { deadline, signal } = checkWait('Condition.waitFor', wait);
    for (;;) {
      const result = await predicate();
      if (result || deadline.expired) return result;
      await this.wait({ timeout: deadline.unlimited ? undefined : deadline.remaining(), signal });
    }
  }

  waitForSync<R>(predicate: () => R, wait?: SyncWait): R {
    checkFunction('Condition.waitForSync', 'predicate', predicate);
    const deadline = checkSyncWait('Condition.waitForSync', wait);
    for (;;) {
      const result = predicate();
      if (result || deadline.expired) return result;
      this.waitSync(deadline.unlimited ? undefined : deadline.remaining());
    }
  }
}
export interface ConditionProxy
  extends
    Remote<Pick<ManagedCondition, 'notify' | 'notifyAll'>>,
    Blocking<Pick<ManagedCondition, 'notify' | 'notifyAll'>> {}

installMethods(ConditionProxy, ['notify', 'notifyAll']);
