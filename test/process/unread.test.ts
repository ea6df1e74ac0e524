import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Process, RawArray, run } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { fixture } from '../helpers/program.ts';
import { waitUntilSync } from '../helpers/rendezvous.ts';
import { arrays, lentBlocks, newArray, untilFreed, untilReturned } from '../helpers/shared-heap.ts';
import { giveArray, take } from '../workers/targets.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const MIB = 2 ** 20;

eachSharingMethod('what a child does not read', (method) => {
  // The types list the methods that are built.
  const context = method as 'spawn';
  trackLeaks({ warmUp: () => run(targets.nothing, [], { context }) });

  test('is given back when the child is killed at its start', LIMIT, async () => {
    const before = arrays();
    const blocks = lentBlocks();
    for (let i = 0; i < 4; i++) {
      const child = new Process({ target: take, args: [newArray(), new Uint8Array(4 * MIB)], context });
      child.start();
      child.kill();
      await child.join();
    }
    await untilFreed(before);
    await untilReturned(blocks);
  });

  test('is given back when the child fails before it opens its arguments', LIMIT, async () => {
    const before = arrays();
    const preload = [fixture('functions/preload/throws.mjs')];
    await assert.rejects(run(take, [newArray(), new Uint8Array(4 * MIB)], { context, preload }));
    await untilFreed(before);
  });

  test('is given back when no child can be started', LIMIT, async () => {
    const before = arrays();
    process.env['MANYCORE_BOOT'] = 'a child that has not begun';
    try {
      const child = new Process({ target: take, args: [newArray()], context });
      assert.throws(() => child.start(), { code: 'ERR_MP_BOOTSTRAP' });
    } finally {
      delete process.env['MANYCORE_BOOT'];
    }
    await untilFreed(before);
  });

  test('is there for a child that reads it, and given back afterwards', LIMIT, async () => {
    const before = arrays();
    await run(take, [newArray()], { context });
    await untilFreed(before);
  });

  test('of an answer that nobody waits for any more is given back', LIMIT, async () => {
    const before = arrays();
    // The child is killed while it writes its answer, some milliseconds earlier or later.
    for (let round = 0; round < 6; round++) {
      const runs = RawArray('i', 1);
      const controller = new AbortController();
      const answer = run(giveArray, [runs], { context, signal: controller.signal });
      const end = assert.rejects(answer, { name: 'AbortError' });
      await new Promise<void>((resolve) => setImmediate(resolve));
      // Nothing is read here meanwhile.
      waitUntilSync(() => Atomics.load(runs, 0) === 1, 'it runs');
      const killAt = performance.now() + round;
      while (performance.now() < killAt);
      controller.abort();
      await end;
    }
    await untilFreed(before);
  });
});
