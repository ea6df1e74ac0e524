import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { describe, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { native } from '#internal/native/addon.js';
import type { MappedRegion } from '#internal/native/contract.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { runSource } from '../helpers/program.ts';
import { argumentsFor } from './programs/region-of.ts';
import { exitOf, program, startOneThread, startProcess, startThread } from './support.ts';

const LIMIT = { timeout: 30_000 };

describe('words', () => {
  const addon = native();
  trackLeaks({ warmUp: startOneThread });

  test('a wait ends at its time-out, not before', LIMIT, () => {
    const { map } = addon.createRegion(64);
    const start = performance.now();
    assert.equal(addon.waitWord(map, 0, 0, 20.5), 1);
    assert.ok(performance.now() - start >= 20);
    assert.equal(addon.waitWord(map, 0, 0, 0), 1);
    assert.equal(addon.spinWord(map, 0, 0, 100), false);
    addon.closeRegion(map);
  });

  test('a word that differs ends the wait at once', LIMIT, () => {
    const { map } = addon.createRegion(64);
    assert.equal(addon.waitWord(map, 0, -1, -1), 0);
    assert.equal(addon.spinWord(map, 0, -1, 1_000_000), true);
    assert.equal(addon.wakeWord(map, 0, 1), 0);
    addon.closeRegion(map);
  });

  const kinds: readonly [string, (name: string, args: readonly string[]) => ChildProcess | Worker][] = [
    ['process', startProcess],
    ['thread', startThread],
  ];
  for (const [kind, start] of kinds) {
    test(`another ${kind} that blocks is woken`, LIMIT, async () => {
      const { region, words, end } = await startBlocked(start);
      Atomics.store(words, 1, 1);
      await waitUntil(() => addon.wakeWord(region.map, 1, 1) === 1 || Atomics.load(words, 2) === 1, 'it was woken');
      assert.equal(await end, 0);
      assert.equal(words[2], 1);
      addon.closeRegion(region.map);
    });
  }

  test('a thread that blocks for ever can be terminated', LIMIT, async () => {
    const { region, words, child } = await startBlocked(startThread);
    await child.terminate();
    assert.equal(words[2], 0);
    addon.closeRegion(region.map);
  });

  test('a blocked thread does not hold up process.exit()', LIMIT, async () => {
    const { code, signal } = await runSource(`
      import { Worker } from 'node:worker_threads';
      import { native } from '#internal/native/addon.js';
      const region = native().createRegion(64);
      const words = new Int32Array(region.buffer);
      const worker = new Worker(${JSON.stringify(program('block'))}, { argv: [process.pid, region.fd, region.inode], execArgv: [] });
      const look = () => words[0] === 0 ? setTimeout(look, 1) : process.exit(7);
      look();`);
    assert.deepEqual([code, signal], [7, null]);
  });

  async function startBlocked<T extends ChildProcess | Worker>(
    start: (name: string, args: readonly string[]) => T,
  ): Promise<{ region: MappedRegion; words: Int32Array; child: T; end: Promise<number | null> }> {
    const region = addon.createRegion(64);
    const words = new Int32Array(region.buffer);
    const child = start('block', argumentsFor(region));
    const end = exitOf(child);
    await waitUntil(() => Atomics.load(words, 0) !== 0, 'it is about to block');
    return { region, words, child, end };
  }
});
