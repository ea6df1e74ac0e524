import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { getStartMethod, Pool, Process, run, setForkserverPreload, setStartMethod } from 'manycore';
import { pathToFileURL } from 'node:url';
import { Spare } from '#internal/process/spare.js';
import { Spares } from '#internal/process/spares.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { descendants, isRunning } from '../helpers/proc.ts';
import { fixture, runProgram } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { withoutAddon } from '../helpers/without-addon.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const { isThere } = Spare.prototype;

/** What befalls prepared processes at the moment when they are taken, before they could say a word. */
const FATES: Readonly<Record<string, (spare: Spare) => void>> = {
  'killed before it is called': ({ node }) => void process.kill(node.pid, 'SIGKILL'),
  'killed while it is called': (spare) => {
    process.kill(spare.node.pid, 'SIGSTOP');
    const { channel } = spare;
    const { waitMargin } = channel;
    channel.waitMargin = (...wait) => {
      process.kill(spare.node.pid, 'SIGKILL');
      waitMargin.apply(channel, wait);
    };
  },
  'stopped before it is called': ({ node }) => void process.kill(node.pid, 'SIGSTOP'),
};

/** Starts until so many processes are prepared. */
async function prepare(count: number): Promise<void> {
  const burst = Array.from({ length: count }, () => new Process({ target: Math.abs, args: [1] }));
  for (const child of burst) child.start();
  await Promise.all(burst.map((child) => child.join()));
  await waitUntil(() => Spares.current().readyPids.length === count, 'processes are prepared');
}

/** The first `count` prepared processes that are taken have that fate. @returns Their process ids. */
function befall(count: number, fate: (spare: Spare) => void): number[] {
  const met: number[] = [];
  Spare.prototype.isThere = function there(this: Spare): boolean {
    if (met.length < count) {
      met.push(this.node.pid);
      fate(this);
    }
    return isThere.call(this);
  };
  return met;
}

describe('prepared processes', { skip: withoutAddon('spares') }, () => {
  const usual = getStartMethod({ allowNone: true }) ?? 'spawn';
  before(() => {
    process.env['MANYCORE_SPARES'] = '2';
    setStartMethod('forkserver', { force: true });
  });
  afterEach(() => {
    Spare.prototype.isThere = isThere;
  });
  after(() => {
    delete process.env['MANYCORE_SPARES'];
    setStartMethod(usual, { force: true });
    Spares.current().dismiss();
  });
  trackLeaks({ warmUp: () => run(targets.nothing) });

  for (const [what, fate] of Object.entries(FATES)) {
    test(`one that is ${what} leaves its work to the next (PROC-30)`, LIMIT, async () => {
      await prepare(2);
      const [first, second] = Spares.current().readyPids;
      const met = befall(1, fate);
      const child = new Process({ target: targets.nothing });
      child.start();
      assert.deepEqual([met, child.pid], [[first], second]);
      await child.join();
      assert.equal(child.exitCode, 0);
      await waitUntil(() => !met.some(isRunning), 'it has ended');
    });

    test(`when all are ${what}, a fresh process is started (PROC-30)`, LIMIT, async () => {
      await prepare(2);
      const prepared = Spares.current().readyPids;
      const met = befall(2, fate);
      assert.equal(await run(Math.abs, [-3]), 3);
      assert.deepEqual(met, prepared);
      await waitUntil(() => !met.some(isRunning), 'they have ended');
    });
  }

  test('a pool whose workers come from prepared processes that are killed loses no task (PROC-30)', LIMIT, async () => {
    await prepare(2);
    befall(2, ({ node }) => void process.kill(node.pid, 'SIGKILL'));
    await using pool = new Pool(2);
    assert.deepEqual(await pool.map(Math.abs, [-1, -2, -3]), [1, 2, 3]);
  });

  test('while memory is short nothing is prepared, and starts do without', LIMIT, async () => {
    Spares.current().dismiss();
    let asked = 0;
    const ask: unknown = Reflect.get(process, 'availableMemory');
    Reflect.set(process, 'availableMemory', () => asked++ && 0);
    try {
      assert.equal(await run(Math.abs, [-3]), 3);
      await waitUntil(() => asked > 0, 'it was to be prepared');
      // One that were prepared would stay.
      await waitUntil(() => descendants().length === 0, 'nothing is left');
      assert.equal(await run(Math.abs, [-4]), 4);
    } finally {
      Reflect.set(process, 'availableMemory', ask);
    }
  });

  test('modules that never finish loading keep no work from being done', LIMIT, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const begun = join(folder, 'begun');
    setForkserverPreload([pathToFileURL(fixture('context/hangs.mjs')).href]);
    try {
      const options = { target: targets.exitWith, args: [7] as [number], env: { MANYCORE_TEST_BEGUN: begun } };
      const first = new Process(options);
      first.start();
      await first.join();
      await waitUntil(() => existsSync(begun), 'a process is being prepared');
      // Those of other tests were dismissed when modules to preload were named.
      await waitUntil(() => descendants().length === 1, 'they have ended');
      const [loading] = descendants().map(({ pid }) => pid);
      const child = new Process(options);
      child.start();
      assert.equal(child.pid, loading);
      await child.join();
      assert.equal(child.exitCode, 7);
    } finally {
      setForkserverPreload([]);
      Spares.current().dismiss();
      rmSync(folder, { recursive: true });
    }
  });

  test('a process that is killed as soon as it has started is not started again', LIMIT, async () => {
    await prepare(1);
    const child = new Process({ target: targets.nothing });
    child.start();
    process.kill(child.pid ?? 0, 'SIGKILL');
    await child.join();
    assert.equal(child.exitCode, -9);
  });

  test('where children import the library, later ones are prepared with all of it', LIMIT, async () => {
    const env = { MANYCORE_START_METHOD: 'forkserver', MANYCORE_SPARES: '1' };
    const { code, stdout, stderr } = await runProgram(fixture('process/whole-library.mjs'), { env });
    assert.equal(code, 0, stderr);
    assert.deepEqual(stdout.trimEnd().split('\n'), ['before false false', 'afterwards true']);
  });
});
