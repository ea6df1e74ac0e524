import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, PoolClosedError, TimeoutError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { contextOf, range, settles, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 30_000 };

eachStartMethod('initializers and finalizers', (method) => {
  // Threads that are ended while they load leave descriptors behind in Node's loader.
  if (method !== 'thread') trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('the initializer, every task and the finalizer share worker id and state (MPI-03)', LIMIT, async () => {
    const pool = new Pool({
      processes: 2,
      context,
      initializer: tasks.prepareState,
      initArgs: [7],
      finalizer: tasks.sumUp,
    });
    const ids = await pool.broadcast(tasks.workerId);
    assert.deepEqual(ids, [1, 2]);
    const seen = await pool.map(tasks.useState, range(20), 1);
    assert.ok(seen.every(([id, base]) => ids.includes(id) && base === 7));
    pool.close();
    await pool.join();
    const sums = pool.exitResults() as [number, number][];
    assert.deepEqual(new Set(sums.map(([id]) => id)), new Set(ids));
    assert.equal(sums.reduce((sum, [, count]) => sum + count, 0), 20); // prettier-ignore
  });

  test('an initializer that takes too long fails the pool with a time-out (MPI-07)', LIMIT, async () => {
    for (const initializer of [tasks.forEver, tasks.spin]) {
      const pool = new Pool({ processes: 1, context, initializer, initializerTimeout: 150 });
      const outcome = await settles(pool.apply(tasks.square, [2]));
      assert.ok(outcome.status === 'rejected' && outcome.reason instanceof TimeoutError);
      assert.match(outcome.reason.message, /the initializer of worker 1 \(pid \d+\) ran longer than 150 ms/);
      await assert.rejects(async () => pool.apply(tasks.square, [2]), TimeoutError);
      await pool.terminate();
    }
    await withPool({ context, initializer: tasks.after, initArgs: [20], initializerTimeout: 10_000 }, async (pool) => {
      assert.equal(await pool.apply(tasks.square, [2]), 4);
    });
  });

  test('a finalizer that takes too long is ended, and its result is a time-out (MPI-07)', LIMIT, async () => {
    const pool = new Pool({ processes: 1, context, finalizer: tasks.forEver, finalizerTimeout: 150 });
    assert.equal(await pool.apply(tasks.square, [2]), 4);
    pool.close();
    await pool.join();
    const [result] = pool.exitResults();
    assert.ok(result instanceof TimeoutError && /the finalizer of worker 1/.test(result.message));
    for (const option of ['initializerTimeout', 'finalizerTimeout'])
      assert.throws(() => new Pool({ [option]: 'soon' }), { code: 'ERR_MP_INVALID_ARG' });
  });

  test('waitForRoom() holds a producer back until a call would be made at once', LIMIT, () =>
    withPool({ context, processes: 1, maxInFlight: 2 }, async (pool) => {
      await pool.apply(tasks.pid);
      const results: Promise<number>[] = [];
      let most = 0;
      for (const i of range(20)) {
        assert.equal(await pool.waitForRoom(), true);
        results.push(pool.apply(tasks.squareLater, [i]));
        most = Math.max(most, pool.stats().pending);
      }
      assert.equal(most, 2);
      assert.deepEqual(await Promise.all(results), range(20).map(tasks.square));
      const busy = [pool.apply(tasks.after, [300]), pool.apply(tasks.square, [2])];
      assert.equal(await pool.waitForRoom(10), false);
      assert.equal(await pool.waitForRoom({ timeout: 0 }), false);
      assert.equal(pool.waitForRoomSync(10), false);
      const aborted = new AbortController();
      const waiting = pool.waitForRoom({ signal: aborted.signal });
      aborted.abort(new Error('never mind'));
      await assert.rejects(waiting, /never mind/);
      assert.equal(pool.waitForRoomSync(), true);
      await Promise.all(busy);
    }),
  );

  test('waitForRoom() ends when the pool does, and needs a limit', LIMIT, async () => {
    const pool = new Pool({ context, processes: 1, maxInFlight: 1 });
    const call = settles(pool.apply(tasks.forEver));
    const waiting = settles(pool.waitForRoom());
    await pool.terminate();
    const outcome = await waiting;
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof PoolClosedError);
    assert.equal((await call).status, 'rejected');
    await withPool({ context, processes: 1 }, async (unlimited) => {
      await assert.rejects(unlimited.waitForRoom(), { code: 'ERR_MP_INVALID_ARG' });
      await unlimited.apply(tasks.pid);
    });
  });

  test('buffers in `transfer` are given away with the call', LIMIT, () =>
    withPool({ context, processes: 1, maxInFlight: 1 }, async (pool) => {
      await pool.apply(tasks.pid);
      for (const size of [16, 1 << 20]) {
        const [one, other] = [new Uint8Array(size).fill(3), new Uint8Array(size).fill(4)];
        const first = pool.apply(tasks.firstByte, [one], { transfer: [one.buffer] });
        assert.equal(one.byteLength, 0);
        // This one waits until there is room, and is read then.
        const second = pool.apply(tasks.firstByte, [other], { transfer: [other.buffer] });
        assert.deepEqual(await Promise.all([first, second]), [3, 4]);
        assert.equal(other.byteLength, 0);
      }
      const items = range(6).map((i) => new Uint8Array(8).fill(i));
      assert.deepEqual(
        await pool.map(tasks.firstByte, items, { transfer: items.map(({ buffer }) => buffer) }),
        range(6),
      );
      assert.ok(items.every(({ byteLength }) => byteLength === 0));
      const kept = new Uint8Array([5]);
      await assert.rejects(async () =>
        pool.apply(tasks.identity, [[kept, new WeakMap()]], { transfer: [kept.buffer] }),
      );
      assert.equal(kept.byteLength, 1);
      assert.throws(() => void pool.apply(tasks.firstByte, [kept], { transfer: [kept] as never }), TypeError);
    }),
  );
});
