import assert from 'node:assert/strict';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { CancelledError, cpuCount, Pool, PoolClosedError, TimeoutError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };
const PLACED = { ...LIMIT, skip: withoutAddon('placement') };

eachStartMethod('bounds of a pool', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method) };

  test('maxInFlight holds calls back until there is room', LIMIT, () =>
    withPool({ ...options, maxInFlight: 5 }, async (pool) => {
      const calls = range(200).map((i) => pool.apply(tasks.squareLater, [i]));
      const { pending, held } = pool.stats();
      assert.deepEqual([pending, held], [5, 195]);
      assert.deepEqual(await Promise.all(calls), range(200).map(tasks.square));
      const bad = range(10).map((i) => pool.apply(tasks.identity, [i === 8 ? new WeakMap() : i]));
      const outcomes = await Promise.allSettled(bad);
      assert.deepEqual(outcomes.map((one) => one.status === 'rejected').indexOf(true), 8);
      assert.equal(pool.applySync(tasks.square, [4]), 16);
      await assertWorks(pool);
      assert.equal(pool.stats().held, 0);
    }),
  );

  test('calls that are held back can be cancelled, time out, and are made after close()', LIMIT, async () => {
    const pool = new Pool({ processes: 1, ...options, maxInFlight: 1 });
    const busy = pool.apply(tasks.after, [200]);
    const cancelled = pool.applyAsync(tasks.square, [1]);
    const late = pool.apply(tasks.square, [2], { timeout: 50 });
    const last = pool.apply(tasks.square, [3]);
    assert.equal(cancelled.cancel(), true);
    await assert.rejects(cancelled.get(), CancelledError);
    await assert.rejects(late, TimeoutError);
    pool.close();
    await pool.join();
    assert.deepEqual([await busy, await last], [200, 9]);
  });

  test('calls that are held back fail when the pool is terminated', LIMIT, async () => {
    const pool = new Pool({ processes: 1, ...options, maxInFlight: 1 });
    const calls = Promise.allSettled(range(10).map(() => pool.apply(tasks.after, [10_000])));
    await pool.terminate();
    for (const one of await calls) assert.ok(one.status === 'rejected' && one.reason instanceof PoolClosedError);
  });

  test('an elastic pool grows when tasks wait, and shrinks again', LIMIT, () =>
    withPool({ ...options, processes: 3, minProcesses: 1, idleTimeout: 100 }, async (pool) => {
      assert.equal(pool.workers.length, 1);
      const calls = range(20).map(() => pool.apply(tasks.after, [20]));
      assert.equal(pool.stats().processes, 3);
      await Promise.all(calls);
      await waitUntil(() => pool.workers.length === 1, 'two have ended');
      await assertWorks(pool);
      assert.throws(() => new Pool({ processes: 2, minProcesses: 3 }), RangeError);
    }),
  );

  test('workers run on the processors and with the niceness that were asked for (MPI-08)', PLACED, () =>
    withPool({ ...options, cpuAffinity: [0], nice: 5 }, async (pool) => {
      await pool.broadcast(tasks.pid);
      for (const { pid } of pool.workers) assert.equal(getPriority(pid), 5);
      assert.deepEqual(await pool.broadcast(tasks.allowedProcessors), ['0', '0']);
      await withPool({ ...options, cpuAffinity: 'spread' }, async (spread) => {
        const own = await spread.broadcast(tasks.allowedProcessors);
        assert.deepEqual(new Set(own).size, Math.min(2, cpuCount()));
        for (const cpus of own) assert.match(String(cpus), /^\d+$/);
      });
      assert.throws(() => new Pool({ cpuAffinity: ['0'] as never }), TypeError);
      assert.throws(() => new Pool({ nice: 50 }), RangeError);
    }),
  );
});
