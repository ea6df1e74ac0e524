import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as platform from '#internal/base/platform.js';

describe('platform', () => {
  test('at most one system is named, and its files exist', { timeout: 5_000 }, () => {
    const { isLinux, isMac, isWindows } = platform;
    assert.ok([isLinux, isMac, isWindows].filter(Boolean).length <= 1);
    assert.equal(platform.platformName, `${process.platform}-${process.arch}`);
    assert.equal(platform.sharedMemoryFolder !== undefined, isLinux);
  });
});
