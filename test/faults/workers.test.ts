import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Pool, type PoolOptions, PoolClosedError, TimeoutError, WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, collect, contextOf, range, settles, warmUp, withPool } from '../pool/support.ts';
import { attemptThatSucceeds } from '../pool/hard-tasks.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 30_000 };

type Wanted = (reason: unknown) => boolean;

const isLost: Wanted = (reason) => reason instanceof WorkerLostError;
const isRange: Wanted = (reason) => reason instanceof RangeError;

/** What a task does, and what its caller gets. */
const MISDEEDS: readonly (readonly [
  title: string,
  fn: (...args: never[]) => unknown,
  wanted: Wanted,
  options?: PoolOptions,
])[] = [
  ['exits', tasks.exits, (reason) => isLost(reason) && Reflect.get(Object(reason), 'exitCode') === 3],
  ['exits with code 0', tasks.exits, (reason) => isLost(reason) && Reflect.get(Object(reason), 'exitCode') === 0],
  ['exits after an await', tasks.exitsLater, isLost],
  [
    'kills its own process',
    tasks.killsItself,
    (reason) => isLost(reason) && Reflect.get(Object(reason), 'signal') === 'SIGKILL',
  ],
  ['runs out of memory', tasks.runsOutOfMemory, isLost, { execArgv: ['--max-old-space-size=40'] }],
  ['throws undefined', tasks.throwsUndefined, (reason) => reason === undefined],
  ['throws a text', tasks.throwsText, (reason) => reason === 'a text'],
  ['throws an error that cannot be rebuilt', tasks.throwsHostile, (reason) => reason instanceof Error],
  ['leaves a rejection behind and waits', tasks.strayAndWaits, isRange],
  ['has a timer that throws', tasks.timerThrows, isRange],
  [
    'returns what cannot be sent',
    tasks.unsendable,
    (reason) => Reflect.get(Object(reason), 'code') === 'ERR_MP_NOT_SENDABLE',
  ],
  ['returns a getter that throws', tasks.getterThrows, isRange],
  ['returns a thenable that throws', tasks.thenThrows, isRange],
];

type Submit = (pool: Pool, fn: (...args: never[]) => unknown, argument: unknown) => PromiseLike<unknown>;

// Every function of the list takes one argument or none.
const SUBMITS: Readonly<Record<string, Submit>> = {
  apply: (pool, fn, argument) => pool.apply(fn, [argument] as never),
  applyAsync: (pool, fn, argument) => pool.applyAsync(fn, [argument] as never),
  map: (pool, fn, argument) => pool.map(fn as (item: unknown) => unknown, [argument]),
  imap: (pool, fn, argument) => pool.imap(fn as (item: unknown) => unknown, [argument]).next(),
  imapUnordered: (pool, fn, argument) => pool.imapUnordered(fn as (item: unknown) => unknown, [argument], 1).next(),
};

/** A worker that has ended by itself, or was killed before, may still be listed for a moment. */
function killIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    assert.equal(Reflect.get(Object(error), 'code'), 'ESRCH');
  }
}

