import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkWait, Deadline } from '#internal/base/deadline.js';
import { waitUntil } from '../helpers/rendezvous.ts';

describe('Deadline', () => {
  test('without a timeout it never comes', { timeout: 5_000 }, () => {
    for (const deadline of [Deadline.never, Deadline.after(undefined), Deadline.after(Infinity)]) {
      assert.equal(deadline.remaining(), Infinity);
      assert.equal(deadline.remainingOrForever(), -1);
      assert.equal(deadline.expired, false);
      assert.equal(deadline.unlimited, true);
    }
  });

  test('a timeout of 0 or less is over at once', { timeout: 5_000 }, () => {
    for (const deadline of [Deadline.now, Deadline.after(0), Deadline.after(-5), Deadline.after(-Infinity)]) {
      assert.equal(deadline.remaining(), 0);
      assert.equal(deadline.remainingOrForever(), 0);
      assert.equal(deadline.expired, true);
      assert.equal(deadline.unlimited, false);
    }
  });

  test('what remains shrinks to 0 and stays there', { timeout: 15_000 }, async () => {
    const deadline = Deadline.after(30);
    const first = deadline.remaining();
    assert.ok(first > 0 && first <= 30);
    await waitUntil(() => deadline.expired, 'the deadline has come');
    assert.equal(deadline.remaining(), 0);
  });

  test('it does not come early', { timeout: 15_000 }, async () => {
    const start = performance.now();
    const deadline = Deadline.after(20);
    await waitUntil(() => deadline.expired, 'the deadline has come');
    assert.ok(performance.now() - start >= 20);
  });
});

describe('checkWait()', () => {
  test('nothing and an empty object wait for ever', { timeout: 5_000 }, () => {
    for (const wait of [checkWait('Lock.acquire', undefined), checkWait('Lock.acquire', {})]) {
      assert.equal(wait.deadline.unlimited, true);
      assert.equal(wait.signal, undefined);
    }
  });

  test('a number is the timeout', { timeout: 5_000 }, () => {
    const { deadline } = checkWait('Lock.acquire', 1_000);
    assert.ok(deadline.remaining() > 0 && deadline.remaining() <= 1_000);
  });

  test('an object gives timeout and signal', { timeout: 5_000 }, () => {
    const { signal } = new AbortController();
    const wait = checkWait('Lock.acquire', { timeout: 0, signal });
    assert.equal(wait.deadline.expired, true);
    assert.equal(wait.signal, signal);
  });

  test('wrong waits throw at once and name the call', { timeout: 5_000 }, () => {
    const wrong: readonly unknown[] = [NaN, null, 'long', { timeout: '5' }, { signal: {} }, { timeuot: 5 }];
    for (const wait of wrong) {
      // A caller without types could pass any of these.
      assert.throws(() => checkWait('Lock.acquire', wait as number), {
        code: 'ERR_MP_INVALID_ARG',
        message: /^Lock\.acquire: /,
      });
    }
  });
});
