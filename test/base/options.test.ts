import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as check from '#internal/base/options.js';

const INVALID = 'ERR_MP_INVALID_ARG';
const quick = { timeout: 5_000 };

function assertWrong(body: () => void, name: 'TypeError' | 'RangeError', message: string): void {
  assert.throws(body, { name, code: INVALID, message });
}

describe('checkInteger()', () => {
  test('takes the limits themselves', quick, () => {
    check.checkInteger('Pool', 'processes', 1, 1, 2);
    check.checkInteger('Pool', 'processes', 2, 1, 2);
  });

  test('says what was expected, what came and its type', quick, () => {
    assertWrong(
      () => check.checkInteger('Pool', 'processes', 0, 1),
      'RangeError',
      'Pool: expected `processes` to be an integer >= 1, got `0` (number)',
    );
    assertWrong(
      () => check.checkInteger('Pool', 'processes', '4', 1, 8),
      'TypeError',
      'Pool: expected `processes` to be an integer >= 1 and <= 8, got `"4"` (string)',
    );
  });

  test('refuses fractions, infinity, NaN and bigints', quick, () => {
    for (const value of [1.5, Infinity, NaN]) assert.throws(() => check.checkInteger('A', 'b', value), RangeError);
    assert.throws(() => check.checkInteger('A', 'b', 1n), TypeError);
  });
});

describe('the other predicates', () => {
  test('checkNumber() takes fractions and infinity, not NaN', quick, () => {
    check.checkNumber('A', 'b', 0.5, 0);
    check.checkNumber('A', 'b', Infinity);
    assert.throws(() => check.checkNumber('A', 'b', NaN), RangeError);
    assertWrong(
      () => check.checkNumber('A', 'b', -0.5, 0),
      'RangeError',
      'A: expected `b` to be a number >= 0, got `-0.5` (number)',
    );
  });

  test('checkString(), checkFunction(), checkBoolean() and checkArray() ask for the type', quick, () => {
    check.checkString('A', 'b', '');
    check.checkFunction('A', 'b', class {});
    check.checkBoolean('A', 'b', false);
    check.checkArray('A', 'b', []);
    assert.throws(() => check.checkString('A', 'b', null), { message: 'A: expected `b` to be a string, got `null`' });
    assert.throws(() => check.checkFunction('A', 'b', {}), {
      message: /to be a function, got `\[Object\]` \(object\)$/,
    });
    assert.throws(() => check.checkBoolean('A', 'b', 1), TypeError);
    assert.throws(() => check.checkArray('A', 'b', { length: 0 }), TypeError);
  });

  test('checkIterable() takes strings and generators; async ones only where they fit', quick, () => {
    async function* stream(): AsyncGenerator<number> {
      yield 1;
    }
    check.checkIterable('A', 'b', 'text');
    check.checkIterable('A', 'b', new Map().entries());
    check.checkAnyIterable('A', 'b', stream());
    assert.throws(() => check.checkIterable('A', 'b', stream()), TypeError);
    assert.throws(() => check.checkIterable('A', 'b', undefined), TypeError);
    assert.throws(() => check.checkAnyIterable('A', 'b', 5), TypeError);
  });

  test('checkOneOf() lists what is allowed', quick, () => {
    check.checkOneOf('A', 'b', 'spawn', ['spawn', 'thread']);
    assertWrong(
      () => check.checkOneOf('A', 'b', 'fork', ['spawn', 'thread']),
      'RangeError',
      "A: expected `b` to be one of 'spawn', 'thread', got `\"fork\"` (string)",
    );
    assert.throws(() => check.checkOneOf('A', 'b', 1, ['spawn']), TypeError);
  });

  test('checkTimeout() takes what polls and what waits for ever', quick, () => {
    for (const value of [undefined, 0, -1, 1.5, Infinity]) check.checkTimeout('A', value);
    assert.throws(() => check.checkTimeout('A', NaN), RangeError);
    assert.throws(() => check.checkTimeout('A', '5'), TypeError);
    assert.throws(() => check.checkTimeout('A', null, 'within'), /`within`/);
  });

  test('checkSignal() takes an AbortSignal or nothing', quick, () => {
    check.checkSignal('A', undefined);
    check.checkSignal('A', new AbortController().signal);
    assert.throws(() => check.checkSignal('A', new AbortController()), TypeError);
    assert.throws(() => check.checkSignal('A', null), TypeError);
  });
});

describe('checkOptions()', () => {
  const known = ['processes', 'initializer', 'initArgs'];

  test('takes known keys, also when their value is undefined', quick, () => {
    check.checkOptions('Pool', {}, known);
    check.checkOptions('Pool', { processes: undefined, initArgs: [] }, known);
  });

  test('names the nearest key for a misspelled one', quick, () => {
    for (const [wrong, right] of [
      ['process', 'processes'],
      ['initargs', 'initArgs'],
      ['initialiser', 'initializer'],
    ]) {
      assertWrong(
        () => check.checkOptions('Pool', { [`${wrong}`]: 1 }, known),
        'TypeError',
        `Pool: unknown option \`${wrong}\`; did you mean \`${right}\`?`,
      );
    }
  });

  test('lists the known keys when none is near', quick, () => {
    assertWrong(
      () => check.checkOptions('Pool', { colour: 1 }, known),
      'TypeError',
      'Pool: unknown option `colour`; known are processes, initializer, initArgs',
    );
  });

  test('refuses what is no options object', quick, () => {
    for (const value of [null, 5, 'text', [], () => undefined]) {
      assert.throws(() => check.checkOptions('Pool', value, known), { code: INVALID, name: 'TypeError' });
    }
  });
});
