import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  CancelledError,
  Pool,
  PoolClosedError,
  ProcessError,
  ThreadPool,
  ThreadPoolExecutor,
  TimeoutError,
  WorkerLostError,
} from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { fixture, runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, collect, range } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 30_000 };

async function warmUp(): Promise<void> {
  await using pool = new ThreadPool(1);
  await pool.apply(tasks.square, [1]);
}

async function withThreads(
  options: ConstructorParameters<typeof ThreadPool>[1],
  body: (pool: ThreadPool) => Promise<void>,
): Promise<void> {
  await using pool = new ThreadPool({ processes: 2, killGrace: 100, ...options });
  await body(pool);
}

describe('a pool of threads (POOL-24)', () => {
  trackLeaks({ warmUp });

  test('has the surface of a pool, and its workers are threads of this process', LIMIT, () =>
    withThreads({ name: 'Threads' }, async (pool) => {
      assert.ok(pool instanceof Pool);
      await assertWorks(pool);
      assert.deepEqual(await pool.broadcast(tasks.pid), [process.pid, process.pid]);
      const ids = await pool.broadcast(tasks.workerId);
      assert.deepEqual(new Set(ids), new Set([1, 2]));
      assert.deepEqual(await pool.starmap(tasks.add, [[1, 2], [3, 4]]), [3, 7]); // prettier-ignore
      assert.deepEqual(await collect(pool.imap(tasks.square, range(50))), range(50).map(tasks.square));
      const unordered = await collect(pool.imapUnordered(tasks.squareLater, range(50)));
      assert.deepEqual(
        unordered.toSorted((a, b) => a - b),
        range(50).map(tasks.square),
      );
      assert.equal(await pool.applyAsync(tasks.add, [1, 2]).get(), 3);
      assert.equal(pool.stats().name, 'Threads');
    }),
  );

  test('blocks when it is asked to', LIMIT, () =>
    withThreads({}, async (pool) => {
      assert.equal(pool.applySync(tasks.add, [1, 2]), 3);
      assert.deepEqual(pool.mapSync(tasks.square, range(100)), range(100).map(tasks.square));
      assert.deepEqual([...pool.imapSync(tasks.square, range(20))], range(20).map(tasks.square));
      assert.throws(() => pool.applySync(tasks.exits, [3]), WorkerLostError);
      assert.equal(pool.applySync(tasks.add, [1, 2]), 3);
    }),
  );

  test('errors arrive as their own class', LIMIT, () =>
    withThreads({}, async (pool) => {
      await assert.rejects(pool.apply(tasks.fails, ['/nowhere']), tasks.FileMissing);
      await assert.rejects(pool.map(tasks.failsIfOdd, [2, 3]), RangeError);
      await assertWorks(pool);
    }),
  );

  test('a looping thread ends on cancel and time-out, and is replaced', LIMIT, () =>
    withThreads({}, async (pool) => {
      await pool.broadcast(tasks.pid);
      const loop = pool.applyAsync(tasks.spin);
      await waitUntil(() => pool.stats().busy === 1, 'it runs');
      assert.equal(loop.cancel(), true);
      await assert.rejects(loop.get(), CancelledError);
      await assert.rejects(pool.apply(tasks.spin, [], { timeout: 50 }), TimeoutError);
      await assertWorks(pool);
      await waitUntil(() => pool.stats().restarts === 2, 'both threads were replaced');
    }),
  );

  test('process.exit() in a task ends its thread only, and the pool goes on', LIMIT, () =>
    withThreads({}, async (pool) => {
      await assert.rejects(pool.apply(tasks.exits, [5]), (error) => {
        assert.ok(error instanceof WorkerLostError);
        assert.equal(error.exitCode, 5);
        return true;
      });
      await assert.rejects(pool.apply(tasks.exitsLater, [0]), WorkerLostError);
      await assertWorks(pool);
    }),
  );

  test('terminate() ends threads that loop, and what is pending fails', LIMIT, async () => {
    const pool = new ThreadPool(2);
    await pool.broadcast(tasks.pid);
    const pending = [pool.apply(tasks.spin), pool.apply(tasks.spin), pool.apply(tasks.square, [1])];
    const outcomes = Promise.allSettled<unknown>(pending);
    await waitUntil(() => pool.stats().busy === 2, 'both loop');
    await pool.terminate();
    for (const outcome of await outcomes)
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
    await pool.join();
    assert.deepEqual(pool.workers, []);
  });

  test('threads that are still loading can be terminated at any moment', LIMIT, async () => {
    for (const ms of range(12)) {
      const pool = new ThreadPool(2);
      await tasks.after(ms * 8);
      await pool.terminate();
    }
  });

  test('workers are replaced after their share of tasks, and for their own memory only', LIMIT, async () => {
    await withThreads({ maxTasksPerChild: 5 }, async (pool) => {
      assert.deepEqual(await pool.map(tasks.square, range(20), 2), range(20).map(tasks.square));
      for (const calls of await Promise.all(range(10).map(() => pool.apply(tasks.count)))) assert.ok(calls <= 5);
    });
    // The whole process is larger than this; a fresh thread is not.
    assert.ok(process.memoryUsage.rss() > 40e6);
    await withThreads({ processes: 1, maxMemoryPerChild: 40e6 }, async (pool) => {
      for (let i = 0; i < 3; i++) await pool.apply(tasks.after, [15]);
      assert.equal(pool.stats().restarts, 0);
    });
  });

  test('initializer and finalizer run in each thread', LIMIT, async () => {
    const pool = new ThreadPool({
      processes: 2,
      initializer: tasks.remember,
      initArgs: [7],
      finalizer: tasks.lastWords,
    });
    assert.deepEqual(await pool.broadcast(tasks.recall), [7, 7]);
    pool.close();
    await pool.join();
    assert.deepEqual(pool.exitResults(), [`pid ${process.pid}`, `pid ${process.pid}`]);
  });

  test('what only processes have is refused', LIMIT, () => {
    for (const options of [{ context: 'spawn' }, { cpuAffinity: [0] }, { nice: 1 }]) {
      assert.throws(() => Reflect.construct(ThreadPool, [{ processes: 1, ...options }]), RangeError);
    }
    assert.throws(() => new Pool({ processes: 1, context: 'thread', nice: 1 }), ProcessError);
  });

  test('one that is never closed does not hold the program', LIMIT, async () => {
    const outcome = await runSource(`import { ThreadPool } from 'manycore';
      const pool = new ThreadPool(2);
      console.log(await pool.apply(Math.max, [1, 2]));`);
    assert.deepEqual([outcome.code, outcome.stdout], [0, '2\n'], outcome.stderr);
  });

  test('an executor of threads is an executor', LIMIT, async () => {
    await using executor = new ThreadPoolExecutor(2);
    assert.equal(await executor.submit(tasks.pid), process.pid);
    assert.equal(await executor.submit(tasks.add, 2, 3), 5);
    await assert.rejects(executor.submit(tasks.exits, 1), WorkerLostError);
    assert.deepEqual(await collect(executor.map(tasks.square, range(4))), [0, 1, 4, 9]);
  });

  test('what preloaded modules write in a thread comes out, and nothing is said to be wrong', LIMIT, async () => {
    const { stdout, stderr } = await runSource(
      `import { ThreadPool } from 'manycore';
      const pool = new ThreadPool(1);
      console.log(await pool.map((x) => x + 1, [1, 2]));
      await pool.terminate();`,
      { execArgv: ['--import', pathToFileURL(fixture('process/writes-at-import.mjs')).href] },
    );
    assert.equal(stderr, 'to the error stream\n');
    // It goes through this thread, the answer past it: either may be first.
    assert.deepEqual(stdout.trimEnd().split('\n').toSorted(), ['[ 2, 3 ]', 'one', 'three', 'two']);
  });
});
