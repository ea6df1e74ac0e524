import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, type PoolInsights, type WorkerInsights } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };
/** A timer may fire so much too early, as clocks are rounded. */
const EARLY_MS = 2;

eachStartMethod('insights', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const options = { context: contextOf(method), insights: true };

  test('the times of each worker add up (MPI-10)', LIMIT, async () => {
    const start = performance.now();
    const pool = new Pool({ ...options, processes: 2, initializer: tasks.after, initArgs: [20] });
    await pool.broadcast(tasks.pid);
    await pool.map(tasks.after, [40, 40, 40, 40], 1);
    const during = pool.insights();
    pool.close();
    await pool.join();
    const wall = performance.now() - start;
    const after = pool.insights();
    assert.deepEqual(during.workers.map(({ id }) => id), [1, 2]); // prettier-ignore
    for (const one of after.workers) {
      assert.ok(one.initializer >= 20 - EARLY_MS && one.startup > 0 && one.exit > 0, JSON.stringify(one));
      assert.ok(wholeOf(one) <= wall, JSON.stringify(one));
    }
    const { workers, total } = after;
    assert.equal(total.calls, 6);
    assert.equal(total.workers, 2);
    assert.ok(total.working >= 4 * (40 - EARLY_MS));
    for (const key of ['calls', 'startup', 'initializer', 'waiting', 'working', 'exit'] as const)
      assert.ok(Math.abs(total[key] - workers.reduce((sum, one) => sum + one[key], 0)) < 0.001, key);
  });

  test('the slowest calls are kept with their arguments, slowest first (MPI-10)', LIMIT, () =>
    withPool({ ...options, insights: { slowest: 3 } }, async (pool) => {
      // Far apart: on a busy machine each takes longer than it should.
      await Promise.all([pool.map(tasks.after, [1, 300, 1, 1, 600, 1], 2), pool.apply(tasks.after, [900])]);
      await assert.rejects(pool.apply(tasks.throwsHuge, [30]));
      const { slowest } = pool.insights();
      assert.deepEqual(slowest.map(({ name, args, index }) => [name, args, index]), [['after', '[ 900 ]', 0], ['after', '600', 4], ['after', '300', 1]]); // prettier-ignore
      assert.ok(slowest.every(({ milliseconds }, i) => milliseconds <= (slowest[i - 1]?.milliseconds ?? Infinity)));
      assert.ok(slowest.every(({ workerId, task }) => workerId >= 1 && task >= 1));
    }),
  );

  test('workers that were replaced stay in the list and in the totals', LIMIT, () =>
    withPool({ ...options, processes: 1, maxTasksPerChild: 2 }, async (pool) => {
      for (const i of range(6)) await pool.apply(tasks.square, [i]);
      await waitUntil(() => pool.insights().total.workers === 4, 'the fourth was started');
      assert.deepEqual(pool.insights().workers.map(({ calls }) => calls), [2, 2, 2, 0]); // prettier-ignore
      assert.equal(pool.insights().total.calls, 6);
    }),
  );

  test('as text they are a table', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      await pool.apply(tasks.after, [15]);
      const text = String(pool.insights());
      assert.match(text, /^worker +calls +startup +init +waiting +working +exit +working %\n/);
      assert.match(text, /\n +1 +1 +\S+ m?s .*%\n +all +1 /);
      assert.match(text, /\nslowest calls\n\d+ ms +task 1\[0\] +worker 1 +after\(15\)$/);
    }),
  );

  test('a pool that does not measure says so, and wrong options are refused', LIMIT, () =>
    withPool({ ...options, insights: false, processes: 1 }, async (pool) => {
      await pool.apply(tasks.square, [1]);
      assert.throws(() => pool.insights(), { code: 'ERR_MP_INVALID_ARG', message: /insights: true/ });
      for (const insights of [1, 'yes', { slow: 3 }, { slowest: -1 }, { slowest: 1.5 }])
        assert.throws(() => new Pool({ insights } as never), { code: 'ERR_MP_INVALID_ARG' });
    }),
  );
});

function wholeOf(one: PoolInsights['total'] | WorkerInsights): number {
  return one.startup + one.initializer + one.waiting + one.working + one.exit;
}
