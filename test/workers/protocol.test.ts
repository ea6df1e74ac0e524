import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as protocol from '#internal/workers/protocol.js';

test('each kind of message has a number of its own', { timeout: 10_000 }, () => {
  const numbers = Object.values(protocol).filter((value) => typeof value === 'number');
  assert.equal(new Set(numbers).size, numbers.length);
});
