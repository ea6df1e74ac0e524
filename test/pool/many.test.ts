import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpuCount, Pool, PoolClosedError, TimeoutError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { Gate, throughGate } from './gate.ts';
import { contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

/** More than begin at the same time, unless the machine is large. */
const COUNT = 24;
const AT_ONCE = Math.min(COUNT, Math.max(8, 2 * cpuCount()));
const LIMIT = { timeout: 60_000, skip: withoutAddon('many') };

function ids(from: number, to: number): number[] {
  return range(to - from + 1).map((i) => from + i);
}

eachStartMethod('a pool of many workers', (method) => {
  const context = contextOf(method);
  const options = { context, processes: COUNT };
  trackLeaks({ warmUp });

  test('some begin at once and the others after them, and each does its part', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.deepEqual(
        [pool.workers.length, pool.stats().unstarted, pool.stats().processes],
        [AT_ONCE, COUNT - AT_ONCE, COUNT],
      );
      const everybody = pool.broadcast(tasks.workerId);
      assert.deepEqual(await pool.map(tasks.square, range(500), 1), range(500).map(tasks.square));
      assert.deepEqual(await everybody, ids(1, COUNT));
      assert.deepEqual([pool.workers.length, pool.stats().unstarted, pool.stats().restarts], [COUNT, 0, 0]);
    }),
  );

  test('they start also while the thread blocks', LIMIT, () =>
    withPool(options, (pool) => {
      assert.deepEqual(pool.broadcastSync(tasks.workerId), ids(1, COUNT));
      assert.deepEqual(pool.mapSync(tasks.square, range(100), 1), range(100).map(tasks.square));
      return Promise.resolve();
    }),
  );

  test('an initializer that takes long holds nobody up', LIMIT, async () => {
    using gate = new Gate();
    await withPool({ ...options, initializer: throughGate, initArgs: [gate.file] }, async (pool) => {
      await waitUntil(() => pool.workers.length === COUNT, 'all have been started', { timeout: 30_000 });
      assert.ok(pool.workers.every(({ state }) => state === 'starting'));
      gate.open();
      assert.deepEqual(await pool.broadcast(tasks.workerId), ids(1, COUNT));
    });
  });

  test('resize() in the middle', LIMIT, () =>
    withPool(options, async (pool) => {
      const everybody = pool.broadcast(tasks.workerId);
      pool.resize(COUNT - 2);
      const fewer = pool.broadcast(tasks.workerId);
      pool.resize(1);
      pool.resize(COUNT);
      const again = pool.broadcast(tasks.workerId);
      assert.deepEqual(await everybody, ids(1, COUNT));
      assert.equal(new Set(await fewer).size, COUNT - 2);
      const last = await again;
      assert.equal(new Set(last).size, COUNT);
      await waitUntil(() => pool.workers.length === COUNT, 'those that were too many are gone', { timeout: 30_000 });
      assert.deepEqual(
        pool.workers.map(({ id }) => id).toSorted((a, b) => a - b),
        last.toSorted((a, b) => a - b),
      );
    }),
  );

  test('terminate() in the middle ends all calls, and nothing is started afterwards', LIMIT, async () => {
    const pool = new Pool(options);
    const calls = [pool.broadcast(tasks.workerId), pool.map(tasks.after, range(100), 1), pool.apply(tasks.forEver)];
    const outcomes = Promise.allSettled<unknown>(calls);
    await pool.terminate();
    for (const outcome of await outcomes)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
    assert.deepEqual([pool.workers.length, pool.stats().unstarted], [0, 0]);
  });

  test('close() in the middle lets all be done', LIMIT, async () => {
    const pool = new Pool(options);
    const everybody = pool.broadcast(tasks.workerId);
    const squares = pool.map(tasks.square, range(100), 1);
    pool.close();
    await pool.join();
    assert.deepEqual(await everybody, ids(1, COUNT));
    assert.deepEqual(await squares, range(100).map(tasks.square));
  });

  test('close() without work waits for nobody', LIMIT, async () => {
    const pool = new Pool(options);
    pool.close();
    await pool.join();
    assert.deepEqual([pool.workers.length, pool.stats().unstarted], [0, 0]);
  });

  test('a broadcast whose time is over calls nobody who starts later', LIMIT, () =>
    withPool({ ...options, initializer: tasks.after, initArgs: [50] }, async (pool) => {
      await assert.rejects(pool.broadcast(tasks.remember, [7], { timeout: 1 }), TimeoutError);
      assert.deepEqual(
        await pool.broadcast(tasks.recall),
        range(COUNT).map(() => undefined),
      );
    }),
  );

  test('a worker that dies is replaced, and its successor makes its call', LIMIT, () =>
    withPool(options, async (pool) => {
      const everybody = pool.broadcast(tasks.workerId);
      const [first] = pool.workers;
      assert.ok(first);
      if (method === 'thread') return void (await everybody);
      process.kill(first.pid, 'SIGKILL');
      const made = await everybody;
      assert.equal(new Set(made).size, COUNT);
      assert.ok(!made.includes(first.id));
      assert.equal(pool.stats().restarts, 1);
    }),
  );
});

test(
  'a pool some of whose workers are refused works with the others; a broadcast that was to reach all fails',
  LIMIT,
  async () => {
    const allowed = Math.max(8, 2 * cpuCount()) + 4;
    const outcome = await runSource(
      `import { run } from 'manycore';
     const inner = async (many, processes) => {
       const { Pool } = await import(many);
       const pool = new Pool({ processes, context: 'spawn' });
       const everybody = await pool.broadcast(Math.abs, [1]).catch((error) => error.code);
       const others = await pool.broadcast(Math.abs, [-1]);
       const told = [everybody, others.length, await pool.map(Math.abs, [-2]), pool.stats().unstarted];
       await pool.terminate();
       return told;
     };
     console.log(JSON.stringify(await run(inner, [import.meta.resolve('manycore'), ${allowed + 4}])));`,
      { env: { MANYCORE_MAX_DESCENDANTS: String(allowed) } },
    );
    assert.deepEqual([outcome.stderr, outcome.stdout], ['', `["ERR_MP_BOOTSTRAP",${allowed},[2],4]\n`]);
  },
);
