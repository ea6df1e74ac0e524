import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { test } from 'node:test';
import { carryContext, NotSendableError, ProcessPoolExecutor } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { collect, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';
import * as requests from './requests.ts';

const LIMIT = { timeout: 20_000 };
const { request, user } = requests;

eachStartMethod('asynchronous contexts', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const options = { context: contextOf(method) };

  test('callbacks, promises, listeners and inputs run in the context of the submission', LIMIT, () =>
    withPool(options, async (pool) => {
      const own = new AsyncLocalStorage<string>();
      const seen: unknown[] = [];
      const see = (): void => void seen.push(own.getStore());
      function* inputs(): Generator<number> {
        for (const i of range(40)) {
          see();
          yield i;
        }
      }
      const streams: AsyncIterable<number>[] = [];
      await own.run('mine', async () => {
        const failing = pool.applyAsync(tasks.fails, ['/x'], { errorCallback: see });
        await pool.applyAsync(tasks.reports, [1], { callback: see, onReport: see });
        see();
        await pool.mapAsync(tasks.square, range(5), { callback: see, progress: see });
        await failing.wait();
        streams.push(pool.imapUnordered(tasks.square, inputs(), { chunkSize: 1, bufferSize: 4 }));
      });
      const [stream] = streams;
      assert.ok(stream);
      assert.equal((await collect(stream)).length, 40);
      // What the consumer's own `next` reads is read where that is called.
      const mine = seen.filter((one) => one === 'mine').length;
      assert.ok(mine >= 6 && seen.every((one) => one === 'mine' || one === undefined), JSON.stringify(seen));
    }),
  );

  test('callbacks of futures run in the context in which they were added', LIMIT, async () => {
    const own = new AsyncLocalStorage<string>();
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, ...options });
    const future = executor.submit(tasks.after, 20);
    const heard = new Promise((resolve) => {
      own.run('added', () => future.addDoneCallback(() => resolve(own.getStore())));
    });
    assert.equal(await heard, 'added');
  });

  test('a store that is carried is there in the task, in every kind of call', LIMIT, () =>
    withPool(options, async (pool) => {
      const store = { id: 'r-1', tags: new Set(['a']) };
      await request.run(store, async () => {
        assert.deepEqual(await pool.apply(requests.current, [0]), store);
        assert.deepEqual(await pool.apply(requests.currentLater, [0]), store);
        assert.deepEqual(await pool.map(requests.currentId, range(50)), Array(50).fill('r-1'));
        assert.deepEqual(await pool.map(requests.currentIdLater, range(9), 3), Array(9).fill('r-1'));
        assert.deepEqual(await pool.starmap(requests.currentId, [[1], [2]]), ['r-1', 'r-1']);
        assert.deepEqual(await collect(pool.imap(requests.currentId, range(5))), Array(5).fill('r-1'));
        assert.deepEqual(await pool.broadcast(requests.currentId, [0]), ['r-1', 'r-1']);
        assert.equal(pool.applySync(requests.currentId, [0]), 'r-1');
        await using executor = new ProcessPoolExecutor({ maxWorkers: 1, ...options });
        assert.equal(await executor.submit(requests.currentId, 0), 'r-1');
      });
    }),
  );

  test('tasks without a store see none, also right behind and beside those with one', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const calls = range(40).map((i) => {
        const fn: (item: number) => string | Promise<string> =
          i % 2 === 0 ? requests.currentId : requests.currentIdLater;
        if (i % 3 === 0) return pool.apply(fn, [i]);
        return request.run({ id: `r-${i}`, tags: new Set() }, () => pool.apply(fn, [i]));
      });
      const expected = range(40).map((i) => (i % 3 === 0 ? 'none' : `r-${i}`));
      assert.deepEqual(await Promise.all(calls), expected);
      assert.deepEqual(await pool.map(requests.currentIdLater, [1, 2]), ['none', 'none']);
    }),
  );

  test('several storages travel together, and stay over retries', LIMIT, () =>
    withPool({ ...options, processes: 1, retries: 1 }, async (pool) => {
      await request.run({ id: 'r-2', tags: new Set() }, () =>
        user.run('ada', async () => {
          assert.deepEqual(await pool.apply(requests.both), ['r-2', 'ada']);
          assert.deepEqual(await pool.apply(requests.bothInSecondRun), ['r-2', 'ada']);
        }),
      );
      assert.deepEqual(await user.run('bob', () => pool.apply(requests.both)), ['none', 'bob']);
    }),
  );

  test('a store that cannot cross is refused where the task is submitted', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const store = { id: 'x', tags: new WeakSet() as never };
      await request.run(store, () => assert.rejects(pool.apply(requests.current, [0]), NotSendableError));
      assert.equal(await pool.apply(tasks.square, [2]), 4);
    }),
  );
});

test('names of storages are unique, and wrong arguments are refused', LIMIT, () => {
  assert.equal(carryContext(request, 'test.request'), request);
  assert.throws(() => carryContext(new AsyncLocalStorage(), 'test.request'), { code: 'ERR_MP_INVALID_ARG' });
  assert.throws(() => carryContext({} as never, 'x'), TypeError);
  assert.throws(() => carryContext(request, 1 as never), TypeError);
});
