/** What users get from the types of pools and executors; checked by the compiler, never run. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  AsyncResult,
  Future,
  Pool,
  PoolInsights,
  ProcessManager,
  ProcessPoolExecutor,
  ResultIterator,
  SyncResultIterator,
  TaskEndEvent,
  Waited,
} from 'manycore';
import { asCompleted, benchmarkTask, carryContext, waitFutures } from 'manycore';
import { expectTypeOf } from 'expect-type';

const square = (x: number): number => x * x;
const later = async (x: number): Promise<string> => String(x);
const add = (a: number, b: number): number => a + b;

export function pools(pool: Pool): void {
  expectTypeOf(pool.apply(square, [2])).toEqualTypeOf<Promise<number>>();
  expectTypeOf(pool.apply(later, [2])).toEqualTypeOf<Promise<string>>();
  expectTypeOf(pool.applyAsync(later, [2])).toEqualTypeOf<AsyncResult<string>>();
  expectTypeOf(pool.applySync(later, [2])).toEqualTypeOf<string>();
  expectTypeOf(pool.map(later, [1, 2])).toEqualTypeOf<Promise<string[]>>();
  expectTypeOf(pool.mapAsync(square, [1, 2])).toEqualTypeOf<AsyncResult<number[]>>();
  expectTypeOf(pool.starmap(add, [[1, 2]])).toEqualTypeOf<Promise<number[]>>();
  expectTypeOf(pool.imap(later, [1])).toEqualTypeOf<ResultIterator<string>>();
  expectTypeOf(pool.broadcast(later, [1])).toEqualTypeOf<Promise<string[]>>();
  // @ts-expect-error -- the function takes a number
  void pool.map(square, ['1']);
  // @ts-expect-error -- it takes two
  void pool.apply(add, [1]);
  // @ts-expect-error -- there is no such option
  void pool.map(square, [1], { chunk: 2 });
}

export function settled(pool: Pool): void {
  const onError = 'settle';
  type Settled = PromiseSettledResult<string>;
  expectTypeOf(pool.map(later, [1], { onError })).toEqualTypeOf<Promise<Settled[]>>();
  expectTypeOf(pool.mapSync(later, [1], { onError })).toEqualTypeOf<Settled[]>();
  expectTypeOf(pool.starmap(later, [[1]], { onError })).toEqualTypeOf<Promise<Settled[]>>();
  expectTypeOf(pool.starmapSync(later, [[1]], { onError })).toEqualTypeOf<Settled[]>();
  expectTypeOf(pool.mapAsync(later, [1], { onError })).toEqualTypeOf<AsyncResult<Settled[]>>();
  expectTypeOf(pool.starmapAsync(later, [[1]], { onError })).toEqualTypeOf<AsyncResult<Settled[]>>();
  void pool.mapAsync(later, [1], { onError, callback: (all) => expectTypeOf(all).toEqualTypeOf<Settled[]>() });
  void pool.mapAsync(later, [1], { callback: (all) => expectTypeOf(all).toEqualTypeOf<string[]>() });
  void pool.starmapAsync(add, [[1, 2]], { callback: (all) => expectTypeOf(all).toEqualTypeOf<number[]>() });
  expectTypeOf(pool.imapSync(later, [1], { onError })).toEqualTypeOf<SyncResultIterator<Settled>>();
  expectTypeOf(pool.imap(later, [1], { onError })).toEqualTypeOf<ResultIterator<Settled>>();
  expectTypeOf(pool.imapUnordered(later, [1], { onError })).toEqualTypeOf<ResultIterator<Settled>>();
  expectTypeOf(pool.map(later, [1], { onError: 'aggregate' })).toEqualTypeOf<Promise<string[]>>();
}

export function executors(executor: ProcessPoolExecutor, manager: ProcessManager): void {
  expectTypeOf(executor.submit(later, 1)).toEqualTypeOf<Future<string>>();
  expectTypeOf(executor.submit(add, 1, 2)).toEqualTypeOf<Future<number>>();
  expectTypeOf(executor.insights()).toEqualTypeOf<PoolInsights>();
  const mixed = [executor.submit(later, 1), executor.submit(add, 1, 2)];
  expectTypeOf(waitFutures(mixed)).toEqualTypeOf<Promise<Waited<Future<string> | Future<number>>>>();
  expectTypeOf(asCompleted([executor.submit(later, 1)]).next()).resolves.toEqualTypeOf<
    IteratorResult<Future<string>, undefined>
  >();
  expectTypeOf(manager.mapTasks(later, [1])).toEqualTypeOf<Promise<string[]>>();
  // @ts-expect-error -- it takes two
  void executor.submit(add, 1);
}

export function tools(): void {
  const storage = carryContext(new AsyncLocalStorage<{ id: string }>(), 'types.request');
  expectTypeOf(storage.getStore()).toEqualTypeOf<{ id: string } | undefined>();
  // @ts-expect-error -- the function takes a number
  void benchmarkTask(square, ['1']);
  expectTypeOf<TaskEndEvent['outcome']>().toEqualTypeOf<'done' | 'failed' | 'cancelled' | 'lost'>();
}
