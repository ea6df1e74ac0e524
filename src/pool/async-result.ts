import { AsyncResource } from 'node:async_hooks';
import { checkSyncWait, checkWait, type CheckedWait, type Deadline, timeoutOf } from '../base/deadline.ts';
import { TimeoutError } from '../base/errors.ts';
import { wrongUse } from '../base/invalid.ts';
import { later } from '../base/later.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import { blockFor } from './block-for.ts';

/** What an asynchronous job does with its outcome besides handing it to whoever asks. */
export interface ResultCallbacks<R> {
  readonly callback?: ((value: R) => unknown) | undefined;
  readonly errorCallback?: ((error: unknown) => unknown) | undefined;
  /** Called before the callbacks; what it throws is the outcome. */
  readonly finish?: (() => void) | undefined;
  /** Called now and then while somebody blocks. */
  readonly meanwhile?: (() => void) | undefined;
}

type Outcome<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

/** How a result is settled: held by the job, not by users. */
export interface Settler<R> {
  succeed(value: R): void;
  fail(error: unknown): void;
}

/**
 * The result of a job that is still under way; can be awaited.
 *
 * A failure that nobody asks for is not an unhandled rejection, as in Python.
 *
 * @see Python `multiprocessing.pool.AsyncResult`
 */
export class AsyncResult<R> implements PromiseLike<R> {
  /** Typed as if nothing could be given to them: so a result of something special is one of something general. */
  #callbacks: ResultCallbacks<never>;
  #cancel: (reason: unknown) => boolean;
  #raw: Outcome<R> | undefined;
  #outcome: Outcome<R> | undefined;
  readonly #waiting = new Set<() => void>();
  #promise: Promise<R> | undefined;
  /** Whether there is an outcome, and an async callback goes on that may still make it an error. */
  #isCallingBack = false;

  private constructor(callbacks: ResultCallbacks<never>, cancel: (reason: unknown) => boolean) {
    this.#callbacks = callbacks;
    this.#cancel = cancel;
  }

  /** Makes a result and the means to settle it. For the library's own use. */
  static create<R>(
    callbacks: ResultCallbacks<R>,
    cancel: (reason: unknown) => boolean,
  ): { result: AsyncResult<R>; settler: Settler<R> } {
    const result = new AsyncResult<R>(inCallersContext(callbacks), cancel);
    const settler: Settler<R> = {
      succeed: (value) => result.#settle({ ok: true, value }),
      fail: (error) => result.#settle({ ok: false, error }),
    };
    return { result, settler };
  }

  /**
   * The result, once it is there.
   *
   * @param timeout Milliseconds to wait at most, absent waits for ever; or an object, whose `signal` ends the wait early.
   * @throws TimeoutError after `timeout`; what the job failed with; `signal.reason`. The job goes on when a wait ends early.
   */
  get(timeout?: Wait): Promise<R> {
    const wait = checkWait('AsyncResult.get', timeout);
    return timeout === undefined ? this.#asPromise() : this.#getWithin(wait, timeoutOf(timeout));
  }

  /** As {@link AsyncResult.get}, but blocks the calling thread. The workers go on. */
  getSync(timeout?: SyncWait): R {
    this.#blockFor(checkSyncWait('AsyncResult.getSync', timeout));
    if (!this.ready()) throw late('AsyncResult.getSync', timeoutOf(timeout));
    return this.#value();
  }

  /** Resolves when there is a result or an error, or after `timeout` milliseconds: look at {@link AsyncResult.ready}. */
  async wait(timeout?: Wait): Promise<void> {
    await this.#within(checkWait('AsyncResult.wait', timeout));
  }

  /** As {@link AsyncResult.wait}, but blocks the calling thread. */
  waitSync(timeout?: SyncWait): void {
    this.#blockFor(checkSyncWait('AsyncResult.waitSync', timeout));
  }

  /** Whether the job has ended. */
  ready(): boolean {
    return this.#outcome !== undefined;
  }

