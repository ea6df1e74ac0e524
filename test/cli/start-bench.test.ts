import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchmarkLines } from '#internal/cli/start-bench.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { warmUp } from '../pool/support.ts';

trackLeaks({ warmUp });

test('the main job shows what a pool brings for each kind of work', { timeout: 120_000 }, async () => {
  const lines: string[] = [];
  assert.equal(await benchmarkLines((line) => lines.push(line)), true);
  const [head, ...rows] = lines;
  assert.match(head ?? '', /^ +one process +pool +speed-up +results$/);
  assert.deepEqual(rows.map((row) => row.slice(0, 16).trim()), ['Matrix products', 'CPU-bound', 'Memory-bound']); // prettier-ignore
  for (const row of rows) assert.match(row, /^.{16} +\d+\.\d\d s +\d+\.\d\d s +\d+\.\d\d x +the same$/);
});