eachStartMethod('a task of a pool', (method) => {
  trackLeaks({ warmUp });
  const context = contextOf(method);

  for (const [title, fn, wanted, options] of MISDEEDS) {
    test(`${title}: its caller is told, and the pool goes on`, LIMIT, () =>
      withPool({ context, processes: 1, ...options }, async (pool) => {
        const argument = title.endsWith('code 0') ? 0 : 3;
        for (const [name, submit] of Object.entries(SUBMITS)) {
          const outcome = await settles(submit(pool, fn, argument));
          assert.ok(outcome.status === 'rejected' && wanted(outcome.reason), `${name}: ${JSON.stringify(outcome)}`);
        }
        await assertWorks(pool);
      }),
    );
  }

  test('leaves a rejection behind and returns: the result counts, and the next tasks are not disturbed', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      assert.deepEqual(await pool.map(tasks.leavesRejection, range(5)), range(5));
      const mixed = range(10).map((i) =>
        i % 2 === 0 ? pool.apply(tasks.leavesRejection, [i]) : pool.apply(tasks.after, [i]),
      );
      assert.deepEqual(await Promise.all(mixed), range(10));
      await assertWorks(pool);
    }),
  );

  test('whose worker dies loses only the item that ran; the others are done once each (MPI-11)', LIMIT, () =>
    withPool({ context }, async (pool) => {
      for (const chunkSize of [undefined, 1, 5, 20]) {
        const results = await pool.map(tasks.killsItselfAt, range(20), { onError: 'settle', chunkSize });
        const lost = results.flatMap((one, i) => (one.status === 'rejected' ? [i] : []));
        assert.deepEqual(lost, [7], `chunk size ${chunkSize}`);
      }
      const streamed = await collect(pool.imap(tasks.killsItselfAt, range(20), { onError: 'settle' }));
      assert.equal(streamed.length, 20);
      await assertWorks(pool);
    }),
  );

  test('whose worker dies runs again if it may', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.diesOnce, [10], { retries: 1 }), 12);
      await assert.rejects(pool.apply(tasks.diesOnce, [10]), WorkerLostError);
      await assert.rejects(pool.apply(tasks.killsItself, [], { retries: 2 }), WorkerLostError);
      await assert.rejects(pool.map(tasks.killsItselfAt, range(10), { retries: 1 }), WorkerLostError);
      await assertWorks(pool);
    }),
  );

  test('of a map sees which run of its item it is, and its neighbours are in their first', LIMIT, () =>
    withPool({ context, processes: 1, retries: 2 }, async (pool) => {
      for (const chunkSize of [1, 4, 10]) {
        const mapped = await pool.map(attemptThatSucceeds, range(10), { chunkSize });
        const streamed = await collect(pool.imap(attemptThatSucceeds, range(10), { chunkSize }));
        const wanted = range(10).map((i) => (i === 3 ? 2 : i === 7 ? 3 : 1));
        assert.deepEqual([mapped, streamed], [wanted, wanted], `chunk size ${chunkSize}`);
      }
    }),
  );

  test('queued behind one that dies is untouched', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const before = range(100).map((i) => pool.apply(tasks.square, [i]));
      const dead = range(3).map(() => settles(pool.apply(tasks.killsItself)));
      const behind = range(700).map((i) => pool.apply(tasks.square, [i]));
      assert.deepEqual(await Promise.all(before), range(100).map(tasks.square));
      for (const outcome of await Promise.all(dead)) assert.ok(outcome.status === 'rejected' && isLost(outcome.reason));
      assert.deepEqual(await Promise.all(behind), range(700).map(tasks.square));
      await assertWorks(pool);
    }),
  );

  test('is not lost when idle workers are killed', LIMIT, () =>
    withPool({ context }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        for (const { pid } of pool.workers) process.kill(pid, 'SIGKILL');
        const results = await Promise.all(range(50).map((i) => settles(pool.apply(tasks.square, [i]))));
        // Those that the dying took with them were running.
        assert.ok(results.filter((one) => one.status === 'rejected').length <= 2);
        await assertWorks(pool);
      }
    }),
  );

  test('survives random kills with retries, 2,000 times', { timeout: 60_000 }, () =>
    withPool({ context, retries: 20 }, async (pool) => {
      let kills = 0;
      const killer = setInterval(() => {
        const alive = pool.workers.filter((worker) => worker.state !== 'starting');
        const victim = alive[Math.floor(Math.random() * alive.length)];
        if (victim && kills++ < 20) killIfAlive(victim.pid);
      }, 40);
      const calls = range(1_000).map((i) => pool.apply(tasks.squareLater, [i]));
      const map = pool.map(tasks.squareLater, range(1_000));
      assert.deepEqual(await Promise.all(calls), range(1_000).map(tasks.square));
      assert.deepEqual(await map, range(1_000).map(tasks.square));
      clearInterval(killer);
      await assertWorks(pool);
    }),
  );
});