  /**
   * Whether the job ended without an error.
   *
   * @throws Error with code `ERR_MP_INVALID_ARG` before it has ended.
   */
  successful(): boolean {
    if (!this.#outcome)
      throw wrongUse('AsyncResult.successful', 'the job has not ended yet; ask ready() or await wait() first');
    return this.#outcome.ok;
  }

  /**
   * Ends the job early: what waits never runs, what runs hears its `signal`.
   *
   * @param reason What the job then fails with; a `CancelledError` by default.
   * @returns Whether there was still something to cancel.
   */
  cancel(reason?: unknown): boolean {
    return this.#cancel(reason);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- it is awaited like a promise on purpose
  then<A = R, B = never>(
    onFulfilled?: ((value: R) => A | PromiseLike<A>) | null,
    onRejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#asPromise().then(onFulfilled, onRejected);
  }

  #settle(outcome: Outcome<R>): void {
    if (this.#raw) return;
    this.#raw = outcome;
    // The job, and so its arguments, must not live as long as the result.
    this.#cancel = () => false;
    // Callbacks are user code: they run when the thread is free, not inside of the poll that brought the result.
    queueMicrotask(() => this.#conclude());
  }

  /** Runs the callbacks; one that throws makes its error the outcome. Who waits already waits for an async one too. */
  #conclude(): void {
    if (this.#outcome || !this.#raw) return;
    const raw = this.#finished(this.#raw);
    const { callback, errorCallback } = this.#callbacks;
    this.#callbacks = {};
    // Set before the callback, which may look at this result, and may even wait for it.
    this.#outcome = raw;
    const fail = (error: unknown): void => this.#tell({ ok: false, error });
    this.#isCallingBack = true;
    try {
      // They were made for it.
      const returned = raw.ok ? callback?.(raw.value as never) : errorCallback?.(raw.error);
      if (!later(returned, () => this.#tell(raw), fail)) this.#tell(raw);
    } catch (error) {
      fail(error);
    }
  }

  #tell(outcome: Outcome<R>): void {
    this.#outcome = outcome;
    this.#isCallingBack = false;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** What the listeners of the job make of its outcome. */
  #finished(raw: Outcome<R>): Outcome<R> {
    try {
      this.#callbacks.finish?.();
      return raw;
    } catch (error) {
      return { ok: false, error };
    }
  }

  #value(): R {
    const outcome = this.#outcome;
    if (!outcome) throw wrongUse('AsyncResult', 'asked before the job has ended');
    if (outcome.ok) return outcome.value;
    throw outcome.error;
  }

  #asPromise(): Promise<R> {
    // Not the promise of those who wait for the callback: it may be the callback that asks.
    if (this.#isCallingBack) return this.#whenReady().then(() => this.#value());
    this.#promise ??= this.#whenReady().then(() => this.#value());
    return this.#promise;
  }

  async #getWithin(wait: CheckedWait, timeout: number | undefined): Promise<R> {
    await this.#within(wait);
    if (!this.ready()) throw late('AsyncResult.get', timeout);
    return this.#value();
  }

  #blockFor(deadline: Deadline): void {
    if (blockFor(() => this.#raw !== undefined, deadline, this.#callbacks.meanwhile)) this.#conclude();
  }

  #whenReady(): Promise<void> {
    return this.ready() ? Promise.resolve() : new Promise((resolve) => this.#waiting.add(resolve));
  }

  /** Waits until the job has ended or the time is over. @throws `signal.reason` */
  async #within(wait: CheckedWait): Promise<void> {
    if (this.ready()) return;
    await waitFor(wait, (callback) => {
      this.#waiting.add(callback);
      return () => this.#waiting.delete(callback);
    });
  }
}

/** Callbacks run in the asynchronous context in which the job was submitted. */
function inCallersContext<R>({ callback, errorCallback, ...rest }: ResultCallbacks<R>): ResultCallbacks<R> {
  if (!callback && !errorCallback) return rest;
  return {
    ...rest,
    callback: callback && AsyncResource.bind(callback),
    errorCallback: errorCallback && AsyncResource.bind(errorCallback),
  };
}

function late(owner: string, timeout: number | undefined): TimeoutError {
  return new TimeoutError(`${owner}: no result within ${timeout} ms; the job goes on`);
}
