import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, PoolClosedError } from 'manycore';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { runProgram, runSource, fixture } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { collect, contextOf, range, settles, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 30_000 };

eachStartMethod('the life of a pool', (method) => {
  const context = contextOf(method);
  const options = { context };
  trackLeaks({ warmUp });

  test('terminate() with 10,000 tasks pending is prompt, and all of them settle (POOL-19)', LIMIT, async () => {
    const pool = new Pool({ processes: 2, context });
    await pool.broadcast(tasks.pid);
    const calls = range(10_000).map(() => pool.apply(tasks.after, [10_000]));
    const map = pool.map(
      tasks.after,
      range(10_000).map(() => 10_000),
    );
    const stream = pool
      .imap(
        tasks.after,
        range(10_000).map(() => 10_000),
      )
      .next();
    const start = performance.now();
    const outcomes = Promise.allSettled<unknown>([...calls, map, stream]);
    await pool.terminate();
    assert.ok(performance.now() - start < 3_000);
    for (const outcome of await outcomes)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
    await pool.join();
  });

  test('leaving the scope terminates, and nothing is taken afterwards (POOL-21, POOL-27)', LIMIT, async () => {
    let left: Pool | undefined;
    let pending: Promise<number> | undefined;
    {
      await using pool = new Pool({ processes: 2, context });
      left = pool;
      pending = pool.apply(tasks.after, [60_000]);
      pending.catch(() => {});
    }
    assert.throws(() => left.mapAsync(tasks.square, [1]), PoolClosedError);
    const outcome = await settles(pending);
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
  });

  test('get() after terminate() settles, also when blocking', LIMIT, async () => {
    const pool = new Pool({ processes: 1, context });
    const result = pool.applyAsync(tasks.forEver);
    const list = pool.mapAsync(tasks.after, [60_000, 60_000]);
    await pool.terminate();
    assert.throws(() => result.getSync(1_000), PoolClosedError);
    await assert.rejects(list.get(), PoolClosedError);
  });

  test('arguments and results are not kept (POOL-26)', LIMIT, () =>
    withPool(options, async (pool) => {
      let collected = 0;
      const registry = new FinalizationRegistry(() => void collected++);
      const run = async (): Promise<void> => {
        const items = range(3).map((i) => ({ i }));
        for (const item of items) registry.register(item, 0);
        const result = pool.mapAsync(tasks.identity, items);
        const values = await result.get();
        for (const value of values) registry.register(value, 0);
        const argument = { one: 1 };
        registry.register(argument, 0);
        await pool.apply(tasks.identity, [argument]);
      };
      await run();
      await waitUntil(() => {
        collectGarbage();
        return collected === 7;
      }, 'all was collected');
    }),
  );

  test('a worker is replaced after its share of tasks, which counts calls and not chunks (POOL-31)', LIMIT, () =>
    withPool({ ...options, maxTasksPerChild: 10 }, async (pool) => {
      const first = await pool.broadcast(tasks.pidAndThread, [0]);
      assert.deepEqual(await pool.map(tasks.square, range(100), 7), range(100).map(tasks.square));
      assert.deepEqual(
        await Promise.all(range(30).map((i) => pool.apply(tasks.square, [i]))),
        range(30).map(tasks.square),
      );
      await waitUntil(
        () => pool.workers.length === 2 && pool.workers.every((worker) => worker.state === 'idle'),
        'both are ready',
      );
      const now = await pool.broadcast(tasks.pidAndThread, [0]);
      assert.deepEqual(
        now.filter((worker) => first.includes(worker)),
        [],
      );
      assert.ok(pool.stats().restarts >= 12);
      for (const calls of await Promise.all(range(40).map(() => pool.apply(tasks.count)))) assert.ok(calls <= 10);
    }),
  );

  test('closing while workers are being replaced loses nothing (POOL-32)', LIMIT, async () => {
    const pool = new Pool({ processes: 3, context, maxTasksPerChild: 1 });
    const results = range(6).map((i) => pool.applyAsync(tasks.square, [i]));
    pool.close();
    await pool.join();
    assert.deepEqual(await Promise.all(results.map((one) => one.get())), range(6).map(tasks.square));
  });

  test('maxTasksPerChild is an integer from 1 (POOL-33)', LIMIT, () => {
    for (const wrong of [0, -1, 0.5]) assert.throws(() => new Pool({ maxTasksPerChild: wrong }), RangeError);
    assert.throws(() => new Pool({ maxTasksPerChild: '12' as never }), TypeError);
  });

  test('a worker that has grown too large is replaced, and no task is lost (LKY-06)', LIMIT, () =>
    withPool({ ...options, processes: 1, maxMemoryPerChild: 1 }, async (pool) => {
      const pids = [];
      for (let i = 0; i < 3; i++) {
        pids.push(await pool.apply(tasks.pidAndThread, [0]));
        assert.equal(await pool.apply(tasks.after, [15]), 15);
      }
      assert.ok(new Set(pids).size > 1);
    }),
  );

  test('a finalizer says its last words (MPI-04)', LIMIT, async () => {
    const pool = new Pool({ processes: 2, context, finalizer: tasks.lastWords });
    const pids = await pool.broadcast(tasks.pid);
    pool.close();
    await pool.join();
    assert.deepEqual(new Set(pool.exitResults()), new Set(pids.map((pid) => `pid ${pid}`)));
  });

  test(
    'what finalizers give is there whatever its size, also of workers that were replaced (MPI-04)',
    LIMIT,
    async () => {
      const pool = new Pool({
        processes: 1,
        context,
        maxTasksPerChild: 2,
        initializer: tasks.count,
        finalizer: tasks.heavyWords,
      });
      // Each has made two calls after its initializer has run once.
      for (let i = 0; i < 6; i++) assert.equal(await pool.apply(tasks.count), 2 + (i % 2));
      pool.close();
      await pool.join();
      const results = pool.exitResults() as { calls: number; bytes: Uint8Array }[];
      const made = results.map(({ calls }) => calls).filter((calls) => calls > 1);
      assert.deepEqual(made, [3, 3, 3]);
      for (const { bytes } of results) assert.deepEqual([bytes.byteLength, bytes.at(-1)], [1 << 20, 7]);
    },
  );

  test('200 workers map 1,000 items (POOL-37)', { timeout: 120_000, skip: withoutAddon('many') }, () =>
    withPool({ ...options, processes: 200 }, async (pool) => {
      const squares = await pool.map(tasks.square, range(1_000), 1);
      assert.equal(
        squares.reduce((a, b) => a + b),
        332_833_500,
      );
    }),
  );

  test('a pool that is dropped is closed, with a warning (POOL-28)', LIMIT, async () => {
    const outcome = await runSource(
      `import { Pool } from 'manycore';
       (() => { new Pool(1); })();
       process.on('warning', (warning) => { console.log(warning.name, warning.code); process.exit(0); });
       setInterval(gc, 10);`,
      { execArgv: ['--expose-gc'] },
    );
    assert.match(outcome.stdout, /^ResourceWarning WARN_MP_POOL_DROPPED$/m);
  });

  test('a pool that is never closed does not hold the program (POOL-34)', LIMIT, async () => {
    const outcome = await runProgram(fixture('pool/never-closed.mjs'));
    assert.deepEqual(
      { code: outcome.code, stdout: outcome.stdout, stderr: outcome.stderr },
      { code: 0, stdout: '9\n', stderr: '' },
    );
  });

  test('join() with a time-out just returns, and does not hold the program', LIMIT, async () => {
    const outcome = await runSource(
      `import { Pool } from 'manycore';
       import { setTimeout as after } from 'node:timers/promises';
       const pool = new Pool(1);
       await pool.apply(Math.sqrt, [4]);
       const iterator = pool.imap(Math.sqrt, [1, 2, 3], { bufferSize: 1 });
       pool.close();
       await pool.join(50);
       console.log('returned');`,
    );
    assert.deepEqual([outcome.code, outcome.stdout], [0, 'returned\n']);
  });

  test('a pool that cannot start says why and leaves nothing (POOL-36)', LIMIT, async () => {
    const bad = new WeakMap();
    assert.throws(() => new Pool({ processes: 2, context, initializer: tasks.identity, initArgs: [bad] }), /WeakMap/);
  });

  test('ten pools one after the other leave nothing', { timeout: 60_000 }, async () => {
    for (let i = 0; i < 10; i++) {
      await using pool = new Pool({ processes: 1, context });
      assert.deepEqual(await collect(pool.imapUnordered(tasks.square, [3])), [9]);
    }
  });
});
