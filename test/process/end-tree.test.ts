import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { currentProcess, Process, run } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { isSpare } from '../helpers/matrix.ts';
import { isRunning, processFacts } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod, skips } from './methods.ts';
import * as targets from './targets.ts';
import { startShell, startShellBelow } from './tree-targets.ts';

const LIMIT = { timeout: 30_000 };
/** Three that sleep, one of them in a session of its own, and a shell that starts one after the other. */
const PROGRAMS = 'sleep 1000 & (sleep 1000; :) & setsid sleep 1000 & while :; do sleep 0.01; done';
const AT_LEAST = 4;

let marks = 0;

/** Those that a fork server has prepared have it too. */
const isPrepared = (pid: number): boolean => isSpare('forkserver', processFacts(pid)?.commandLine ?? '');

/** An environment by which whatever a child starts is known, whoever its parent is by now. */
function mark(): { readonly MANYCORE_TEST_MARK: string } {
  return { MANYCORE_TEST_MARK: `${process.pid}-${++marks}-` };
}

function marked({ MANYCORE_TEST_MARK: text }: ReturnType<typeof mark>): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/environ`, 'latin1').includes(`MANYCORE_TEST_MARK=${text}`);
      } catch {
        return false; // It ended between the listing and now.
      }
    })
    .map(Number)
    .filter((pid) => isRunning(pid) && !isPrepared(pid));
}

/** For wrong arguments, which the types would not let pass. */
const wrong = (value: unknown): never => value as never;

onEachMethod('ending a tree', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });
  const processes = { ...LIMIT, skip: skips(method, 'tree') };

  for (const [how, exitCode] of [
    ['terminate', -15],
    ['kill', -9],
  ] as const) {
    for (const target of [startShell, startShellBelow]) {
      test(
        `${how} ends programs that ${target.name} started, and whatever they start (LKY-08)`,
        processes,
        async () => {
          const env = mark();
          const child = new Process({ target, args: [PROGRAMS], env });
          child.start();
          await waitUntil(() => marked(env).length >= AT_LEAST, 'the programs run');
          child[how]({ tree: true });
          await child.join();
          assert.equal(child.exitCode, exitCode);
          await waitUntil(() => marked(env).length === 0, 'none of them runs');
        },
      );
    }
  }

  test('programs that handle the signal do what they do then', processes, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const [ready, ended] = [join(folder, 'ready'), join(folder, 'ended')];
    const script = `trap 'touch ${ended}; exit 0' TERM; touch ${ready}; while :; do sleep 0.01; done`;
    const child = new Process({ target: startShell, args: [script] });
    child.start();
    await waitUntil(() => existsSync(ready), 'the program runs');
    child.terminate({ tree: true });
    await child.join();
    await waitUntil(() => existsSync(ended), 'it has handled the signal');
    rmSync(folder, { recursive: true });
  });

  test('unless it is asked for, programs that a child started are its own business', processes, async () => {
    const env = mark();
    const child = new Process({ target: startShell, args: ['exec sleep 1000'], env });
    child.start();
    await waitUntil(() => marked(env).length > 0, 'the program runs');
    const programs = marked(env);
    child.terminate();
    await child.join();
    assert.ok(programs.every(isRunning));
    for (const pid of programs) process.kill(pid, 'SIGKILL');
    await waitUntil(() => !programs.some(isRunning), 'it has ended');
  });

  test('what has no tree of its own says so, and wrong options are refused', LIMIT, async () => {
    const child = new Process({ target: targets.live, daemon: true });
    assert.throws(() => child.terminate({ tree: true }), { code: 'ERR_MP_PROCESS', message: /was not started/ });
    child.start();
    assert.throws(() => child.terminate(wrong({ trees: true })), { message: /did you mean `tree`\?/ });
    assert.throws(() => child.kill(wrong({ tree: 1 })), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => currentProcess().terminate({ tree: true }), {
      code: 'ERR_MP_PROCESS',
      message: /not a child of this process/,
    });
    if (method === 'thread') {
      const told = { code: 'ERR_MP_PROCESS', message: /it is a thread, and .* use another start method/ };
      assert.throws(() => child.terminate({ tree: true }), told);
    }
    assert.equal(child.isAlive(), true);
    child.kill();
    await child.join();
    if (method !== 'thread') child.kill({ tree: true });
    assert.equal(child.exitCode, -9);
  });
});
