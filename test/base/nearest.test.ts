import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nearest } from '#internal/base/nearest.js';

describe('nearest()', () => {
  test('finds misspelled, differently cased and cut-off words', { timeout: 5_000 }, () => {
    const known = ['chunkSize', 'maxTasksPerChild', 'timeout', 'name'];
    assert.equal(nearest('chunksize', known), 'chunkSize');
    assert.equal(nearest('tiemout', known), 'timeout');
    assert.equal(nearest('maxTasks', known), 'maxTasksPerChild');
    assert.equal(nearest('nam', known), 'name');
  });

  test('finds nothing when nothing is near', { timeout: 5_000 }, () => {
    assert.equal(nearest('colour', ['processes', 'timeout']), undefined);
    assert.equal(nearest('x', ['processes']), undefined);
    assert.equal(nearest('x', []), undefined);
  });

  test('finds a known word as itself', { timeout: 20_000 }, () => {
    const words = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 });
    fc.assert(
      fc.property(words, (known) => {
        for (const word of known) assert.equal(nearest(word, known), word);
      }),
      { numRuns: 50 },
    );
  });
});
