import { AsyncResource } from 'node:async_hooks';
import { checkSyncWait, checkWait, timeoutOf } from '../base/deadline.ts';
import { CancelledError, TimeoutError } from '../base/errors.ts';
import { whenLaterFails } from '../base/later.ts';
import { checkFunction } from '../base/options.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import { warnNow } from '../base/warn.ts';
import { Parker } from '../shared-memory/parker.ts';

/** What a future asks of whoever runs its call. */
export interface FutureControl {
  /** Takes the call back if it does not run yet. */
  withdraw(): boolean;
  isRunning(): boolean;
}

/** How the owner of a future settles it. Only the first call counts. */
export interface FutureSettler<R> {
  succeed(value: R): void;
  fail(error: unknown): void;
}

/**
 * The result of a call that an executor makes; a promise that can be asked and cancelled.
 *
 * A failure that nobody asks for is not an unhandled rejection, as in Python.
 *
 * @see Python `concurrent.futures.Future`
 */
export class Future<R> extends Promise<R> {
  /** What `then` gives is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #state: 'open' | 'cancelled' | 'finished' = 'open';
  #failed = false;
  #value: unknown;
  #callbacks: (() => void)[] = [];
  #control: FutureControl | undefined;
  #settle: FutureSettler<R> | undefined;

  /** Makes a future and the means to settle it. For the library's own use. */
  static make<R>(): { future: Future<R>; settler: FutureSettler<R>; attach(control: FutureControl): void } {
    let settle: FutureSettler<R> | undefined;
    const future = new Future<R>((resolve, reject) => {
      settle = { succeed: resolve, fail: reject };
    });
    future.#settle = settle;
    future.catch(() => {}); // Whoever asks hears of it.
    const settler: FutureSettler<R> = {
      succeed: (value) => future.#end('finished', false, value),
      fail: (error) => future.#end('finished', true, error),
    };
    return { future, settler, attach: (control) => (future.#control = control) };
  }

  /** Whether the call never ran, because it was cancelled. */
  cancelled(): boolean {
    return this.#state === 'cancelled';
  }

  /** Whether a worker has begun with the call and not ended it. */
  running(): boolean {
    return this.#state === 'open' && (this.#control?.isRunning() ?? false);
  }

  /** Whether it has a result, failed, or was cancelled. */
  done(): boolean {
    return this.#state !== 'open';
  }

  /**
   * Takes the call back if it does not run yet.
   *
   * @returns Whether it is cancelled now.
   */
  cancel(): boolean {
    if (this.#state !== 'open') return this.cancelled();
    if (!this.#control?.withdraw()) return false;
    this.#end('cancelled', true, new CancelledError('the call was cancelled before it ran'));
    return true;
  }

  /**
   * The result.
   *
   * @param timeout Milliseconds to wait at most, or an object, whose `signal` ends the wait early.
   * @throws TimeoutError; CancelledError; what the call threw; `signal.reason`.
   */
  async result(timeout?: Wait): Promise<R> {
    await this.#within('Future.result', timeout);
    return this.#resultNow();
  }

  /** As {@link Future.result}, but blocks the calling thread. */
  resultSync(timeout?: SyncWait): R {
    this.#withinSync('Future.resultSync', timeout);
    return this.#resultNow();
  }

  /** What the call threw, or `undefined`. @throws TimeoutError; CancelledError; `signal.reason`. */
  async exception(timeout?: Wait): Promise<unknown> {
    await this.#within('Future.exception', timeout);
    return this.#exceptionNow();
  }

  /** As {@link Future.exception}, but blocks the calling thread. */
  exceptionSync(timeout?: SyncWait): unknown {
    this.#withinSync('Future.exceptionSync', timeout);
    return this.#exceptionNow();
  }

  /** Calls `fn` with this future when it is done; at once when it is already. What it throws, or its promise rejects with, is reported as a warning. */
  addDoneCallback(fn: (future: this) => unknown): void {
    checkFunction('Future.addDoneCallback', 'fn', fn);
    if (this.done()) this.#call(fn);
    // In the asynchronous context of whoever added it.
    else this.#callbacks.push(AsyncResource.bind(() => this.#call(fn)));
  }

  override toString(): string {
    if (this.#state === 'open') return `<Future ${this.running() ? 'running' : 'pending'}>`;
    if (this.#state === 'cancelled') return '<Future cancelled>';
    return `<Future finished ${this.#failed ? 'raised' : 'returned'} ${kindOf(this.#value)}>`;
  }

  #end(state: 'cancelled' | 'finished', failed: boolean, value: unknown): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#failed = failed;
    this.#value = value;
    this.#control = undefined;
    if (failed) this.#settle?.fail(value);
    // The settler's own type.
    else this.#settle?.succeed(value as R);
    this.#settle = undefined;
    const callbacks = this.#callbacks;
    this.#callbacks = [];
    // User code: it runs when the thread is free, not inside of the poll that brought the result.
    if (callbacks.length > 0) {
      queueMicrotask(() => {
        for (const call of callbacks) call();
      });
    }
  }

  #call(fn: (future: this) => unknown): void {
    const report = (error: unknown): void => warnNow('a callback of a future failed', error);
    try {
      const returned = fn(this);
      // Its own failure is no news.
      if (returned !== this) whenLaterFails(returned, report);
    } catch (error) {
      report(error);
    }
  }

  #resultNow(): R {
    if (this.#failed) throw this.#value;
    // Set by `succeed`, which takes nothing else.
    return this.#value as R;
  }

  #exceptionNow(): unknown {
    if (this.cancelled()) throw this.#value;
    return this.#failed ? this.#value : undefined;
  }

  async #within(owner: string, timeout: Wait | undefined): Promise<void> {
    const wait = checkWait(owner, timeout);
    if (this.done()) return;
    await waitFor(wait, (wake) => {
      this.then(wake, wake);
      return nothing;
    });
    if (!this.done()) throw late(owner, timeoutOf(timeout));
  }

  #withinSync(owner: string, timeout: SyncWait | undefined): void {
    const deadline = checkSyncWait(owner, timeout);
    if (!Parker.current().wait(() => this.done(), deadline)) throw late(owner, timeoutOf(timeout));
  }
}

function nothing(): void {}

function late(owner: string, timeout: number | undefined): TimeoutError {
  return new TimeoutError(`${owner}: no result within ${timeout} ms; the call goes on`);
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return typeof value;
  return value.constructor?.name ?? 'object';
}
