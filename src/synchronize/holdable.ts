import { type CheckedWait, checkSyncWait, checkWait, type Deadline, timeoutOf } from '../base/deadline.ts';
import { ProcessError, TimeoutError } from '../base/errors.ts';
import { checkFunction } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { Awaitable, SyncWait, Wait } from '../base/types.ts';

/** A hold on a lock; disposing it gives the lock back, once. */
export type Hold = Disposable;

const FOREVER = checkWait('acquire', undefined);

/** What all locks and semaphores have in common: ways to take them, wait for them, and give them back. */
export abstract class Holdable {
  /** Takes it if it can be had at once. Never waits; no system call as long as it is free. */
  abstract tryAcquire(): boolean;

  /** Whether another would have to wait. */
  abstract locked(): boolean;

  /** Whether one who held it died, and nobody called {@link Holdable.markConsistent} since: what it guards may be half done. */
  abstract readonly ownerDied: boolean;

  /** Says that whatever it guards is whole again. */
  abstract markConsistent(): void;

  /**
   * Gives it back and wakes one who waits.
   *
   * @throws ProcessError when nobody holds it.
   */
  abstract release(): void;

  toString(): string {
    return `<${this.constructor.name} ${this.locked() ? 'locked' : 'unlocked'}${this.ownerDied ? ', its owner died' : ''}>`;
  }

  static {
    showAsText(this.prototype);
  }

  protected abstract take(wait: CheckedWait): Promise<boolean>;
  protected abstract takeSync(deadline: Deadline): boolean;

  /**
   * Takes it, waiting for it if need be.
   *
   * @param options `timeout` in milliseconds (`0` only tries, absent waits for ever), or an object; `signal` ends the wait early.
   * @returns Whether it was taken; `false` after `timeout`.
   * @throws `signal.reason` when aborted; nothing was taken then.
   */
  acquire(options?: Wait): Promise<boolean> {
    return this.take(options === undefined ? FOREVER : checkWait(this.constructor.name, options));
  }

  /** As {@link Holdable.acquire}, but blocks the calling thread and no other. */
  acquireSync(options?: SyncWait): boolean {
    if (options === undefined && this.tryAcquire()) return true;
    return this.takeSync(checkSyncWait(this.constructor.name, options));
  }

  /**
   * Takes it for a scope: `using held = await lock.hold()`.
   *
   * @throws TimeoutError after `timeout`; `signal.reason` when aborted.
   */
  async hold(options?: Wait): Promise<Hold> {
    if (!(await this.acquire(options))) throw this.#late(options);
    return this.#held();
  }

  /** As {@link Holdable.hold}, but blocks the calling thread. */
  holdSync(options?: SyncWait): Hold {
    if (!this.acquireSync(options)) throw this.#late(options);
    return this.#held();
  }

  /** Runs `fn` while holding it, and gives it back whatever `fn` does. @throws As {@link Holdable.hold}. */
  async use<R>(fn: () => Awaitable<R>, options?: Wait): Promise<R> {
    checkFunction(`${this.constructor.name}.use`, 'fn', fn);
    const held = await this.hold(options);
    try {
      return await fn();
    } finally {
      held[Symbol.dispose]();
    }
  }

  /** As {@link Holdable.use}, but blocks the calling thread; `fn` must not be asynchronous. */
  useSync<R>(fn: () => R, options?: SyncWait): R {
    checkFunction(`${this.constructor.name}.useSync`, 'fn', fn);
    const held = this.holdSync(options);
    try {
      return fn();
    } finally {
      held[Symbol.dispose]();
    }
  }

  #held(): Hold {
    let isHeld = true;
    const release = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.release();
    };
    return { [Symbol.dispose]: release };
  }

  #late(options: Wait | undefined): TimeoutError {
    return new TimeoutError(`${this.constructor.name}.hold: it was not free within ${timeoutOf(options)} ms`);
  }
}

/** The error of one who gives back what nobody holds. */
export function notHeld(owner: string, why: string): ProcessError {
  return new ProcessError(`${owner}.release: ${why}`);
}
