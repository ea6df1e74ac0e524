import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { test } from 'node:test';
import { NotSendableError, RemoteError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { assertWorks, collect, contextOf, range, settles, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

/** Awaited late: a rejection meanwhile is no stray one. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function errorOf(promise: PromiseLike<unknown>): Promise<Error> {
  const outcome = await settles(promise);
  assert.ok(outcome.status === 'rejected');
  // The tests below throw nothing else.
  return outcome.reason as Error;
}

eachStartMethod('errors of tasks', (method) => {
  const context = contextOf(method);
  trackLeaks({ warmUp });
  const options = { context };

  test('arrive as their own class, with fields, cause and the place where they come from (POOL-22)', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const submit of [
        async () => pool.apply(tasks.fails, ['/etc/x']),
        async () => pool.applyAsync(tasks.fails, ['/etc/x']).get(),
        async () => pool.map(tasks.fails, ['/etc/x']),
        async () => pool.imap(tasks.fails, ['/etc/x']).next(),
        async () => pool.broadcast(tasks.fails, ['/etc/x']),
      ]) {
        const error = await errorOf(submit());
        assert.ok(error instanceof tasks.FileMissing);
        assert.equal(error.path, '/etc/x');
        assert.ok(error.cause instanceof RangeError);
        assert.ok(pool.workers.some((worker) => worker.pid === Reflect.get(error, 'remote').pid));
        assert.match(String(Reflect.get(error, 'remote').stack), /at fails .*tasks\.js/);
        assert.match(
          inspect(error),
          /at fails [^]*--- worker \d+ \(pid \d+\), task \d+(, item 0: '\/etc\/x')?, called from ---\n.*remote-errors\.test/,
        );
        assert.doesNotMatch(String(error.stack), /dist\/(workers|pool)\//);
      }
      assert.deepEqual(
        Object.keys(new tasks.FileMissing('x')),
        Object.keys(await errorOf(pool.apply(tasks.fails, ['x']))),
      );
    }),
  );

  test('of blocking calls too', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.throws(
        () => pool.applySync(tasks.fails, ['/x']),
        (error: Error) => error instanceof tasks.FileMissing && /--- worker/.test(error.stack ?? ''),
      );
    }),
  );

  test('may be anything that can be thrown', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const outcome of [
        await settles(pool.apply(tasks.throwsUndefined)),
        await settles(pool.map(tasks.throwsUndefined, [1])),
        await settles(pool.imap(tasks.throwsUndefined, [1]).next()),
      ]) {
        assert.ok(outcome.status === 'rejected' && outcome.reason === undefined);
      }
      const text = await settles(pool.apply(tasks.throwsText));
      assert.ok(text.status === 'rejected' && text.reason === 'a text');
      const hostile = await errorOf(pool.apply(tasks.throwsHostile));
      assert.ok(hostile instanceof Error);
      await assertWorks(pool);
    }),
  );

  test('of a map come after all items have ended (POOL-25)', LIMIT, () =>
    withPool(options, async (pool) => {
      const start = performance.now();
      const error = await errorOf(pool.map(tasks.throwsHuge, [10, 150], 1));
      assert.ok(error.message.length === 1 << 20);
      assert.ok(performance.now() - start > 140);
      pool.close();
      await pool.join();
    }),
  );

  test('name the input of the item that failed, in the error and in its stack', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const submit of [
        () => pool.map(tasks.failsIfOdd, [0, 2, 5, 4]),
        () => collect(pool.imap(tasks.failsIfOdd, [0, 2, 5, 4])),
        () => collect(pool.imapUnordered(tasks.failsIfOdd, [0, 2, 5, 4], 1)),
        () => pool.starmap(tasks.failsIfOdd, [[0], [2], [5], [4]]),
      ]) {
        const error = await errorOf(submit());
        const { index, input } = Reflect.get(Object(error), 'remote');
        assert.ok(index === 2 && (input === '5' || input === '[ 5 ]'));
        assert.match(String(Reflect.get(Object(error), 'stack')), /task \d+, item 2: (5|\[ 5 \]), called from ---/);
      }
      await assert.rejects(pool.map(tasks.exitsIfThree, [1, 2, 3, 4]), /while it ran exitsIfThree on item 2 \(3\)/);
      await assert.rejects(
        pool.map(tasks.stuckIfThree, [1, 2, 3, 4], { timeout: 200 }),
        /stuckIfThree ran longer than 200 ms on item 2 \(3\)/,
      );
    }),
  );

  test("come all together with onError: 'aggregate', in the order of the items", LIMIT, () =>
    withPool(options, async (pool) => {
      const error = await errorOf(pool.map(tasks.failsIfOdd, range(15), { onError: 'aggregate' }));
      assert.ok(error instanceof AggregateError);
      assert.deepEqual(
        error.errors.map((one: Error) => one.message),
        [1, 3, 5, 7, 9, 11, 13].map((odd) => `${odd} is odd`),
      );
      assert.equal(error.message, 'failsIfOdd failed for 7 of 15 items: 1 (1), 3 (3), 5 (5), 7 (7), 9 (9), and 2 more');
      assert.match(String(error.stack), /^AggregateError: failsIfOdd failed .*\n +at .*remote-errors\.test/);
      assert.doesNotMatch(String(error.stack), /dist\/|src\/pool/);
      // A single one is itself.
      await assert.rejects(pool.map(tasks.failsIfOdd, [2, 3], { onError: 'aggregate' }), RangeError);
      assert.deepEqual(await pool.map(tasks.failsIfOdd, [2], { onError: 'aggregate' }), [2]);
      assert.throws(() => pool.mapSync(tasks.failsIfOdd, [1, 3], { onError: 'aggregate' }), AggregateError);
      assert.throws(() => pool.imap(tasks.square, [1], { onError: 'aggregate' }), { code: 'ERR_MP_INVALID_ARG' });
    }),
  );

  test('end a map at once with failFast', LIMIT, () =>
    withPool(options, async (pool) => {
      const error = await errorOf(pool.map(tasks.failsIfOdd, range(100_000), { failFast: true }));
      assert.match(error.message, /is odd/);
      await assertWorks(pool);
    }),
  );

  test('are collected with onError: settle', LIMIT, () =>
    withPool(options, async (pool) => {
      const results = await pool.map(tasks.failsIfOdd, range(10), { onError: 'settle' });
      assert.deepEqual(
        results.map((one) => one.status === 'fulfilled'),
        range(10).map((i) => i % 2 === 0),
      );
    }),
  );

  test('results that cannot be sent each have their own, and no worker is lost (POOL-30)', LIMIT, () =>
    withPool(options, async (pool) => {
      const pids = await pool.broadcast(tasks.pid);
      for (const promise of range(20).map(() => handled(pool.apply(tasks.unsendable)))) {
        const error = await errorOf(promise);
        assert.ok(error instanceof NotSendableError);
        assert.match(error.message, /result of unsendable/);
      }
      assert.ok((await errorOf(pool.map(tasks.unsendable, [1, 2]))) instanceof NotSendableError);
      assert.match((await errorOf(pool.apply(tasks.getterThrows))).message, /the getter threw/);
      assert.match((await errorOf(pool.apply(tasks.thenThrows))).message, /then threw/);
      assert.deepEqual(await pool.broadcast(tasks.pid), pids);
    }),
  );

  test('a remote error is none of this library unless it cannot be rebuilt', LIMIT, () =>
    withPool(options, async (pool) => {
      assert.equal((await errorOf(pool.apply(tasks.failsIfOdd, [1]))) instanceof RemoteError, false);
    }),
  );
});
