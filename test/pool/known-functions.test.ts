import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { contextOf, warmUp, withPool } from './support.ts';

const LIMIT = { timeout: 20_000 };

eachStartMethod('functions that a pool knows', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method), processes: 1 };

  test('may be forced to go another way than before', LIMIT, () =>
    withPool(options, async (pool) => {
      const next = (x: number): number => x + 1;
      assert.equal(await pool.apply(next, [1]), 2);
      await assert.rejects(async () => pool.apply(next, [1], { by: 'reference' }), {
        code: 'ERR_MP_NOT_SENDABLE',
        message: /it is not at the top level of its module; export it, or register it with a name$/,
      });
      assert.equal(await pool.apply(next, [1], { by: 'value' }), 2);
      assert.equal(await pool.apply(next, [1]), 2);
    }),
  );

  test('take along what they were given meanwhile, and see captured variables as they are at each call', LIMIT, () =>
    withPool(options, async (pool) => {
      const lookUp: { (name: string): number; table?: Record<string, number> } = (name) => lookUp.table?.[name] ?? 0;
      const bare: { (): number; extra?: number } = function bare(): number {
        return Reflect.ownKeys(bare).includes('extra') ? 1 : 0;
      };
      let factor = 1;
      const scaled = (x: number): number => x * factor;
      assert.deepEqual(
        [await pool.apply(lookUp, ['a']), await pool.apply(bare), await pool.apply(scaled, [2])],
        [0, 0, 2],
      );
      lookUp.table = { a: 5 };
      bare.extra = 1;
      factor = 10;
      assert.deepEqual(
        [await pool.apply(lookUp, ['a']), await pool.apply(bare), await pool.apply(scaled, [2])],
        [5, 1, 20],
      );
    }),
  );
});
