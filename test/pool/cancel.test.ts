import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CancelledError, TimeoutError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, contextOf, range, settles, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

eachStartMethod('cancel and time-outs', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method), killGrace: 100 };

  test('a queued call that is cancelled never runs', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const busy = pool.applyAsync(tasks.after, [100]);
      const queued = pool.applyAsync(tasks.count);
      assert.equal(queued.cancel(), true);
      await assert.rejects(queued.get(), CancelledError);
      assert.equal(queued.cancel(), false);
      assert.equal(await busy, 100);
      assert.equal(await pool.apply(tasks.count), 1);
      await assertWorks(pool);
    }),
  );

  test('a call that waits outside of shared memory can be cancelled too', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const busy = pool.applyAsync(tasks.after, [100]);
      const flood = range(2_000).map(() => pool.applyAsync(tasks.count));
      for (const result of flood) assert.equal(result.cancel(), true);
      for (const result of flood) await assert.rejects(result.get(), CancelledError);
      await busy;
      assert.equal(await pool.apply(tasks.count), 1);
    }),
  );

  test('a running task hears its signal, and its worker stays', LIMIT, () =>
    withPool({ ...options, processes: 1, killGrace: 5_000 }, async (pool) => {
      const [pid] = await pool.broadcast(tasks.pid);
      const running = pool.applyAsync(tasks.untilAborted);
      await waitUntil(() => pool.stats().busy === 1, 'it runs');
      assert.equal(running.cancel(new RangeError('enough')), true);
      await assert.rejects(running.get(), /enough/);
      await assertWorks(pool);
      assert.equal(await pool.apply(tasks.pid), pid);
    }),
  );

  test('a running loop is stopped with its worker, and the neighbours are not touched', LIMIT, () =>
    withPool(options, async (pool) => {
      await pool.broadcast(tasks.pid);
      const loop = pool.applyAsync(tasks.spin);
      await waitUntil(() => pool.stats().busy === 1, 'it runs');
      const others = pool.map(tasks.squareLater, range(200), 1);
      assert.equal(loop.cancel(), true);
      await assert.rejects(loop.get(), CancelledError);
      assert.deepEqual(await others, range(200).map(tasks.square));
      await assertWorks(pool);
      await waitUntil(() => pool.stats().restarts === 1, 'the worker was replaced');
    }),
  );

  test('a call ends after its time-out, queued or running', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const running = settles(pool.apply(tasks.spin, [], { timeout: 100 }));
      const queued = settles(pool.apply(tasks.count, [], { timeout: 50 }));
      for (const outcome of [await running, await queued]) {
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TimeoutError);
      }
      await assertWorks(pool);
      assert.equal(await pool.apply(tasks.square, [2], { timeout: 2 ** 40 }), 4);
    }),
  );

  test('an item of a map ends after its time-out, and the others are done', LIMIT, () =>
    withPool(options, async (pool) => {
      const results = await pool.map(tasks.spinIfThree, range(10), { timeout: 100, onError: 'settle', chunkSize: 5 });
      const states = results.map((one) => (one.status === 'fulfilled' ? one.value : one.reason));
      assert.ok(states[3] instanceof TimeoutError);
      assert.deepEqual(states.toSpliced(3, 1), range(10).toSpliced(3, 1));
      for (const chunkSize of [1, 5]) {
        const stream = pool.imap(tasks.spinIfThree, range(10), { timeout: 100, chunkSize });
        for (let i = 0; i < 3; i++) assert.equal((await stream.next()).value, i);
        await assert.rejects(stream.next(), TimeoutError);
        assert.equal((await stream.next()).value, 4);
        await stream.return?.();
      }
      await assertWorks(pool);
    }),
  );

  test('a pool may have a time-out for all tasks', LIMIT, () =>
    withPool({ ...options, taskTimeout: 100 }, async (pool) => {
      await assert.rejects(pool.apply(tasks.forEver), TimeoutError);
      await assert.rejects(pool.map(tasks.spin, [1]), TimeoutError);
      await assertWorks(pool);
    }),
  );

  test('a signal ends calls, maps and streams', LIMIT, () =>
    withPool(options, async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const promises = [
        pool.apply(tasks.forEver, [], { signal }),
        pool.map(
          tasks.after,
          range(50).map(() => 10_000),
          { signal },
        ),
        pool.imap(tasks.after, [10_000, 10_000], { signal }).next(),
      ];
      const outcomes = Promise.allSettled<unknown>(promises);
      controller.abort(new RangeError('stop it'));
      for (const outcome of await outcomes)
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof RangeError);
      for (const promise of [
        pool.apply(tasks.square, [1], { signal }),
        pool.map(tasks.square, [1], { signal }),
        pool.imap(tasks.square, [1], { signal }).next(),
      ]) {
        await assert.rejects(promise as Promise<unknown>, RangeError);
      }
      await assertWorks(pool);
    }),
  );

  test('a map that is cancelled gives its workers back', LIMIT, () =>
    withPool(options, async (pool) => {
      const map = pool.mapAsync(
        tasks.after,
        range(1_000).map(() => 50),
      );
      await waitUntil(() => pool.stats().busy > 0, 'it runs');
      assert.equal(map.cancel(), true);
      await assert.rejects(map.get(), CancelledError);
      await assertWorks(pool);
    }),
  );

  test('a cancelled call is not tried again', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const loop = pool.applyAsync(tasks.spin, [], { retries: 5 });
      await waitUntil(() => pool.stats().busy === 1, 'it runs');
      loop.cancel();
      await assert.rejects(loop.get(), CancelledError);
      await assertWorks(pool);
      assert.equal(pool.stats().restarts, 1);
    }),
  );
});
