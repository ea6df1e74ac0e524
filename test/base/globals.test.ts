import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sharedState } from '#internal/base/globals.js';

describe('sharedState()', () => {
  test('makes a state once per key', { timeout: 5_000 }, () => {
    let made = 0;
    const create = (): { n: number } => ({ n: (made += 1) });
    assert.equal(sharedState('test.once.1', create), sharedState('test.once.1', create));
    assert.notEqual(sharedState('test.once.1', create), sharedState('test.once.2', create));
    assert.equal(made, 2);
  });

  test('a second copy of the library in the thread sees the same state', { timeout: 5_000 }, () => {
    const require = createRequire(import.meta.url);
    const door = fileURLToPath(import.meta.resolve('#internal/door.cjs'));
    // What is forgotten is evaluated once more, as a second installation would be.
    for (const file of Object.keys(require.cache)) if (dirname(file) === dirname(door)) delete require.cache[file];
    // The one file of the library gives the exports of each of its modules.
    const library = require(door) as { load(name: string): { sharedState: typeof sharedState } };
    const copy = library.load('base/globals');
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
