import { checkOptions, checkOneOf, checkTimeout } from '../base/options.ts';
import { TimeoutError } from '../base/errors.ts';
import type { Future } from './future.ts';

export type ReturnWhen = 'firstCompleted' | 'firstException' | 'allCompleted';

export interface WaitFuturesOptions {
  /** Milliseconds to wait at most. */
  readonly timeout?: number | undefined;
  /** `allCompleted` by default. */
  readonly returnWhen?: ReturnWhen | undefined;
}

/** Futures by whether they were done. */
export interface Waited<R> {
  readonly done: Set<Future<R>>;
  readonly notDone: Set<Future<R>>;
}

/** The longest delay that a timer takes. */
const LONGEST_MS = 2 ** 31 - 1;

const WHEN: readonly ReturnWhen[] = ['firstCompleted', 'firstException', 'allCompleted'];

/**
 * Waits for futures. Just returns after `timeout`.
 *
 * @see Python `concurrent.futures.wait`
 */
export async function waitFutures<R>(
  futures: Iterable<Future<R>>,
  options: WaitFuturesOptions = {},
): Promise<Waited<R>> {
  checkOptions('waitFutures', options, ['timeout', 'returnWhen']);
  const { timeout, returnWhen = 'allCompleted' } = options;
  checkTimeout('waitFutures', timeout);
  checkOneOf('waitFutures', 'returnWhen', returnWhen, WHEN);
  const all = new Set(futures);
  const open = new Set([...all].filter((future) => !future.done()));
  const failed = await Promise.all([...all].filter((future) => future.done()).map(hasFailed));
  const isOver =
    returnWhen === 'firstCompleted' ? open.size < all.size : returnWhen === 'firstException' && failed.includes(true);
  if (!isOver && open.size > 0) await untilOver(open, returnWhen, timeout);
  return {
    done: new Set([...all].filter((one) => one.done())),
    notDone: new Set([...all].filter((one) => !one.done())),
  };
}

async function untilOver<R>(open: Set<Future<R>>, when: ReturnWhen, timeout: number | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    if (timeout !== undefined && timeout < LONGEST_MS) timer = setTimeout(resolve, timeout);
    for (const future of open) {
      future.then(
        () => {
          open.delete(future);
          if (open.size === 0 || when === 'firstCompleted') resolve();
        },
        () => {
          open.delete(future);
          // A future that was cancelled has not failed.
          if (open.size === 0 || when === 'firstCompleted' || (when === 'firstException' && !future.cancelled()))
            resolve();
        },
      );
    }
  });
  clearTimeout(timer);
}

async function hasFailed<R>(future: Future<R>): Promise<boolean> {
  return !future.cancelled() && (await future.exception()) !== undefined;
}

/**
 * The futures one by one as they are done, those that are done already first, each once.
 *
 * @throws TimeoutError when not all are done within `timeout` milliseconds.
 * @see Python `concurrent.futures.as_completed`
 */
export function asCompleted<R>(
  futures: Iterable<Future<R>>,
  options: { readonly timeout?: number | undefined } = {},
): AsyncIterableIterator<Future<R>, undefined> {
  checkOptions('asCompleted', options, ['timeout']);
  checkTimeout('asCompleted', options.timeout);
  return new Completed(new Set(futures), performance.now() + (options.timeout ?? Infinity));
}

/** No generator: what one yields is awaited, and a future is a promise. */
class Completed<R> implements AsyncIterableIterator<Future<R>, undefined> {
  readonly #total: number;
  readonly #end: number;
  readonly #ready: Future<R>[] = [];
  /** Futures that are not done. */
  #open = 0;
  #wakes: (() => void)[] = [];

  constructor(futures: Set<Future<R>>, end: number) {
    this.#total = futures.size;
    this.#end = end;
    for (const future of futures) {
      if (future.done()) this.#ready.push(future);
      else this.#watch(future);
    }
  }

  async next(): Promise<IteratorResult<Future<R>, undefined>> {
    while (this.#ready.length === 0 && this.#open > 0) await this.#more();
    const value = this.#ready.shift();
    return value ? { done: false, value } : { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Once for each future, however long it takes: ten thousand of them must not be looked at ten thousand times. */
  #watch(future: Future<R>): void {
    this.#open++;
    const arrived = (): void => {
      this.#open--;
      this.#ready.push(future);
      for (const wake of this.#wakes.splice(0)) wake();
    };
    future.then(arrived, arrived);
  }

  async #more(): Promise<void> {
    const left = this.#end - performance.now();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wakes.push(resolve);
      if (left < LONGEST_MS) timer = setTimeout(resolve, Math.max(0, left));
    });
    clearTimeout(timer);
    if (this.#ready.length === 0 && this.#open > 0 && performance.now() >= this.#end)
      throw new TimeoutError(`asCompleted: ${this.#open} of ${this.#total} futures are not done`);
  }
}
