import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RawArray, SharedArray } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { contextOf, warmUp, withPool } from '../pool/support.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 20_000 };

eachSharingMethod('shared arrays as arguments of tasks', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method) };

  test("are the caller's memory, whole or in part, alone or beside others", LIMIT, () =>
    withPool(options, async (pool) => {
      const array = RawArray('d', 8);
      await pool.apply(targets.fill, [array, 1]);
      await pool.apply(targets.fill, [array.subarray(2, 4), 2]);
      await pool.apply(targets.fill, [array.subarray(6), 3, 'x'.repeat(1000)]);
      assert.deepEqual([...array], [1, 1, 2, 2, 1, 1, 3, 3]);
      assert.equal(await pool.apply(targets.areSame, [array, array]), true);
      // More than the cells of the ring, so that some wait for room and some are read before their function is there.
      await Promise.all(Array.from({ length: 3000 }, (_, i) => pool.apply(targets.addOne, [array, i % 8])));
      assert.equal(
        array.reduce((a, b) => a + b),
        14 + 3000,
      );
    }),
  );

  test('keep their lock', LIMIT, () =>
    withPool(options, async (pool) => {
      const array = SharedArray('i', [1, 2, 3]);
      assert.equal(await pool.apply(targets.hasLock, [array]), true);
      assert.equal(await pool.apply(targets.hasLock, [RawArray('i', 1)]), false);
    }),
  );

  test('of a call that is tried again are there again', LIMIT, () =>
    withPool(options, async (pool) => {
      const array = RawArray('i', 1);
      assert.equal(await pool.apply(targets.diesOnce, [array], { retries: 1 }), 2);
    }),
  );
});
