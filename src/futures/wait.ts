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
    if (timeout !== undefined && timeout < 2 ** 31) timer = setTimeout(resolve, timeout);
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
  #open: Set<Future<R>>;
  readonly #total: number;
  readonly #end: number;
  readonly #ready: Future<R>[] = [];

  constructor(futures: Set<Future<R>>, end: number) {
    this.#open = futures;
    this.#total = futures.size;
    this.#end = end;
  }

  async next(): Promise<IteratorResult<Future<R>, undefined>> {
    if (this.#ready.length === 0 && this.#open.size > 0) await this.#more();
    const value = this.#ready.shift();
    return value ? { done: false, value } : { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #more(): Promise<void> {
    const timeout = this.#end === Infinity ? undefined : Math.max(0, this.#end - performance.now());
    const { done, notDone } = await waitFutures(this.#open, { timeout, returnWhen: 'firstCompleted' });
    if (done.size === 0) throw new TimeoutError(`asCompleted: ${notDone.size} of ${this.#total} futures are not done`);
    this.#open = notDone;
    this.#ready.push(...done);
  }
}
