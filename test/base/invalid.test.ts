import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describe as say, wrongUse } from '#internal/base/invalid.js';

describe('the description of a wrong value', () => {
  test('names values as they are written in source text', { timeout: 5_000 }, () => {
    const table: readonly (readonly [unknown, string])[] = [
      [0, '`0` (number)'],
      [-0, '`-0` (number)'],
      [10n, '`10n` (bigint)'],
      ['it', '`"it"` (string)'],
      [undefined, '`undefined`'],
      [null, '`null`'],
      [Symbol('s'), '`Symbol(s)` (symbol)'],
      [[1, 2], '`[Array of 2]` (object)'],
      [new Map(), '`[Map]` (object)'],
      [Object.create(null), '`[Object]` (object)'],
      [Math.max, '`[Function max]` (function)'],
      [() => undefined, '`[Function without a name]` (function)'],
    ];
    for (const [value, text] of table) assert.equal(say(value), text);
  });

  test('cuts long strings', { timeout: 5_000 }, () => {
    assert.ok(say('x'.repeat(1_000)).length < 100);
  });

  test('runs no getter and no method of the value', { timeout: 5_000 }, () => {
    const trap = {
      get constructor(): never {
        throw new Error('getter ran');
      },
      toString(): never {
        throw new Error('toString ran');
      },
    };
    assert.equal(say(trap), '`[Object]` (object)');
    assert.equal(say(Object.create(trap)), '`[Object]` (object)');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.equal(say(proxy), '`[Object]` (object)');
  });

  test('wrongUse() has the code too', { timeout: 5_000 }, () => {
    assert.equal(wrongUse('Pool', 'no').code, 'ERR_MP_INVALID_ARG');
  });
});
