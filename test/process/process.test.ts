import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { activeChildren, currentProcess, parentProcess, Process } from '#internal/process/process.js';
import type { ProcessOptions } from '#internal/process/options.js';
import { cpuCount } from '#internal/process/cpu-count.js';
import { run } from '#internal/process/run.js';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod } from './methods.ts';
import * as targets from './targets.ts';

const { SIGTERM, SIGKILL, SIGINT } = constants.signals;
const LIMIT = { timeout: 30_000 };
const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
after(() => rmSync(folder, { recursive: true }));

let files = 0;
const newFile = (): string => join(folder, String(files++));

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function started<A extends readonly unknown[]>(options: ProcessOptions<A>): Process<A> {
  const child = new Process(options);
  child.start();
  return child;
}

onEachMethod('Process', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('the current process is alive, no daemon, and has a key (PROC-01, PROC-05)', LIMIT, () => {
    const self = currentProcess();
    assert.equal(self.isAlive(), true);
    assert.equal(self.daemon, false);
    assert.equal(self.exitCode, null);
    assert.equal(self.pid, process.pid);
    assert.equal(self.name, 'MainProcess');
    assert.ok(self.authkey instanceof Uint8Array && self.authkey.length > 0);
    assert.equal(parentProcess(), null);
    assert.equal(currentProcess(), self);
    assert.throws(() => self.joinSync(), { code: 'ERR_MP_PROCESS' });
    assert.throws(() => self.start(), { code: 'ERR_MP_PROCESS' });
  });

  test('a child goes from made over alive to ended (PROC-07, PROC-08, PROC-10, PROC-18)', LIMIT, async () => {
    const child = new Process({ target: targets.live });
    assert.equal(child.isAlive(), false);
    assert.equal(child.exitCode, null);
    assert.equal(child.pid, undefined);
    child.daemon = true;
    assert.ok(!activeChildren().includes(child));
    child.start();
    assert.equal(child.isAlive(), true);
    assert.equal(child.exitCode, null);
    assert.equal(typeof child.pid, 'number');
    assert.equal(child.ident === child.pid, method !== 'thread');
    assert.ok(activeChildren().includes(child));
    assert.throws(() => (child.daemon = false), { code: 'ERR_MP_PROCESS' });
    assert.throws(() => child.start(), { code: 'ERR_MP_PROCESS' });
    child.kill();
    await child.join();
    assert.equal(child.exitCode, -SIGKILL);
    assert.equal(child.isAlive(), false);
    assert.ok(!activeChildren().includes(child));
  });

  test('a child knows its name, parent, key and arguments (PROC-05, PROC-09)', LIMIT, async () => {
    const file = newFile();
    const args: [string, ...unknown[]] = [file, 1, 'two', [3]];
    const child = new Process({ target: targets.identifyInto, args, name: 'worker bee' });
    child.authkey = new Uint8Array([1, 2, 3]);
    child.start();
    const { pid } = child;
    await child.join();
    assert.equal(child.exitCode, 0);
    const seen = JSON.parse(read(file)) as targets.Identity;
    assert.deepEqual(seen.args, [1, 'two', [3]]);
    assert.equal(seen.pid, pid);
    assert.equal(seen.name, 'worker bee');
    assert.deepEqual(seen.authkey, [1, 2, 3]);
    assert.deepEqual(seen.parent, { pid: process.pid, name: 'MainProcess', alive: true });
    assert.equal(seen.alive, true);
    assert.equal(seen.exitCode, null);
    assert.equal(seen.active, 0);
    assert.equal(seen.boot, undefined);
    assert.notEqual(seen.argv1, process.argv[1]);
  });

  test('the key and the environment are inherited (PROC-08)', LIMIT, async () => {
    const seen = await run(targets.identify, [], { env: { TEST_VARIABLE: 'x' } });
    assert.deepEqual(seen.authkey, currentProcess().authkey);
    assert.equal(seen.variable, 'x');
    process.env['TEST_VARIABLE'] = 'y';
    assert.equal((await run(targets.identify)).variable, 'y');
    assert.equal((await run(targets.identify, [], { env: { TEST_VARIABLE: undefined } })).variable, undefined);
    delete process.env['TEST_VARIABLE'];
  });

  test('arguments may come in any iterable (PROC-03)', LIMIT, async () => {
    for (const args of [[1, [2]], new Set([1, 2]), new Map([[1, 2]])]) {
      const file = newFile();
      // The type asks for an array; at run time any iterable is taken, as in Python.
      const all = new Set([file, ...args]) as Iterable<unknown> as [string];
      const child = started({ target: targets.identifyInto, args: all });
      await child.join();
      assert.deepEqual((JSON.parse(read(file)) as targets.Identity).args, [...args]);
    }
  });

  test('processes are numbered, and the daemon flag is the given one (PROC-04)', LIMIT, () => {
    const [one, other] = [new Process(), new Process({ daemon: true })];
    const number = Number(/^Process-(\d+)$/.exec(one.name)?.[1]);
    assert.equal(other.name, `Process-${number + 1}`);
    assert.equal(one.daemon, false);
    assert.equal(other.daemon, true);
    class Miner extends Process {}
    assert.equal(new Miner().name, `Miner-${number + 2}`);
  });

  test('the daemon flag of who makes it counts where none is given (PROC-04)', LIMIT, async () => {
    for (const daemon of [true, false]) {
      const file = newFile();
      const child = started({ target: targets.writeFlags, args: [file], daemon });
      await child.join();
      assert.deepEqual(JSON.parse(read(file)), [daemon, daemon, false, true]);
    }
  });

  test('join() with a time-out that is over returns at once (PROC-12)', LIMIT, async () => {
    const child = started({ target: targets.live, daemon: true });
    assert.equal(await child.join(0), undefined);
    assert.equal(await child.join(-1), undefined);
    assert.equal(child.joinSync(0), undefined);
    assert.equal(child.joinSync(-1), undefined);
    assert.equal(child.isAlive(), true);
    child.kill();
    await child.join();
  });

  test('join() returns when its time-out passes, and not before (PROC-13)', LIMIT, async () => {
    const child = started({ target: targets.live });
    for (const wait of [() => child.join(60), () => child.joinSync(60), () => child.join({ timeout: 60 })]) {
      const start = performance.now();
      await Promise.resolve(wait());
      assert.ok(performance.now() - start >= 59);
      assert.equal(child.exitCode, null);
    }
    child.kill();
    child.joinSync();
  });

  test('an aborted join() rejects with the reason', LIMIT, async () => {
    const child = started({ target: targets.live });
    const abort = new AbortController();
    const joined = child.join({ signal: abort.signal });
    abort.abort(new Error('enough'));
    await assert.rejects(joined, /enough/);
    assert.equal(child.isAlive(), true);
    child.kill();
    await child.join();
  });

  test('terminate() and kill() end with their signal (PROC-14, PROC-15)', LIMIT, async () => {
    for (const [end, signal] of [
      ['terminate', SIGTERM],
      ['kill', SIGKILL],
    ] as const) {
      const child = started({ target: targets.live });
      child[end]();
      await child.join();
      assert.equal(child.exitCode, -signal);
      child[end](); // Nobody is there any more: nothing happens.
    }
  });

  test(
    'interrupt() ends a child that does not listen, and runs the handler of one that does (PROC-16)',
    LIMIT,
    async () => {
      const silent = started({ target: targets.live });
      silent.interrupt();
      await silent.join();
      assert.equal(silent.exitCode, -SIGINT);
      const file = newFile();
      const listening = started({ target: targets.catchInterrupt, args: [file] });
      await waitUntil(() => read(file) === 'ready', 'the child listens');
      listening.interrupt();
      await listening.join();
      assert.equal(listening.exitCode, 5);
    },
  );

  test('cpuCount() is an integer of at least one (PROC-17)', LIMIT, () => {
    assert.ok(Number.isInteger(cpuCount()) && cpuCount() >= 1);
  });

  test('joinSync() blocks until the end and knows the exit code', LIMIT, () => {
    const child = started({ target: targets.exitWith, args: [8] });
    child.joinSync();
    assert.equal(child.exitCode, 8);
    assert.equal(child.isAlive(), false);
    assert.ok(!activeChildren().includes(child));
  });

  test('the sentinel is ready after the end only (PROC-20)', LIMIT, async () => {
    const child = new Process({ target: targets.live });
    assert.throws(() => child.sentinel, { code: 'ERR_MP_PROCESS' });
    child.start();
    assert.equal(child.sentinel.isReady(), false);
    const ready = new Promise<void>((resolve) => child.sentinel.whenReady(resolve));
    child.terminate();
    await ready;
    assert.equal(child.sentinel.isReady(), true);
  });

  test('close() is refused while it runs, and final afterwards (PROC-21, PROC-22)', LIMIT, async () => {
    const child = started({ target: targets.live });
    assert.throws(() => child.close(), { code: 'ERR_MP_PROCESS' });
    child.kill();
    await child.join();
    child.close();
    child.close();
    assert.throws(() => child.isAlive(), { code: 'ERR_MP_PROCESS' });
    assert.throws(() => child.joinSync(), { code: 'ERR_MP_PROCESS' });
    assert.throws(() => child.terminate(), { code: 'ERR_MP_PROCESS' });
    assert.throws(() => child.exitCode, { code: 'ERR_MP_PROCESS' });
    await assert.rejects(child.join(), { code: 'ERR_MP_PROCESS' });
  });

  test('after the start nothing holds the target and its arguments (PROC-25)', LIMIT, async () => {
    const gone: string[] = [];
    const registry = new FinalizationRegistry((what: string) => gone.push(what));
    const begin = (): Process => {
      const argument = { text: 'a' };
      const captured = { ms: 2 ** 31 - 1 };
      const target = async (_held: unknown): Promise<void> => {
        await new Promise<void>((resolve) => setTimeout(resolve, captured.ms));
      };
      for (const [what, value] of Object.entries({ argument, captured, target })) registry.register(value, what);
      return started({ target, args: [argument] });
    };
    const child = begin();
    await waitUntil(() => (collectGarbage(), gone.length === 3), 'all three were collected');
    child.kill();
    await child.join();
  });

  test('join() before the start says what to do', LIMIT, async () => {
    await assert.rejects(new Process().join(), /was not started; call start\(\) first/);
  });

  test('an async disposer ends even a child that ignores SIGTERM', LIMIT, async () => {
    const file = newFile();
    let child: Process;
    {
      await using stubborn = started({ target: targets.ignoreTerm, args: [file] });
      child = stubborn;
      await waitUntil(() => read(file) === 'ready', 'the child ignores SIGTERM');
    }
    assert.equal(child.exitCode, -SIGKILL);
  });

  test('a subclass crosses with its fields, and is the current process there (PROC-31)', LIMIT, async () => {
    const file = newFile();
    const child = new targets.Squares(file, [1, 2, 3]);
    child.start();
    const { pid } = child;
    await child.join();
    assert.equal(child.exitCode, 0);
    assert.deepEqual(JSON.parse(read(file)), { squares: [1, 4, 9], isSelf: true, name: 'squares', pid, made: 0 });
  });
});
