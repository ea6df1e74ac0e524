import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getReusableExecutor, Pool, ProcessPoolExecutor, TimeoutError, WorkerLostError } from 'manycore';
import { ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { isSpare } from '../helpers/matrix.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod } from '../process/methods.ts';
import * as tasks from './hard-tasks.ts';
import { assertWorks, collect, contextOf, range, settles, warmUp, withPool } from './support.ts';

const LIMIT = { timeout: 40_000 };
/** Chunks of 1 MiB that may be kept for the next messages; twelve crashes that lost their arguments would leave more. */
const SLACK_CHUNKS = 8;

function chunksInUse(): number {
  return [...ProgramHeap.current().runs()].reduce((sum, { count }) => sum + count, 0);
}

/** What the `return` of an async iterator may do instead of what it should. */
const RETURNS: Readonly<Record<string, () => unknown>> = {
  'gives nothing': () => undefined,
  throws: () => {
    throw new RangeError('return() threw');
  },
  rejects: () => Promise.reject(new RangeError('return() rejected')),
  'never settles': () => new Promise(() => {}),
};

/** An endless input that says on request how it is closed. */
function inputOf(close: () => unknown): AsyncIterable<number> {
  let i = 0;
  const iterator = { next: async () => ({ done: false, value: i++ }), return: close };
  // An iterator that does what it must not do has no type.
  return { [Symbol.asyncIterator]: () => iterator as unknown as AsyncIterator<number> };
}

onEachMethod('pools that are treated badly', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('an async input whose return() misbehaves disturbs nobody', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      for (const [title, close] of Object.entries(RETURNS)) {
        const left = pool.imap(tasks.square, inputOf(close));
        assert.equal((await left.next()).value, 0, title);
        await left.return();
        const controller = new AbortController();
        const aborted = pool.imap(tasks.square, inputOf(close), { signal: controller.signal });
        await aborted.next();
        controller.abort(new RangeError('enough'));
        await assert.rejects(aborted.next(), /enough/, title);
        assert.equal((await aborted.next()).done, true);
      }
      await assertWorks(pool);
    }),
  );

  test('a sync input that throws when it is closed is heard by who leaves, and does not hide an abort', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      function* input(): Generator<number> {
        try {
          for (let i = 0; ; i++) yield i;
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what the test is about
          throw new RangeError('the input failed to close');
        }
      }
      const left = pool.imap(tasks.square, input());
      await left.next();
      await assert.rejects(left.return(), /failed to close/);
      const controller = new AbortController();
      const aborted = pool.imap(tasks.square, input(), { signal: controller.signal });
      await aborted.next();
      controller.abort(new TypeError('enough'));
      await assert.rejects(aborted.next(), /enough/);
      await assertWorks(pool);
    }),
  );

  test('any number of different functions may wait, in memory or held back, and each is itself', LIMIT, async () => {
    const count = 3_000;
    const wanted = range(count).map((i) => i + 1);
    await withPool({ context, processes: 1, maxInFlight: 1 }, async (pool) => {
      assert.deepEqual(await Promise.all(range(count).map((i) => pool.apply((x: number) => x + i, [1]))), wanted);
    });
    await withPool({ context, processes: 1 }, async (pool) => {
      const busy = pool.apply(tasks.after, [100]);
      assert.deepEqual(await Promise.all(range(count).map((i) => pool.apply((x: number) => x + i, [1]))), wanted);
      assert.equal(await busy, 100);
    });
  });

  test('a call of a broadcast that is given up takes no neighbour with it', LIMIT, () =>
    withPool({ context, processes: 1, killGrace: 50 }, async (pool) => {
      await pool.broadcast(tasks.pid);
      const neighbour = pool.apply(tasks.after, [400]);
      await waitUntil(() => pool.stats().busy === 1, 'it runs');
      await assert.rejects(pool.broadcast(tasks.count, [], { timeout: 20 }), TimeoutError);
      assert.equal(await neighbour, 400);
      assert.deepEqual([await pool.apply(tasks.count), pool.stats().restarts], [1, 0]);
      await assert.rejects(pool.broadcast(tasks.spin, [], { timeout: 100 }), TimeoutError);
      await assertWorks(pool);
      assert.equal(pool.stats().restarts, 1);
    }),
  );

  test('hundreds of broadcasts at once are all made', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const text = 'x'.repeat(10_000);
      const all = await Promise.all(range(300).map((i) => pool.broadcast(tasks.second, [text, i])));
      assert.deepEqual(all, range(300).map((i) => [i, i])); // prettier-ignore
    }),
  );

  test('a pool that is closed ends although nobody has read the last results of imap()', LIMIT, async () => {
    const pool = new Pool({ processes: 2, context });
    const one = pool.imap(tasks.square, [3]);
    const two = pool.imapUnordered(tasks.square, range(5), 1);
    assert.equal((await one.next()).value, 9);
    pool.close();
    await pool.join();
    const values = await collect(two);
    assert.deepEqual(values.toSorted((a, b) => a - b), [0, 1, 4, 9, 16]); // prettier-ignore
    assert.equal((await one.next()).done, true);
  });

  test(
    'a finalizer that takes too long is killed, and is a TimeoutError among the results (MPI-07)',
    LIMIT,
    async () => {
      for (const finalizer of [tasks.spin, tasks.forEver]) {
        const pool = new Pool({
          processes: 1,
          context,
          finalizer,
          finalizerTimeout: 100,
          maxRestarts: { count: 0, within: 1e6 },
        });
        assert.equal(await pool.apply(tasks.square, [3]), 9);
        pool.close();
        await pool.join();
        assert.ok(pool.exitResults()[0] instanceof TimeoutError);
      }
      assert.throws(() => new Pool({ finalizerTimeout: 'soon' as never }), TypeError);
      assert.throws(() => new Pool({ initializerTimeout: NaN }), RangeError);
    },
  );

  test('a finalizer that ends its worker is a WorkerLostError among the results', LIMIT, async () => {
    const pool = new Pool({ processes: 1, context, finalizer: tasks.exitsNow });
    assert.equal(await pool.apply(tasks.square, [3]), 9);
    pool.close();
    await pool.join();
    const [result, ...others] = pool.exitResults();
    assert.ok(
      result instanceof WorkerLostError && /exited with code 1 while it ran its finalizer/.test(result.message),
    );
    assert.deepEqual([result.exitCode, others], [1, []]);
    await using terminated = new Pool({ processes: 1, context, finalizer: tasks.spin });
    await terminated.apply(tasks.square, [3]);
    terminated.close();
    await waitUntil(() => terminated.workers.some(({ state }) => state === 'leaving'), 'it is leaving');
    await terminated.terminate();
    assert.deepEqual(terminated.exitResults(), []);
  });

  test('an initializer that ends in time is no reason to fail', LIMIT, () =>
    withPool({ context, initializer: tasks.after, initArgs: [50], initializerTimeout: 20_000 }, assertWorks),
  );

  test(
    'results beyond what the memory beside a worker holds come through, also while the thread blocks or is busy',
    LIMIT,
    () =>
      withPool({ context }, async (pool) => {
        await pool.map(tasks.square, range(3));
        const calls = range(300).map(() => pool.apply(tasks.bytes, [10_000]));
        const end = performance.now() + 100;
        while (performance.now() < end);
        assert.equal(pool.applySync(tasks.square, [5]), 25);
        const lengths = pool.mapSync(tasks.bytes, Array<number>(200).fill(20_000)).map((array) => array.byteLength);
        assert.deepEqual(new Set(lengths), new Set([20_000]));
        assert.equal((await Promise.all(calls)).length, 300);
      }),
  );

  test('blocking calls hear of a lost worker', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      assert.throws(() => pool.applySync(tasks.exits, [3]), WorkerLostError);
      assert.equal(pool.applySync(tasks.square, [3]), 9);
      const states = pool.mapSync(tasks.exitsAt, [1, 7, 3], { onError: 'settle' });
      assert.deepEqual(states.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']); // prettier-ignore
      assert.throws(() => pool.applySync(tasks.spin, [], { timeout: 100 }), TimeoutError);
      assert.equal(pool.applySync(tasks.square, [4]), 16);
      pool.close();
      pool.joinSync(10_000);
    }),
  );

  test('crashes with big arguments on their way leave no memory behind', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      const big = new Uint8Array(2 << 20).fill(1);
      const crash = async (): Promise<void> => {
        const outcomes = await Promise.allSettled([
          pool.apply(tasks.byteLength, [big]),
          pool.apply(tasks.exitsWith, [big]),
          pool.apply(tasks.byteLength, [big]),
        ]);
        assert.deepEqual(outcomes.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled']); // prettier-ignore
      };
      for (let i = 0; i < 4; i++) await crash();
      const before = chunksInUse();
      for (let i = 0; i < 12; i++) await crash();
      await waitUntil(() => {
        collectGarbage();
        return chunksInUse() <= before + SLACK_CHUNKS;
      }, `no more than ${before} chunks and some slack are in use`);
    }),
  );

  test('an input may itself use the pool, also while the thread blocks', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      function* input(): Generator<number> {
        for (let i = 0; i < 5; i++) yield pool.applySync(tasks.square, [i]);
      }
      assert.deepEqual([...pool.imapSync(tasks.square, input())], [0, 1, 16, 81, 256]);
    }),
  );

  test('a signal that fires in a callback ends the others', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const callback = (): void => controller.abort(new RangeError('from the callback'));
      const waits = range(20).map(() => 200);
      const map = settles(pool.map(tasks.after, waits, { signal }));
      const stream = settles(pool.imap(tasks.after, waits, { signal }).next());
      assert.equal(await pool.applyAsync(tasks.square, [3], { callback, signal, priority: 1 }), 9);
      assert.match(String(Reflect.get(await map, 'reason')), /from the callback/);
      assert.match(String(Reflect.get(await stream, 'reason')), /from the callback/);
      await assertWorks(pool);
    }),
  );

  test('retries and short lives go together', LIMIT, () =>
    withPool({ context, maxTasksPerChild: 2, retries: 3 }, async (pool) => {
      const lucky = range(10).map((i) => pool.apply(tasks.exitsOnce, [i]));
      assert.deepEqual(await pool.map(tasks.square, range(20), 5), range(20).map(tasks.square));
      assert.deepEqual(await Promise.all(lucky), range(10));
    }),
  );

  test('close() and terminate() at any moment, also at the same time, end everything', LIMIT, async () => {
    for (let round = 0; round < 5; round++) {
      const pool = new Pool({ processes: 2, context, killGrace: 100 });
      const map = pool.map(tasks.after, range(50).map(() => 5)); // prettier-ignore
      map.catch(() => {});
      for (let i = 0; i < round; i++) await pool.apply(tasks.square, [i]);
      const endless = pool.apply(tasks.forEver);
      endless.catch(() => {});
      pool.close();
      const joined = pool.join();
      await Promise.all([pool.terminate(), pool.terminate(), joined]);
      // The map may be done by now, where the machine has much to do.
      await settles(map);
      assert.equal((await settles(endless)).status, 'rejected');
      assert.deepEqual(pool.workers, []);
    }
  });

  test('a fewer workers stay fewer', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    await Promise.all(range(10).map(() => executor.submit(tasks.after, 10)));
    executor.resize(1);
    await waitUntil(() => executor.pids.length === 1, 'one has ended');
    await Promise.all(range(10).map(() => executor.submit(tasks.after, 10)));
    assert.equal(executor.pids.length, 1);
  });
});

