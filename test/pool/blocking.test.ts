import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, TimeoutError, WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { assertWorks, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

eachStartMethod('blocking twins', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method), killGrace: 100 };

  test('give what their promises give', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.equal(pool.applySync(tasks.squareLater, [3]), 9);
      assert.deepEqual(pool.mapSync(tasks.square, range(1_000)), range(1_000).map(tasks.square));
      assert.deepEqual(pool.starmapSync(tasks.add, [[1, 2]]), [3]);
      assert.deepEqual([...pool.imapSync(tasks.square, range(1_000))], range(1_000).map(tasks.square));
      assert.equal(pool.applyAsync(tasks.square, [5]).getSync(), 25);
      assert.throws(() => pool.applyAsync(tasks.after, [500]).getSync(10), TimeoutError);
      await assertWorks(pool);
    }),
  );

  test('notice that a worker died, and see its replacement', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      for (let i = 0; i < 2; i++) {
        assert.throws(() => pool.applySync(tasks.killsItself), WorkerLostError);
        assert.equal(pool.applySync(tasks.square, [i]), i * i);
      }
      assert.throws(() => pool.mapSync(tasks.killsItselfAt, range(20)), WorkerLostError);
      const states = pool.mapSync(tasks.killsItselfAt, range(20), { onError: 'settle' }) as unknown as {
        status: string;
      }[];
      assert.deepEqual(states.map((one) => one.status === 'rejected').indexOf(true), 7);
      const stream = pool.imapSync(tasks.killsItselfAt, range(20));
      for (let i = 0; i < 7; i++) assert.equal(stream.next().value, i);
      assert.throws(() => stream.next(), WorkerLostError);
      assert.equal(stream.next().value, 8);
      stream.return();
      await assertWorks(pool);
    }),
  );

  test('have time-outs although no timer fires', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      assert.throws(() => pool.applySync(tasks.spin, [], { timeout: 50 }), TimeoutError);
      // The loop must be stopped while this thread blocks again.
      assert.equal(pool.applySync(tasks.square, [3]), 9);
      assert.throws(() => pool.mapSync(tasks.spin, [1], { timeout: 50 }), TimeoutError);
      assert.deepEqual(pool.mapSync(tasks.square, [3]), [9]);
      await assertWorks(pool);
    }),
  );

  test('read inputs and mind their errors', LIMIT, () =>
    withPool(options, async (pool) => {
      function* failing(): Generator<number> {
        yield 1;
        throw new RangeError('the input failed');
      }
      assert.throws(() => pool.mapSync(tasks.square, failing()), /the input failed/);
      const stream = pool.imapSync(tasks.square, failing(), { chunkSize: 1 });
      assert.equal(stream.next().value, 1);
      assert.throws(() => stream.next(), /the input failed/);
      assert.equal(stream.next().done, true);
      assert.throws(() => pool.imapSync(tasks.square, (async function* () {})() as never), TypeError);
      await assertWorks(pool);
    }),
  );

  test('take more results than the rings hold', LIMIT, () =>
    withPool(options, async (pool) => {
      const texts = range(2_000).map((i) => `${i}`.padEnd(500));
      assert.deepEqual(pool.mapSync(tasks.identity, texts, 10), texts);
      const big = pool.mapSync(
        tasks.bytes,
        range(20).map(() => 1 << 20),
      );
      assert.ok(big.every((bytes) => bytes.byteLength === 1 << 20));
      await assertWorks(pool);
    }),
  );

  test('wait for the end of a pool', LIMIT, () => {
    const pool = new Pool({ processes: 2, ...options });
    pool.applySync(tasks.square, [1]);
    pool.close();
    pool.joinSync(10_000);
    assert.deepEqual(pool.workers, []);
  });
});
