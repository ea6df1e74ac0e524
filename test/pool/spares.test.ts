import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 30_000 };

/** Waits until all workers and spares are ready: their initializers have written the number of theirs. */
async function untilSpare(pool: Pool, spares = 1): Promise<void> {
  await waitUntil(() => pool.stats().spares === spares, 'the spare was started');
}

eachStartMethod('spare workers', (method) => {
  // Threads that are ended while they load leave descriptors behind in Node's loader.
  if (method !== 'thread') trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const options = { context: contextOf(method), processes: 1, spares: 1 };

  test('a spare takes the place of a worker that was lost, with its initializer done', LIMIT, () =>
    withPool({ ...options, initializer: tasks.prepareState, initArgs: [5] }, async (pool) => {
      assert.deepEqual(await pool.apply(tasks.useState, [0]), [1, 5]);
      await untilSpare(pool);
      assert.deepEqual(pool.workers.map(({ id }) => id), [1]); // prettier-ignore
      assert.deepEqual([pool.stats().processes, pool.stats().idle], [1, 1]);
      await assert.rejects(pool.apply(tasks.exits, [3]), WorkerLostError);
      // The spare's number, and not that of a worker that was started afterwards.
      assert.deepEqual(await pool.apply(tasks.useState, [0]), [2, 5]);
      assert.equal(pool.stats().restarts, 1);
      await untilSpare(pool);
      await assertWorks(pool);
    }),
  );

  test('spares take no tasks and hear no broadcast before they are needed', LIMIT, () =>
    withPool(options, async (pool) => {
      await pool.apply(tasks.pid);
      await untilSpare(pool);
      const ids = await Promise.all(range(200).map(() => pool.apply(tasks.workerId)));
      assert.deepEqual([...new Set(ids)], [1]);
      assert.deepEqual(await pool.broadcast(tasks.workerId), [1]);
      pool.resize(2);
      await waitUntil(() => pool.workers.length === 2, 'the spare has joined');
      assert.deepEqual(await pool.broadcast(tasks.workerId), [1, 2]);
    }),
  );

  test('workers that are replaced on purpose have a spare by default', LIMIT, async () => {
    const pool = new Pool({ context: options.context, processes: 1, maxTasksPerChild: 3, finalizer: tasks.workerId });
    await pool.apply(tasks.pid);
    await untilSpare(pool);
    const ids: number[] = [];
    for (const _ of range(8)) ids.push(await pool.apply(tasks.workerId));
    assert.deepEqual(ids.slice(0, 5), [1, 1, 2, 2, 2]);
    assert.equal(new Set(ids).size, 3);
    pool.close();
    await pool.join();
    assert.ok(pool.exitResults().length >= 3);
  });

  test('a spare that ends is replaced, and one that cannot start ends the pool as any worker', LIMIT, () =>
    withPool({ ...options, spares: 2 }, async (pool) => {
      await pool.apply(tasks.pid);
      await untilSpare(pool, 2);
      await assert.rejects(pool.apply(tasks.exits, [3]), WorkerLostError);
      await assert.rejects(pool.apply(tasks.exits, [3]), WorkerLostError);
      await assert.rejects(pool.apply(tasks.exits, [3]), WorkerLostError);
      await assertWorks(pool);
      await untilSpare(pool, 2);
      for (const spares of [-1, 0.5, '1'])
        assert.throws(() => new Pool({ spares } as never), { code: 'ERR_MP_INVALID_ARG' });
    }),
  );
});