test('there is a most of workers', LIMIT, () => {
  assert.throws(() => new Pool(1_025), /an integer from 1 to 1024|<= 1024/);
  assert.throws(() => new ProcessPoolExecutor(1_025), RangeError);
});

test('a pool whose second worker cannot be started says why, and stops the first (POOL-36)', LIMIT, async () => {
  const outcome = await runSource(
    `import { activeChildren, Pool } from 'manycore';
     const node = process.execPath;
     let asked = 0;
     Object.defineProperty(process, 'execPath', { get: () => (asked++ === 0 ? node : '/nonexistent/node') });
     try {
       new Pool({ processes: 3, context: 'spawn' });
     } catch (error) {
       console.log(error.name, error.message.includes('ENOENT'));
     }
     for (const child of activeChildren()) await child.join();
     console.log(activeChildren().length);`,
  );
  assert.deepEqual([outcome.code, outcome.stdout], [0, 'ProcessError true\n0\n'], outcome.stderr);
});

test('a pool that cannot grow works with what it has', LIMIT, async () => {
  const outcome = await runSource(
    `import { Pool } from 'manycore';
     import { setTimeout as after } from 'node:timers/promises';
     const pool = new Pool({ processes: 3, minProcesses: 1, context: 'spawn' });
     await pool.apply(Math.sqrt, [4]);
     process.execPath = '/nonexistent/node';
     console.log(...(await Promise.all([1, 4, 9].map((i) => pool.apply(Math.sqrt, [i])))));
     pool.close();
     await pool.join();
     console.log('joined');`,
  );
  assert.deepEqual([outcome.code, outcome.stdout], [0, '1 2 3\njoined\n'], outcome.stderr);
});

