import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuCount, getReusableExecutor, Pool, ProcessError, ProcessPoolExecutor } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { contextOf, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 60_000 };

eachStartMethod('pools in pools', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('a pool in a worker works, with the share of the processors that the worker has (MPI-14)', LIMIT, () =>
    withPool({ context, processes: 2 }, async (pool) => {
      const share = Math.max(1, Math.floor(cpuCount() / 2));
      const inner = await pool.map(tasks.poolInPool, [[1, 2], [3]]);
      for (const { cpus, workers } of inner) assert.deepEqual([cpus, workers], [share, share]);
      assert.deepEqual(inner.map(({ squares }) => squares), [[1, 4], [9]]); // prettier-ignore
      assert.equal(await pool.apply(tasks.processorsOfChild), share);
    }),
  );

  test('one worker has all processors, and elastic pools share among the most there may be', LIMIT, async () => {
    await withPool({ context, processes: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.processorsSeen), cpuCount());
    });
    await withPool({ context, processes: cpuCount() * 2, minProcesses: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.processorsSeen), 1);
    });
    assert.equal(cpuCount(), cpuCount());
  });

  test('daemonic workers refuse children, others do not (MPI-14)', LIMIT, async () => {
    await withPool({ context, processes: 1, daemon: true }, async (pool) => {
      assert.equal(await pool.apply(tasks.isDaemon), true);
      await assert.rejects(pool.apply(tasks.poolInPool, [[1]]), ProcessError);
      assert.equal(await pool.apply(tasks.square, [3]), 9);
    });
    await withPool({ context, processes: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.isDaemon), false);
      assert.ok([...pool.workers].every(({ state }) => state === 'idle'));
    });
    assert.throws(() => new Pool({ daemon: 1 } as never), TypeError);
  });

  test('executors work in workers, the reusable one too (LKY-02)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    assert.deepEqual(await executor.submit(tasks.executorInExecutor, 3), [9, true]);
    const outer = getReusableExecutor({ maxWorkers: 1, context: 'thread' });
    assert.deepEqual(await outer.submit(tasks.executorInExecutor, 4), [16, true]);
    await outer.shutdown();
  });

  test('pools that nest without end are an error with a class of its own (LKY-02)', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.poolsAllTheWayDown, [1]), '5 NestingError');
    }),
  );
});
