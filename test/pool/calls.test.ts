import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AsyncResult, Pool, PoolClosedError, TimeoutError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { collect, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

eachStartMethod('calls of a pool', (method) => {
  const context = contextOf(method);
  trackLeaks({ warmUp });
  const options = { context };

  test('apply() gives what the function returned (POOL-01)', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.equal(await pool.apply(tasks.square, [5]), 25);
      assert.equal(await pool.apply(tasks.squareLater, [7]), 49);
      assert.deepEqual(await pool.apply(tasks.identity, [{ deep: [new Map([[1, -0]])] }]), {
        deep: [new Map([[1, -0]])],
      });
    }),
  );

  test('map() keeps the order, whatever the chunk size (POOL-02)', LIMIT, () =>
    withPool(options, async (pool) => {
      const items = range(100);
      const squares = items.map(tasks.square);
      assert.deepEqual(await pool.map(tasks.square, items), squares);
      assert.deepEqual(await pool.map(tasks.square, items, 20), squares);
      assert.deepEqual(await pool.map(tasks.squareLater, items, { chunkSize: 7 }), squares);
      assert.deepEqual(await pool.map(tasks.identity, items.map(String)), items.map(String));
    }),
  );

  test('map() gives every kind of small value back as it was', LIMIT, () =>
    withPool(options, async (pool) => {
      const items = range(3_000).map(
        (i) => [i, -0, NaN, undefined, null, true, false, `${i}`, { i }, [i], 10n][i % 11],
      );
      for (const chunkSize of [undefined, 1, 700]) {
        assert.deepEqual(await pool.map(tasks.identity, items, { chunkSize }), items);
        assert.deepEqual(await collect(pool.imap(tasks.identity, items, { chunkSize })), items);
      }
    }),
  );

  test('starmap() spreads the items (POOL-03, POOL-04)', LIMIT, () =>
    withPool(options, async (pool) => {
      const pairs = range(100).map((x): [number, number] => [x, x + 1]);
      const sums = pairs.map(([a, b]) => a + b);
      assert.deepEqual(await pool.starmap(tasks.add, pairs), sums);
      assert.deepEqual(await pool.starmap(tasks.add, pairs, 20), sums);
      assert.deepEqual(await pool.starmapAsync(tasks.add, pairs).get(), sums);
      await assert.rejects(pool.starmap(tasks.add, [1 as never]), { code: 'ERR_MP_INVALID_ARG' });
    }),
  );

  test('mapAsync() is map() with a result to ask (POOL-05, POOL-08)', LIMIT, () =>
    withPool(options, async (pool) => {
      const result = pool.mapAsync(tasks.square, range(10));
      assert.throws(() => result.successful(), { code: 'ERR_MP_INVALID_ARG' });
      assert.deepEqual(await result.get(), range(10).map(tasks.square));
      assert.equal(result.ready(), true);
      assert.equal(result.successful(), true);
      assert.deepEqual(await pool.mapAsync(tasks.square, [], { chunkSize: 1 }).get(5_000), []);
    }),
  );

  test('a callback hears of the whole list, an error callback of the error, once (POOL-06, POOL-29)', LIMIT, () =>
    withPool(options, async (pool) => {
      const heard: unknown[] = [];
      const callback = (value: unknown): void => void heard.push(value);
      const errorCallback = (error: unknown): void => void heard.push(error);
      await pool.mapAsync(tasks.square, range(10), { callback, errorCallback }).wait();
      assert.deepEqual(heard, [range(10).map(tasks.square)]);
      const failing = pool.mapAsync(tasks.failsIfOdd, range(10), { callback, errorCallback });
      await failing.wait();
      assert.equal(heard.length, 2);
      assert.ok(heard[1] instanceof RangeError && heard[1].message === '1 is odd');
      assert.equal(failing.successful(), false);
    }),
  );

  test('applyAsync() returns at once, and get() waits (POOL-11)', LIMIT, () =>
    withPool(options, async (pool) => {
      await pool.apply(tasks.square, [1]);
      const result = pool.applyAsync(tasks.after, [100]);
      assert.equal(result.ready(), false);
      const start = performance.now();
      assert.equal(await result.get(), 100);
      assert.ok(performance.now() - start > 50);
      assert.equal(await result, 100);
    }),
  );

  test('get() with a time-out gives up, and the job goes on (POOL-12)', LIMIT, () =>
    withPool(options, async (pool) => {
      const result = pool.applyAsync(tasks.after, [200]);
      const start = performance.now();
      await assert.rejects(result.get(10), TimeoutError);
      assert.ok(performance.now() - start >= 10);
      await result.wait(1);
      assert.equal(result.ready(), false);
      assert.equal(await result.get(5_000), 200);
    }),
  );

  test('imap() yields in order, and ends (POOL-13)', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const chunkSize of [undefined, 1, 100]) {
        const results: number[] = [];
        for await (const value of pool.imap(tasks.square, range(1000), { chunkSize })) results.push(value);
        assert.deepEqual(results, range(1000).map(tasks.square));
      }
      const iterator = pool.imap(tasks.square, range(3));
      assert.deepEqual(await iterator.next(), { done: false, value: 0 });
      const rest = await Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next()]);
      assert.deepEqual(
        rest.map((one) => one.value),
        [1, 4, undefined, undefined],
      );
    }),
  );

  test('imapUnordered() yields the same values (POOL-15)', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const chunkSize of [undefined, 1, 53]) {
        const results: number[] = [];
        for await (const value of pool.imapUnordered(tasks.square, range(500), { chunkSize })) results.push(value);
        assert.deepEqual(
          results.toSorted((a, b) => a - b),
          range(500).map(tasks.square),
        );
      }
    }),
  );

  test('a pool has exactly the workers that were asked for (POOL-17, POOL-18)', LIMIT, () =>
    withPool({ ...options, processes: 3 }, async (pool) => {
      for (const wrong of [0, -1, 1.5]) assert.throws(() => new Pool(wrong), RangeError);
      assert.throws(() => new Pool({ proceses: 2 } as never), /did you mean `processes`/);
      assert.equal(new Set(await pool.broadcast(tasks.pidAndThread, [0])).size, 3);
      assert.deepEqual(
        pool.workers.map((worker) => worker.id),
        [1, 2, 3],
      );
    }),
  );

  test('empty inputs are no problem (POOL-20)', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.deepEqual(await pool.map(tasks.square, []), []);
      assert.deepEqual(await pool.starmap(tasks.add, []), []);
      assert.deepEqual(await collect(pool.imap(tasks.square, [])), []);
      assert.deepEqual(await collect(pool.imapUnordered(tasks.square, [])), []);
    }),
  );

  test('the initializer runs once in each worker before any task (POOL-35)', LIMIT, () =>
    withPool({ ...options, initializer: tasks.remember, initArgs: [42] }, async (pool) => {
      assert.deepEqual(await pool.broadcast(tasks.recall), [42, 42]);
      await withPool({ ...options, initializer: tasks.count }, async (counting) => {
        assert.deepEqual(await counting.broadcast(tasks.count), [2, 2]);
      });
      assert.throws(() => new Pool({ initializer: 5 as never }), TypeError);
    }),
  );

  test('a callback that throws makes its error the result (POOL-39)', LIMIT, () =>
    withPool(options, async (pool) => {
      const callback = (): never => {
        throw new RangeError('the callback failed');
      };
      await assert.rejects(pool.applyAsync(tasks.square, [2], { callback }).get(), /the callback failed/);
      const failing = pool.mapAsync(tasks.failsIfOdd, [1], { errorCallback: callback });
      await assert.rejects(failing.get(), /the callback failed/);
      assert.equal(await pool.apply(tasks.square, [3]), 9);
    }),
  );

  test('an async callback is waited for, and what it rejects with is the result (POOL-39)', LIMIT, () =>
    withPool(options, async (pool) => {
      const steps: unknown[] = [];
      const callback = async (value: unknown): Promise<void> => {
        await pool.apply(tasks.square, [1]);
        steps.push(value);
      };
      assert.equal(await pool.applyAsync(tasks.square, [2], { callback }), 4);
      assert.deepEqual(steps, [4]);
      const rejects = async (): Promise<never> => Promise.reject(new RangeError('the callback failed later'));
      await assert.rejects(pool.applyAsync(tasks.square, [2], { callback: rejects }).get(), /failed later/);
      await assert.rejects(pool.mapAsync(tasks.failsIfOdd, [1], { errorCallback: rejects }).get(), /failed later/);
      await assert.rejects(pool.apply(tasks.reportsForEver, [], { onReport: rejects }), /failed later/);
      await assert.rejects(pool.map(tasks.after, [10_000], { progress: rejects }), /failed later/);
      // One that asks for its own result gets it, also when somebody else waits already.
      const ask = async (): Promise<unknown> => steps.push(await asking.get());
      const asking: AsyncResult<number> = pool.applyAsync(tasks.square, [3], { callback: ask });
      assert.deepEqual([await asking, await asking.get(), steps], [9, 9, [4, 9]]);
      // A blocking wait cannot let it go on.
      assert.equal(pool.applyAsync(tasks.square, [4], { callback: rejects }).getSync(), 16);
    }),
  );

  test('wrong arguments throw at once, and name the option that was meant', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.throws(() => pool.apply(5 as never), TypeError);
      assert.throws(() => pool.apply(tasks.square, 5 as never), TypeError);
      assert.throws(() => pool.apply(tasks.square, [1], { timeuot: 5 } as never), /did you mean `timeout`/);
      assert.throws(() => pool.map(tasks.square, 5 as never), TypeError);
      assert.throws(() => pool.map(tasks.square, [1], { chunkSize: 0 }), RangeError);
      assert.throws(() => pool.imap(tasks.square, [1], { bufferSize: 0 }), RangeError);
      assert.throws(() => pool.imap(tasks.square, [1], { onError: 'ignore' as never }), RangeError);
      assert.throws(() => pool.resize(0), RangeError);
      assert.throws(() => pool.broadcast(tasks.pid, [], { retries: 1 } as never), /unknown option/);
    }),
  );

  test('broadcast() runs once in each worker, also in those that are busy', LIMIT, () =>
    withPool(options, async (pool) => {
      const busy = pool.apply(tasks.after, [100]);
      const ids = await pool.broadcast(tasks.workerId);
      assert.deepEqual(ids, [1, 2]);
      assert.equal(await busy, 100);
      await assert.rejects(pool.broadcast(tasks.fails, ['/x']), tasks.FileMissing);
      assert.deepEqual(pool.broadcastSync(tasks.workerId), ids);
      assert.throws(() => pool.broadcastSync(tasks.fails, ['/x']), tasks.FileMissing);
      assert.throws(
        () => pool.broadcastSync(tasks.pid, [], { timeout: 0, retries: 1 } as never),
        /^TypeError: Pool.broadcastSync: unknown option/,
      );
    }),
  );

  test('resize() adds and takes workers, and loses nothing', LIMIT, () =>
    withPool(options, async (pool) => {
      const map = pool.map(tasks.squareLater, range(500), 5);
      pool.resize(4);
      assert.equal(new Set(await pool.broadcast(tasks.pidAndThread, [0])).size, 4);
      pool.resize(1);
      assert.deepEqual(await map, range(500).map(tasks.square));
      assert.equal((await pool.broadcast(tasks.pid)).length, 1);
      assert.equal(pool.stats().processes, 1);
    }),
  );

  test('a higher priority overtakes what waits', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const order: string[] = [];
      const busy = pool.apply(tasks.after, [100]);
      const low = range(20).map((i) => pool.apply(tasks.square, [i]).then(() => order.push('low')));
      const high = range(3).map((i) => pool.apply(tasks.square, [i], { priority: 1 }).then(() => order.push('high')));
      await Promise.all([busy, ...low, ...high]);
      assert.deepEqual(order.slice(0, 3), ['high', 'high', 'high']);
      assert.equal(order.length, 23);
    }),
  );

  test('after close() nothing is taken, and what was given is done', LIMIT, async () => {
    const pool = new Pool({ processes: 2, context });
    const results = range(50).map((i) => pool.apply(tasks.squareLater, [i]));
    const map = pool.map(tasks.squareLater, range(300), 3);
    const stream = collect(pool.imap(tasks.square, range(300)));
    await assert.rejects(pool.join(), PoolClosedError);
    pool.close();
    assert.throws(() => pool.applyAsync(tasks.square, [1]), PoolClosedError);
    await assert.rejects(pool.apply(tasks.square, [1]), PoolClosedError);
    await pool.join();
    assert.deepEqual(await Promise.all(results), range(50).map(tasks.square));
    assert.deepEqual(await map, range(300).map(tasks.square));
    assert.deepEqual(await stream, range(300).map(tasks.square));
    assert.deepEqual(pool.workers, []);
  });
});
