import type { AsyncResult, Future, Pool, ProcessPoolExecutor } from 'manycore';

/** Pool and executor that a cell of the matrix uses. */
export interface Workers {
  readonly pool: Pool;
  readonly executor: ProcessPoolExecutor;
}

export interface Call {
  readonly fn: (...args: never[]) => unknown;
  readonly argument?: unknown;
  /** The call fails with the signal's reason; a future is cancelled. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the call may run; those that a future is waited for. */
  readonly timeout?: number | undefined;
}

export const SUBMITS = ['apply', 'applyAsync', 'map', 'imap', 'imapUnordered', 'submit'] as const;
export type Submit = (typeof SUBMITS)[number];

/** Makes one call in one of the ways, and gives its only result. */
export function makeCall(submit: Submit, workers: Workers, call: Call): PromiseLike<unknown> {
  const { pool } = workers;
  const { fn, argument, signal, timeout } = call;
  const options = { signal, timeout };
  // Every function of the matrix takes one argument or none.
  const single = fn as (item: unknown) => unknown;
  const args = ('argument' in call ? [argument] : []) as never[];
  if (submit === 'apply') return pool.apply(fn, args, options);
  if (submit === 'applyAsync') return cancelledBy(pool.applyAsync(fn, args, { timeout }), signal);
  if (submit === 'map') return pool.map(single, [argument], options).then(first);
  if (submit === 'imap') return pool.imap(single, [argument], options).next().then(valueOf);
  // A chunk size of 1 has a way of its own.
  if (submit === 'imapUnordered')
    return pool
      .imapUnordered(single, [argument], { ...options, chunkSize: 1 })
      .next()
      .then(valueOf);
  return resultOf(workers.executor.submit(fn, ...args), call);
}

function cancelledBy<R>(result: AsyncResult<R>, signal: AbortSignal | undefined): AsyncResult<R> {
  signal?.addEventListener('abort', () => result.cancel(signal.reason));
  return result;
}

function resultOf(future: Future<unknown>, { signal, timeout }: Call): Promise<unknown> {
  signal?.addEventListener('abort', () => future.cancel());
  return future.result(timeout);
}

function first(list: readonly unknown[]): unknown {
  return list[0];
}

function valueOf(result: IteratorResult<unknown>): unknown {
  return result.value;
}
