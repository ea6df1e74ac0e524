import { TimeoutError } from '../base/errors.ts';
import type { Future } from './future.ts';
import type { Outcome } from './jobs.ts';

/** The first items of all iterables, then the second ones, until the shortest ends; the others may be endless. */
export function zip(iterables: readonly Iterable<unknown>[]): unknown[][] {
  const iterators = iterables.map((one) => one[Symbol.iterator]());
  const rows: unknown[][] = [];
  for (let isOver = iterators.length === 0; !isOver;) {
    const row: unknown[] = [];
    for (const iterator of iterators) {
      const { done, value } = iterator.next();
      if (done) break;
      row.push(value);
    }
    isOver = row.length < iterators.length;
    if (!isOver) rows.push(row);
  }
  for (const iterator of iterators) iterator.return?.();
  return rows;
}

export function chunksOf<T>(list: readonly T[], size: number): T[][] {
  const count = Math.ceil(list.length / size);
  return Array.from({ length: count }, (_, i) => list.slice(i * size, (i + 1) * size));
}

/** Gives the results in order and holds none that was given; the others are cancelled when the consumer leaves. */
export async function* results<R>(futures: Future<R>[], timeout: number | undefined): AsyncGenerator<R, void> {
  const end = performance.now() + (timeout ?? Infinity);
  try {
    for (let future = futures.shift(); future; future = futures.shift()) {
      yield await future.result(end === Infinity ? undefined : Math.max(0, end - performance.now()));
    }
  } catch (error) {
    if (error instanceof TimeoutError)
      throw new TimeoutError(`map: not all results came within ${timeout} ms`, { cause: error });
    throw error;
  } finally {
    for (const future of futures.toReversed()) future.cancel();
  }
}

/** The values of chunks one by one; an error comes in its place. */
export async function* flatten<R>(chunks: AsyncIterable<readonly Outcome<R>[]>): AsyncGenerator<R, void> {
  for await (const outcomes of chunks) {
    for (const outcome of outcomes) {
      if (!outcome.ok) throw outcome.error;
      yield outcome.value;
    }
  }
}
