import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 30_000 };

eachStartMethod('pools beside each other', (method) => {
  const context = contextOf(method);
  trackLeaks({ warmUp });

  test('one whose workers end before they began takes no memory from another', LIMIT, () =>
    withPool({ context, processes: 1 }, async (pool) => {
      assert.equal(await pool.apply(tasks.square, [3]), 9);
      assert.equal(await pool.apply(tasks.identity, [3]), 3);
      await new Pool({ context, processes: 1 }).terminate();
      // Were the memory of the functions free now, that of others would lie there.
      await withPool({ context, processes: 1 }, async (other) => {
        for (const fn of [tasks.add, tasks.pid, tasks.byteLength, tasks.workerId]) {
          await Promise.allSettled([other.apply(fn as () => unknown)]);
        }
      });
      // A fresh worker reads the functions anew.
      await Promise.allSettled([pool.apply(tasks.exits, [1])]);
      await waitUntil(() => pool.workers[0]?.state === 'idle' && pool.workers[0].id > 1, 'another worker is there');
      assert.equal(await pool.apply(tasks.square, [3]), 9);
      assert.deepEqual(await pool.map(tasks.identity, range(5)), range(5));
    }),
  );
});
