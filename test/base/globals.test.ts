import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sharedState } from '#internal/base/globals.js';

describe('sharedState()', () => {
  test('makes a state once per key', { timeout: 5_000 }, () => {
    let made = 0;
    const create = (): { n: number } => ({ n: (made += 1) });
    assert.equal(sharedState('test.once.1', create), sharedState('test.once.1', create));
    assert.notEqual(sharedState('test.once.1', create), sharedState('test.once.2', create));
    assert.equal(made, 2);
  });

  test('a second copy of the library in the thread sees the same state', { timeout: 5_000 }, async () => {
    // A query makes the loader evaluate the same file once more, as a second installation would.
    const url = `${import.meta.resolve('#internal/base/globals.js')}?copy`;
    const copy: { sharedState: typeof sharedState } = await import(url);
    assert.notEqual(copy.sharedState, sharedState);
    const state = sharedState('test.copies.1', () => ({}));
    assert.equal(
      copy.sharedState('test.copies.1', () => ({})),
      state,
    );
  });

  test('an `undefined` state is a state', { timeout: 5_000 }, () => {
    let made = 0;
    const create = (): undefined => void (made += 1);
    sharedState('test.undefined.1', create);
    sharedState('test.undefined.1', create);
    assert.equal(made, 1);
  });
});
