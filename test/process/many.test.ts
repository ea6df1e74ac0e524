import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { activeChildren, Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { onEachMethod, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 90_000 };
const { SIGTERM } = constants.signals;

function startMany(count: number, target: () => unknown): Process<[]>[] {
  const children = Array.from({ length: count }, () => new Process({ target }));
  for (const child of children) child.start();
  return children;
}

onEachMethod('many processes', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('a hundred at the same time all end well (PROC-23)', LIMIT, async () => {
    const children = startMany(100, targets.nothing);
    await Promise.all(children.map((child) => child.join()));
    assert.deepEqual(new Set(children.map((child) => child.exitCode)), new Set([0]));
    assert.deepEqual(activeChildren(), []);
  });

  test('a hundred that are terminated right after their start report it (PROC-24)', LIMIT, async () => {
    const children = startMany(100, targets.live);
    for (const child of children) child.terminate();
    await Promise.all(children.map((child) => child.join()));
    assert.deepEqual(new Set(children.map((child) => child.exitCode)), new Set([-SIGTERM]));
  });

  test('joinSync() of several, one after the other, needs no event loop', LIMIT, () => {
    const children = startMany(5, targets.nothing);
    for (const child of children) child.joinSync();
    assert.deepEqual(
      children.map((child) => child.exitCode),
      [0, 0, 0, 0, 0],
    );
  });

  test('children start children: a tree of seven, in order (PROC-19)', LIMIT, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const file = join(folder, 'tree');
    const child = new Process({ target: targets.tree, args: [file, 'T', 2] });
    child.start();
    await child.join();
    assert.equal(child.exitCode, 0);
    assert.equal(readFileSync(file, 'utf8'), 'T TL TLL TLR TR TRL TRR ');
    rmSync(folder, { recursive: true });
  });

  test(
    'later children do not inherit more descriptors than earlier ones (PROC-26)',
    { ...LIMIT, skip: skips(method, 'PROC-26') },
    async () => {
      const first = await run(targets.openDescriptors);
      const waiting = startMany(5, targets.live);
      // A prepared process and a fresh one differ by what Node itself has opened so far.
      assert.ok(Math.abs((await run(targets.openDescriptors)) - first) <= 2);
      for (const child of waiting) child.kill();
      await Promise.all(waiting.map((child) => child.join()));
    },
  );
});