test('a pool whose last worker cannot be replaced fails what waits, and does not hold the program', LIMIT, async () => {
  const outcome = await runSource(
    `import { Pool } from 'manycore';
     const pool = new Pool({ processes: 1, context: 'spawn' });
     await pool.broadcast(Math.sqrt, [4]);
     const runs = pool.apply(() => new Promise(() => setInterval(() => {}, 1000)));
     while (pool.stats().busy === 0) await new Promise(setImmediate);
     const behind = pool.broadcast(Math.sqrt, [4]);
     process.execPath = '/nonexistent/node';
     process.kill(pool.workers[0].pid, 'SIGKILL');
     for (const one of await Promise.allSettled([runs, behind])) console.log(one.reason.name);`,
  );
  assert.deepEqual([outcome.code, outcome.stdout], [0, 'WorkerLostError\nWorkerLostError\n'], outcome.stderr);
});

test('the reusable executor is the same one, larger or smaller (LKY-01)', LIMIT, async () => {
  const first = getReusableExecutor({ maxWorkers: 2, context: 'spawn' });
  await Promise.all(range(8).map(() => first.submit(tasks.after, 10)));
  assert.equal(getReusableExecutor({ maxWorkers: 1, context: 'spawn' }), first);
  await waitUntil(() => first.pids.length === 1, 'one has ended');
  await Promise.all(range(8).map(() => first.submit(tasks.after, 10)));
  assert.equal(first.pids.length, 1);
  await first.shutdown();
});
