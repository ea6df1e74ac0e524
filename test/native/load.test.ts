import assert from 'node:assert/strict';
import { test } from 'node:test';
import { native } from '#internal/native/addon.js';
import { nativeStatus } from '#internal/native/load.js';
import { runSource } from '../helpers/program.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import { argumentsFor } from './programs/region-of.ts';
import { exitOf, startThread } from './support.ts';

const LIMIT = { timeout: 30_000 };

test(
  'the addon loads once in a thread and anew in other threads',
  { ...LIMIT, skip: withoutAddon('addon') },
  async () => {
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
  },
);

test('MANYCORE_NATIVE=off switches it off: threads go on, and what needs it says so', LIMIT, async () => {
  const { stdout, stderr } = await runSource(
    `import { Lock, SharedMemory } from 'manycore';
     console.log(new Lock().tryAcquire());
     try { new SharedMemory({ create: true, size: 8 }); } catch (error) { console.log(error.name, error.code, error.message); }`,
    { env: { MANYCORE_NATIVE: 'off' } },
  );
  assert.match(
    stdout,
    /^true\nNativeUnavailableError ERR_MP_NATIVE_UNAVAILABLE .*MANYCORE_NATIVE=off.*compiler/,
    stderr,
  );
});