eachStartMethod('a pool', (method) => {
  trackLeaks({ warmUp });
  const context = contextOf(method);

  test('goes on when workers are killed before they are ready, as long as others become ready between', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      for (let round = 0; round < 3; round++) {
        for (const state of ['starting', 'idle']) {
          await waitUntil(() => pool.workers[0]?.state === state, `the worker is ${state}`);
          killIfAlive(pool.workers[0]?.pid ?? 0);
          await waitUntil(() => pool.stats().restarts === 2 * round + (state === 'idle' ? 2 : 1), 'it was replaced');
        }
      }
      await assertWorks(pool);
    }),
  );

  test('whose initializer throws fails with that error (EXE-15)', LIMIT, () =>
    withPool({ context, initializer: tasks.initializerThrows }, async (pool) => {
      for (const submit of Object.values(SUBMITS)) {
        const outcome = await settles(Promise.resolve().then(() => submit(pool, tasks.square, 1)));
        assert.ok(outcome.status === 'rejected' && isRange(outcome.reason));
      }
    }),
  );

  test('whose initializer exits fails with a clear error', LIMIT, () =>
    withPool({ context, initializer: tasks.initializerExits }, async (pool) => {
      const outcome = await settles(pool.apply(tasks.square, [1]));
      assert.ok(outcome.status === 'rejected' && isLost(outcome.reason));
      assert.match(String(outcome.reason), /3 workers in a row ended before they were ready.*exited with code 7/);
      await assert.rejects(pool.map(tasks.square, [1]), WorkerLostError);
    }),
  );

  test('whose initializer hangs can be closed, and its calls time out', LIMIT, () =>
    withPool({ context, initializer: tasks.forEver }, async (pool) => {
      await assert.rejects(pool.apply(tasks.square, [1], { timeout: 50 }), TimeoutError);
      const pending = settles(pool.apply(tasks.square, [1]));
      await pool.terminate();
      const outcome = await pending;
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
    }),
  );

  test('whose initializer hangs can be joined when nothing is to do', LIMIT, () =>
    withPool({ context, initializer: tasks.spin }, async (pool) => {
      pool.close();
      await pool.join();
    }),
  );

  test('that is closed while a worker dies does what was given', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      const dead = settles(pool.apply(tasks.killsItself));
      const behind = range(20).map((i) => pool.apply(tasks.square, [i]));
      const map = pool.map(tasks.square, range(1_000), 10);
      pool.close();
      assert.equal((await dead).status, 'rejected');
      assert.deepEqual(await Promise.all(behind), range(20).map(tasks.square));
      assert.deepEqual(await map, range(1_000).map(tasks.square));
      await pool.join();
    }),
  );

  test('gives up when workers end more often than it allows', LIMIT, () =>
    withPool({ context, processes: 1, maxRestarts: { count: 2, within: 60_000 } }, async (pool) => {
      for (let i = 0; i < 3; i++)
        assert.ok(isLost(Reflect.get(await settles(pool.apply(tasks.killsItself)), 'reason')));
      const outcome = await settles(Promise.resolve().then(() => pool.apply(tasks.square, [1])));
      assert.match(String(Reflect.get(outcome, 'reason')), /more often than `maxRestarts` allows/);
    }),
  );

  test('runs calls of a broadcast although a worker dies before it comes to them', LIMIT, () =>
    withPool({ context }, async (pool) => {
      await pool.broadcast(tasks.pid);
      const dead = settles(pool.apply(tasks.killsItself));
      await waitUntil(() => pool.stats().busy === 1 || pool.stats().restarts === 1, 'it runs');
      assert.equal((await pool.broadcast(tasks.pid)).length, 2);
      assert.equal((await dead).status, 'rejected');
    }),
  );

  test('tells of modules that cannot be imported and exports that are gone', LIMIT, () =>
    withPool({ context, env: { MANYCORE_TEST_IMPORT: 'throw' } }, async (pool) => {
      const broken = await import('../pool/broken-in-workers.ts');
      const outcome = await settles(pool.apply(broken.square, [2]));
      assert.match(String(Reflect.get(outcome, 'reason')), /this module does not load in a worker/);
      const map = await pool.map(broken.square, range(1_000), { onError: 'settle' });
      assert.ok(map.every((one) => one.status === 'rejected'));
      await assertWorks(pool);
    }),
  );

  test('tells of an export that is gone', LIMIT, () =>
    withPool({ context, env: { MANYCORE_TEST_IMPORT: 'gone' } }, async (pool) => {
      const broken = await import('../pool/broken-in-workers.ts');
      const outcome = await settles(pool.apply(broken.maybe(), [2]));
      assert.equal(outcome.status, 'rejected');
      assert.match(String(Reflect.get(outcome, 'reason')), /gone/);
      await assertWorks(pool);
    }),
  );
});
