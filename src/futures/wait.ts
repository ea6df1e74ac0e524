import { checkSyncWait, checkWait, type CheckedWait, timeoutOf } from '../base/deadline.ts';
import { TimeoutError } from '../base/errors.ts';
import { wrongType } from '../base/invalid.ts';
import { checkIterable, checkOneOf, checkOptions } from '../base/options.ts';
import type { Wait, WaitOptions } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import { Parker } from '../shared-memory/parker.ts';
import { Future } from './future.ts';

export type ReturnWhen = 'firstCompleted' | 'firstException' | 'allCompleted';

export interface WaitFuturesOptions extends WaitOptions {
  /** `allCompleted` by default. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/** Futures by whether they were done. */
export interface Waited<F extends Future<unknown>> {
  readonly done: Set<F>;
  readonly notDone: Set<F>;
}

const WHEN: readonly ReturnWhen[] = ['firstCompleted', 'firstException', 'allCompleted'];

/**
 * Waits for futures. Just returns after `timeout`.
 *
 * @throws `signal.reason`
 * @see Python `concurrent.futures.wait`
 */
export async function waitFutures<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: WaitFuturesOptions = {},
): Promise<Waited<F>> {
  checkOptions('waitFutures', options, ['timeout', 'signal', 'returnWhen']);
  const { timeout, signal, returnWhen = 'allCompleted' } = options;
  const wait = checkWait('waitFutures', { timeout, signal });
  checkOneOf('waitFutures', 'returnWhen', returnWhen, WHEN);
  const all = futuresOf('waitFutures', futures);
  signal?.throwIfAborted();
  const open = new Set([...all].filter((future) => !future.done()));
  const failed = await Promise.all([...all].filter((future) => future.done()).map(hasFailed));
  const isOver =
    returnWhen === 'firstCompleted' ? open.size < all.size : returnWhen === 'firstException' && failed.includes(true);
  if (!isOver && open.size > 0) await untilOver(open, returnWhen, wait);
  return waited(all);
}

/** As {@link waitFutures}, but blocks the calling thread. */
export function waitFuturesSync<F extends Future<unknown>>(
  futures: Iterable<F>,
  options: Omit<WaitFuturesOptions, 'signal'> = {},
): Waited<F> {
  checkOptions('waitFuturesSync', options, ['timeout', 'returnWhen']);
  const { timeout, returnWhen = 'allCompleted' } = options;
  const deadline = checkSyncWait('waitFuturesSync', { timeout });
  checkOneOf('waitFuturesSync', 'returnWhen', returnWhen, WHEN);
  const all = futuresOf('waitFuturesSync', futures);
  let open = [...all];
  const isOver = (): boolean => {
    const ended = open.filter((future) => future.done());
    if (ended.length > 0) open = open.filter((future) => !future.done());
    if (returnWhen === 'firstException' && ended.some(hasFailedSync)) return true;
    return open.length === 0 || (returnWhen === 'firstCompleted' && open.length < all.size);
  };
  Parker.current().wait(isOver, deadline);
  return waited(all);
}

function waited<F extends Future<unknown>>(all: ReadonlySet<F>): Waited<F> {
  const [done, notDone] = [new Set<F>(), new Set<F>()];
  for (const future of all) (future.done() ? done : notDone).add(future);
  return { done, notDone };
}

async function untilOver(open: Set<Future<unknown>>, when: ReturnWhen, wait: CheckedWait): Promise<void> {
  await waitFor(wait, (wake) => {
    for (const future of open) {
      future.then(
        () => {
          open.delete(future);
          if (open.size === 0 || when === 'firstCompleted') wake();
        },
        () => {
          open.delete(future);
          // A future that was cancelled has not failed.
          if (open.size === 0 || when === 'firstCompleted' || (when === 'firstException' && !future.cancelled()))
            wake();
        },
      );
    }
    return () => {};
  });
}

async function hasFailed(future: Future<unknown>): Promise<boolean> {
  return !future.cancelled() && (await future.exception()) !== undefined;
}

function hasFailedSync(future: Future<unknown>): boolean {
  return !future.cancelled() && future.exceptionSync() !== undefined;
}

/**
 * The futures one by one as they are done, those that are done already first, each once.
 *
 * @throws TimeoutError when not all are done within `timeout` milliseconds; `signal.reason`.
 * @see Python `concurrent.futures.as_completed`
 */
export function asCompleted<F extends Future<unknown>>(
  futures: Iterable<F>,
  options?: Wait,
): AsyncIterableIterator<F, undefined> {
  const wait = checkWait('asCompleted', options);
  return new Completed(futuresOf('asCompleted', futures), wait, timeoutOf(options));
}

function futuresOf<F extends Future<unknown>>(owner: string, futures: Iterable<F>): Set<F> {
  checkIterable(owner, 'futures', futures);
  const all = new Set(futures);
  for (const one of all) if (!(one instanceof Future)) throw wrongType(owner, 'futures', 'futures of executors', one);
  return all;
}

/** No generator: what one yields is awaited, and a future is a promise. */
class Completed<F extends Future<unknown>> implements AsyncIterableIterator<F, undefined> {
  readonly #total: number;
  readonly #wait: CheckedWait;
  readonly #timeout: number | undefined;
  readonly #ready: F[] = [];
  /** Futures that are not done. */
  #open = 0;
  readonly #wakes = new Set<() => void>();

  constructor(futures: Set<F>, wait: CheckedWait, timeout: number | undefined) {
    this.#total = futures.size;
    this.#wait = wait;
    this.#timeout = timeout;
    for (const future of futures) {
      if (future.done()) this.#ready.push(future);
      else this.#watch(future);
    }
  }

  async next(): Promise<IteratorResult<F, undefined>> {
    while (this.#ready.length === 0 && this.#open > 0) await this.#more();
    const value = this.#ready.shift();
    return value ? { done: false, value } : { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Once for each future, however long it takes: ten thousand of them must not be looked at ten thousand times. */
  #watch(future: F): void {
    this.#open++;
    const arrived = (): void => {
      this.#open--;
      this.#ready.push(future);
      for (const wake of this.#wakes) wake();
    };
    future.then(arrived, arrived);
  }

  async #more(): Promise<void> {
    await waitFor(this.#wait, (callback) => {
      this.#wakes.add(callback);
      return () => this.#wakes.delete(callback);
    });
    if (this.#ready.length === 0 && this.#open > 0 && this.#wait.deadline.expired)
      throw new TimeoutError(
        `asCompleted: ${this.#open} of ${this.#total} futures are not done within ${this.#timeout} ms`,
      );
  }
}
