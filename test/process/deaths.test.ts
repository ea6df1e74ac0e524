import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { StartMethod } from '../helpers/matrix.ts';
import { isRunning, processFacts } from '../helpers/proc.ts';
import { fixture, repository } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { hasScript, onTerminal } from '../helpers/terminal.ts';
import { environmentOf, onEachMethod, skips } from './methods.ts';

const LIMIT = { timeout: 30_000 };
/** What the library promises: no descendant lives longer after its host. */
const PROMISED = { timeout: 2_000 };
const CHILDREN = 3;
/** All but the child that waits for the grandchild. */
const WORKING = 2;

interface Host {
  readonly process: ChildProcess;
  /** Of two children and a grandchild. */
  readonly pids: readonly number[];
  readonly output: () => string;
}

async function startHost(
  method: StartMethod,
  [childWork, hostWork]: readonly [string, string],
  how: 'plain' | 'group' | 'terminal' = 'plain',
): Promise<Host> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const words = [process.execPath, fixture('process/host.mjs'), childWork, hostWork];
  const [file = '', ...args] = how === 'terminal' ? onTerminal(words) : words;
  const host = spawn(file, args, {
    cwd: repository,
    env: { ...env, ...environmentOf(method) },
    detached: how === 'group',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  host.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const pids: number[] = [];
  let working = 0;
  createInterface(host.stdout).on('line', (text) => {
    const line = text.trimEnd();
    if (/^\d+$/.test(line)) pids.push(Number(line));
    else if (line === 'working') working++;
    else output += line;
  });
  await waitUntil(() => pids.length === CHILDREN && working === WORKING, 'the tree works');
  return { process: host, pids, output: () => output };
}

async function assertNobodyLives({ process: host, pids }: Host): Promise<void> {
  if (host.exitCode === null && host.signalCode === null) await once(host, 'exit');
  await waitUntil(() => !pids.some(isRunning), 'no descendant lives', PROMISED);
}

/** A thread cannot be stopped by itself. */
function onlyProcesses(method: StartMethod): { timeout: number; skip: string | false } {
  return { ...LIMIT, skip: skips(method, 'real-signals') };
}

/** Other programs of this machine have named blocks as well. */
function blocksOf({ process: { pid }, pids }: Host): string[] {
  const names = [pid, ...pids].map((id) => new RegExp(`[_-]${id}[_-]`));
  return readdirSync('/dev/shm').filter((block) => names.some((name) => name.test(block)));
}

onEachMethod('deaths', (method) => {
  for (const childWork of ['live', 'loop', 'block']) {
    for (const hostWork of ['live', 'loop', 'join']) {
      test(`kill -9 of a host (${hostWork}) ends its tree (${childWork})`, LIMIT, async () => {
        const host = await startHost(method, [childWork, hostWork]);
        host.process.kill('SIGKILL');
        await assertNobodyLives(host);
        assert.deepEqual(blocksOf(host), []);
      });
    }
  }

  test('a host that was stopped goes on, and its tree too', LIMIT, async () => {
    const host = await startHost(method, ['live', 'live']);
    host.process.kill('SIGSTOP');
    await waitUntil(() => processFacts(host.process.pid ?? 0)?.state === 'T', 'the host is stopped');
    assert.ok(host.pids.every(isRunning));
    host.process.kill('SIGCONT');
    await waitUntil(() => processFacts(host.process.pid ?? 0)?.state !== 'T', 'the host goes on');
    host.process.kill('SIGTERM');
    await assertNobodyLives(host);
  });

  test('kill -9 of a stopped host ends its tree', LIMIT, async () => {
    const host = await startHost(method, ['loop', 'live']);
    host.process.kill('SIGSTOP');
    host.process.kill('SIGKILL');
    await assertNobodyLives(host);
  });

  test('a stopped child ends when it is continued after the death of its host', onlyProcesses(method), async () => {
    const host = await startHost(method, ['live', 'live']);
    const [child = 0] = host.pids;
    process.kill(child, 'SIGSTOP');
    host.process.kill('SIGKILL');
    await once(host.process, 'exit');
    process.kill(child, 'SIGCONT');
    await assertNobodyLives(host);
  });

  for (const hostWork of ['exit', 'throw']) {
    test(`a host that ends by ${hostWork} ends its tree`, LIMIT, async () => {
      const host = await startHost(method, ['live', hostWork]);
      host.process.stdin?.write('now');
      await assertNobodyLives(host);
      assert.equal(host.process.exitCode, hostWork === 'exit' ? 3 : 1);
    });
  }

  test('SIGTERM of a host ends its tree', LIMIT, async () => {
    const host = await startHost(method, ['loop', 'live']);
    host.process.kill('SIGTERM');
    await assertNobodyLives(host);
    assert.equal(host.process.signalCode, 'SIGTERM');
  });

  test('Ctrl-C ends everything quietly', LIMIT, async () => {
    const host = await startHost(method, ['live', 'live'], 'group');
    // A terminal sends the signal to the whole foreground group.
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.signalCode, 'SIGINT');
    assert.equal(host.output(), '');
  });

  test("Ctrl-C leaves the host to the user's own handler", LIMIT, async () => {
    const host = await startHost(method, ['live', 'handle'], 'group');
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.exitCode, 0);
    assert.equal(host.output(), 'handled');
  });

  const terminal = { ...LIMIT, skip: hasScript ? false : 'this machine has no `script`, which makes a terminal' };
  for (const [hostWork, end, output] of [
    ['live', { code: 130, text: '' }, 'quietly'],
    ['handle', { code: 0, text: 'handled' }, "by the user's handler"],
  ] as const) {
    test(`Ctrl-C typed in a terminal ends everything once, ${output}`, terminal, async () => {
      const { process: shell, pids, output: written } = await startHost(method, ['live', hostWork], 'terminal');
      shell.stdin?.write('\x03');
      const [code] = await once(shell, 'exit');
      await waitUntil(() => !pids.some(isRunning), 'no descendant lives', PROMISED);
      // What was typed is shown by the terminal.
      assert.deepEqual({ code, text: written().replaceAll('^C', '').trim() }, end);
    });
  }
});
