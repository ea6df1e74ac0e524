import { checkSyncWait, checkWait, type CheckedWait, timeoutOf } from '../base/deadline.ts';
import { TimeoutError } from '../base/errors.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import { blockFor } from './block-for.ts';
import type { Delivery } from './deliveries.ts';
import type { StreamJob } from './stream-job.ts';

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The results of `imap`, one by one.
 *
 * An item whose call threw rejects its own `next`; the iteration may go on after it. Leaving a `for await` loop early cancels
 * what is under way.
 *
 * @see Python `multiprocessing.pool.IMapIterator`
 */
export class ResultIterator<R> implements AsyncIterableIterator<R> {
  readonly #job: StreamJob;
  /** The last call of `next` that waits; calls are served in order. */
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** For the library's own use. */
  constructor(job: StreamJob) {
    this.#job = job;
    dropped.register(this, job);
  }

  /**
   * The next result.
   *
   * @param timeout Milliseconds to wait at most, or an object, whose `signal` ends the wait early; the result that comes later is
   *   that of the next call.
   * @throws TimeoutError after `timeout`; `signal.reason`; what the call for the item threw.
   */
  next(timeout?: Wait): Promise<IteratorResult<R>> {
    const wait = checkWait('ResultIterator.next', timeout);
    if (wait.signal?.aborted) return Promise.reject(toError(wait.signal.reason));
    const delivery = this.#waiting === 0 ? this.#job.take() : undefined;
    if (delivery) return promiseOf(delivery);
    const turn = this.#last.then(() => this.#deliver(wait, timeoutOf(timeout)));
    this.#waiting++;
    const leave = (): void => void this.#waiting--;
    this.#last = turn.then(leave, leave); // Told to the caller of this `next`, not to that of the following one.
    return turn;
  }

  /** Ends the iteration: queued items never run. */
  async return(): Promise<IteratorResult<R>> {
    this.#job.stop(); // What the input's own `finally` throws is the caller's to know.
    return DONE;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #deliver(wait: CheckedWait, timeout: number | undefined): Promise<IteratorResult<R>> {
    wait.signal?.throwIfAborted();
    for (let hasWaited = false; ; hasWaited = true) {
      const delivery = this.#job.take();
      if (delivery) return unwrap(delivery);
      if (hasWaited && wait.deadline.expired)
        throw new TimeoutError(`ResultIterator.next: no result within ${timeout} ms; it will come with a later next()`);
      await waitFor(wait, (callback) => this.#job.whenReady(callback));
    }
  }
}

/** The results of `imapSync`: an ordinary iterator whose `next` blocks the calling thread. */
export class SyncResultIterator<R> implements IterableIterator<R> {
  readonly #job: StreamJob;

  /** For the library's own use. */
  constructor(job: StreamJob) {
    this.#job = job;
  }

  /**
   * The next result; blocks until it is there.
   *
   * @param timeout Milliseconds to wait at most; the result that comes later is that of the next call.
   * @throws TimeoutError after `timeout`; what the call for the item threw.
   */
  next(timeout?: SyncWait): IteratorResult<R> {
    const deadline = checkSyncWait('SyncResultIterator.next', timeout);
    let delivery: Delivery | undefined;
    const { meanwhile } = this.#job;
    meanwhile?.();
    const found = blockFor(() => (delivery = this.#job.take()) !== undefined, deadline, meanwhile);
    if (!found || !delivery)
      throw new TimeoutError(
        `SyncResultIterator.next: no result within ${timeoutOf(timeout)} ms; it will come with a later next()`,
      );
    return unwrap(delivery);
  }

  /** Ends the iteration: queued items never run. */
  return(): IteratorResult<R> {
    this.#job.stop();
    return DONE;
  }

  [Symbol.dispose](): void {
    this.return();
  }

  [Symbol.iterator](): this {
    return this;
  }
}

/** An iterator that nobody holds any more wants nothing: its job must not hold a pool that is closed. */
const dropped = new FinalizationRegistry<StreamJob>((job) => job.drop());

function promiseOf<R>(delivery: Delivery): Promise<IteratorResult<R>> {
  // As `unwrap`.
  if (delivery.kind === 'value') return Promise.resolve({ done: false, value: delivery.value as R });
  return delivery.kind === 'end' ? Promise.resolve(DONE) : Promise.reject(delivery.error);
}

function unwrap<R>(delivery: Delivery): IteratorResult<R> {
  if (delivery.kind === 'error') throw delivery.error;
  // The function's own result type: checked where it was submitted.
  return delivery.kind === 'end' ? DONE : { done: false, value: delivery.value as R };
}

/** A signal may have any reason: it is passed on as it is. */
function toError(reason: unknown): Error {
  return reason as Error;
}
