import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSource } from '../../helpers/program.ts';

test('a function that captures more than 1 MiB is warned of once', { timeout: 30_000 }, async () => {
  const { code, stderr } = await runSource(`
    import { Pool } from 'manycore';
    const table = new Float64Array(300_000);
    const name = 'n'.repeat(1000);
    const pool = new Pool(1);
    const first = (x) => table[x];
    const second = (x) => table[x + 1];
    await pool.apply(() => name.length);
    await pool.apply(first, [1]);
    await pool.apply(second, [1]);
    await pool.terminate();`);
  assert.equal(code, 0, stderr);
  assert.equal(
    stderr.match(/ManycoreWarning.*/g)?.join('\n'),
    "ManycoreWarning: function 'first' copies 2.4 MB of captured variables to the workers at each call of map or apply; explain(fn) tells which: " +
      'keep large data in shared memory (RawArray, SharedMemory), or load it in an initializer',
  );
});
