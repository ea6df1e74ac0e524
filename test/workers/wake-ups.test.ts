import assert from 'node:assert/strict';
import { Lock } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { contextOf, warmUp, withPool } from '../pool/support.ts';
import { test } from 'node:test';
import * as targets from './targets.ts';

const LIMIT = { timeout: 20_000 };
/** More than a worker's ring holds, in messages that are copied into it. */
const MESSAGES = 40;
const TEXT = 'x'.repeat(15_000);

eachSharingMethod('what workers are woken for', (method) => {
  trackLeaks({ warmUp });
  const options = { processes: 1, context: contextOf(method) };

  test('calls beyond what the ring of a busy worker holds come when it has room', LIMIT, () =>
    withPool(options, async (pool) => {
      const gate = new Lock();
      assert.ok(gate.acquireSync());
      const busy = pool.apply(targets.waitFor, [gate]);
      const array = new Float64Array(1 << 17).fill(1);
      const calls = Array.from({ length: MESSAGES }, () => pool.broadcast(targets.lengthOf, [TEXT]));
      const last = pool.broadcast(targets.sum, [array]);
      // What was handed over is what arrives, although it still waits here.
      array.fill(2);
      gate.release();
      await busy;
      assert.deepEqual(
        await Promise.all(calls),
        calls.map(() => [TEXT.length]),
      );
      assert.deepEqual(await last, [1 << 17]);
    }),
  );

  test('a task that comes while something of an earlier one blocks the worker runs afterwards', LIMIT, async () => {
    const never = new Lock();
    assert.ok(never.acquireSync());
    const initializer = { initializer: targets.blockNowAndThen, initArgs: [never] };
    await withPool({ ...options, ...initializer }, async (pool) => {
      for (let i = 0; i < 20; i++) assert.equal(await pool.apply(targets.lengthOf, ['four']), 4);
    });
  });

  test('a task is not left to a worker that was told to leave and takes its time for it', LIMIT, async () => {
    const gate = new Lock();
    const hooks = { initializer: targets.keepGate, initArgs: [gate], finalizer: targets.passGate };
    await withPool({ ...options, ...hooks }, async (pool) => {
      for (let i = 0; i < 4; i++) {
        pool.resize(2);
        await pool.broadcast(targets.lengthOf, ['ready']);
        assert.ok(gate.acquireSync());
        pool.resize(1);
        assert.equal(await pool.apply(targets.lengthOf, ['four']), 4);
        gate.release();
        await waitUntil(() => pool.workers.length === 1, 'the other worker has left');
      }
    });
  });
});
