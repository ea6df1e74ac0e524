import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RunValues } from '#internal/workers/item-values.js';

test('values that travel together are the same afterwards', { timeout: 5_000 }, () => {
  const values = [0, -0, 1.5, NaN, Infinity, -Infinity, 2 ** 53, undefined, null, true, false, Number.MIN_VALUE];
  const run = new RunValues(new Uint8Array(values.length * 8));
  values.forEach((value, i) => {
    assert.ok(RunValues.holds(value));
    run.set(i, value);
  });
  values.forEach((value, i) => assert.ok(Object.is(run.at(i), value), `${String(value)} became ${String(run.at(i))}`));
  for (const other of ['', 1n, {}, [], () => 1, Symbol('x')]) assert.equal(RunValues.holds(other), false);
});

test('a NaN with the bits of another value stays a NaN', { timeout: 5_000 }, () => {
  const words = new Uint32Array([0, 0x7ff4_0001]);
  const run = new RunValues(new Uint8Array(8));
  run.set(0, new Float64Array(words.buffer)[0]);
  assert.ok(Number.isNaN(run.at(0)));
});
