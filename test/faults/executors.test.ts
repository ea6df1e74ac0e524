import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessPoolExecutor, WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { isSpare } from '../helpers/matrix.ts';
import { isRunning } from '../helpers/proc.ts';
import { repository, runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, contextOf, range, settles, warmUp, withPool } from '../pool/support.ts';
import * as tasks from '../pool/hard-tasks.ts';
import { onEachMethod } from '../process/methods.ts';

const LIMIT = { timeout: 40_000 };
/** More than a pipe or a ring holds. */
const BIG_BYTES = 1 << 20;

function isLost(reason: unknown): boolean {
  return reason instanceof WorkerLostError;
}

onEachMethod('executors whose workers crash', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);
  // Both end a worker at once; a thread that killed itself would kill the program.
  const crash = method === 'thread' ? tasks.exitsNow : tasks.killsItself;

  test('a shutdown that is waited for ends although a worker crashes (DLK-13)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const lost = settles(executor.submit(crash));
    const behind = executor.submit(tasks.square, 4);
    await executor.shutdown();
    assert.ok(isLost(Reflect.get(await lost, 'reason')));
    assert.equal(await behind, 16);
  });

  test('a shutdown ends although an argument could not be sent (DLK-14)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    assert.throws(() => executor.submit(tasks.identity, new WeakMap()), { code: 'ERR_MP_NOT_SENDABLE' });
    const pending = executor.submit(tasks.square, 4);
    await executor.shutdown({ wait: false });
    assert.equal(await pending, 16);
    await executor.shutdown();
  });

  test('big arguments and results in flight survive a crash (DLK-15)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const array = new Uint8Array(BIG_BYTES).fill(7);
    const futures = [
      ...range(5).map(() => executor.submit(tasks.identity, array)),
      executor.submit(crash),
      ...range(5).map(() => executor.submit(tasks.identity, array)),
    ];
    const outcomes = await Promise.all(futures.map((future) => settles<unknown>(future)));
    const lost = outcomes.flatMap((one, i) => (one.status === 'rejected' ? [i] : []));
    assert.deepEqual(lost, [5]);
    for (const one of outcomes)
      if (one.status === 'fulfilled') assert.equal(Buffer.compare(one.value as Uint8Array, array), 0);
  });

  test('a flood of submissions does not block while the worker is busy, and none is lost (DLK-16)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    await executor.submit(tasks.square, 1);
    const busy = executor.submit(tasks.after, 100);
    const flood = range(20_000).map((i) => executor.submit(tasks.square, i));
    assert.deepEqual(await Promise.all(flood), range(20_000).map(tasks.square));
    assert.equal(await busy, 100);
  });

  test('what a callback of a crashed call submits is done (LKY-03)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const after = new Promise<number>((resolve, reject) => {
      const submit = (): void => void executor.submit(tasks.square, 5).then(resolve, reject);
      executor.submit(crash).addDoneCallback(submit);
    });
    assert.equal(await after, 25);
  });

  test('a crash of what a callback submits is told like any other (LKY-03)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const error = await new Promise((resolve) => {
      const submit = (): void => void executor.submit(crash).exception().then(resolve, resolve);
      executor.submit(tasks.square, 3).addDoneCallback(submit);
    });
    assert.ok(isLost(error));
    assert.equal(await executor.submit(tasks.square, 5), 25);
  });

  test('all workers crash at the same time, again and again (LKY-03)', LIMIT, () =>
    withPool({ context, processes: 3 }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        const lost = range(3).map(() => settles(pool.apply(crash)));
        const behind = pool.map(tasks.square, range(50), 1);
        for (const one of await Promise.all(lost)) assert.ok(isLost(Reflect.get(one, 'reason')));
        assert.deepEqual(await behind, range(50).map(tasks.square));
      }
      await assertWorks(pool);
    }),
  );

  test('crashes while the number of workers changes, and while the queue is full (LKY-03)', LIMIT, () =>
    withPool({ context, processes: 2 }, async (pool) => {
      const flood = range(5_000).map((i) => pool.apply(tasks.square, [i]));
      const lost = range(4).map((i) => {
        const one = settles(pool.apply(crash));
        pool.resize(1 + (i % 3));
        return one;
      });
      const behind = range(2_000).map((i) => pool.apply(tasks.square, [i]));
      for (const one of await Promise.all(lost)) assert.ok(isLost(Reflect.get(one, 'reason')));
      assert.deepEqual(await Promise.all(flood), range(5_000).map(tasks.square));
      assert.deepEqual(await Promise.all(behind), range(2_000).map(tasks.square));
      await assertWorks(pool);
    }),
  );

  test('the error of a lost call says how its worker ended (LKY-04)', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      await assert.rejects(pool.apply(tasks.exits, [23]), /exited with code 23 while it ran exits/);
      if (method === 'thread') return;
      await assert.rejects(pool.apply(tasks.killsItself), /was killed by SIGKILL while it ran killsItself/);
    }),
  );
});

test('a program that exits while it reads a result ends, and so do its workers (DLK-12)', LIMIT, async () => {
  const outcome = await runSource(
    `import { Pool } from 'manycore';
     import * as tasks from '${repository}/.build/test/pool/hard-tasks.js';
     const pool = new Pool(1);
     console.log(pool.workers[0].pid);
     await pool.apply(tasks.givesTrap, [['program', 'none', 'exit']]);
     console.log('not reached');`,
  );
  assert.equal(outcome.code, 5, outcome.stderr);
  await waitUntil(() => !isRunning(Number(outcome.stdout)), 'the worker has ended');
});

test(
  'what V8 says of a worker that runs out of memory reaches the error stream of the program (LKY-05)',
  LIMIT,
  async () => {
    const outcome = await runSource(
      `import { Pool } from 'manycore';
     import * as tasks from '${repository}/.build/test/pool/hard-tasks.js';
     const pool = new Pool({ processes: 1, execArgv: ['--max-old-space-size=40'] });
     await pool.apply(tasks.runsOutOfMemory).catch((error) => console.log(error.name));`,
    );
    assert.deepEqual([outcome.code, outcome.stdout], [0, 'WorkerLostError\n']);
    assert.match(outcome.stderr, /JavaScript heap out of memory/);
  },
);
