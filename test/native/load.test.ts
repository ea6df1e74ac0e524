import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native, nativeStatus } from '#internal/native/addon.js';
import { runSource } from '../helpers/program.ts';
import { argumentsFor } from './programs/region-of.ts';
import { exitOf, startThread } from './support.ts';

const LIMIT = { timeout: 30_000 };

test('the addon loads once in a thread and anew in other threads', LIMIT, async () => {
  assert.equal(native(), native());
  const status = nativeStatus();
  assert.equal(status.available, true);
  assert.equal(status.reason, undefined);
  assert.match(status.path ?? '', /prebuilds/);
  const region = native().createRegion(64);
  const threads = Array.from({ length: 4 }, () => exitOf(startThread('add', argumentsFor(region, 1000))));
  assert.deepEqual(await Promise.all(threads), [0, 0, 0, 0]);
  assert.equal(new Int32Array(region.buffer)[0], 4000);
  native().closeRegion(region.map);
});

test('MANYCORE_NATIVE=off switches it off, with an error that says so', LIMIT, async () => {
  const { stdout, stderr } = await runSource(
    `import { native, nativeStatus } from '#internal/native/addon.js';
     const { available } = nativeStatus();
     try { native(); } catch (error) { console.log(available, error.name, error.code, error.message); }`,
    { env: { MANYCORE_NATIVE: 'off' } },
  );
  assert.match(stdout, /^false NativeUnavailableError ERR_MP_NATIVE_UNAVAILABLE .*MANYCORE_NATIVE=off/, stderr);
});
