import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import type { StartMethod } from '../helpers/matrix.ts';
import { isRunning } from '../helpers/proc.ts';
import { fixture, repository } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { environmentOf, onEachMethod } from './methods.ts';

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
  detached = false,
): Promise<Host> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const host = spawn(process.execPath, [fixture('process/host.mjs'), childWork, hostWork], {
    cwd: repository,
    env: { ...env, ...environmentOf(method) },
    detached,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  host.stderr?.setEncoding('utf8').on('data', (text: string) => (output += text));
  const pids: number[] = [];
  let working = 0;
  createInterface(host.stdout).on('line', (line) => {
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
    const host = await startHost(method, ['live', 'live'], true);
    // A terminal sends the signal to the whole foreground group.
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.signalCode, 'SIGINT');
    assert.equal(host.output(), '');
  });

  test("Ctrl-C leaves the host to the user's own handler", LIMIT, async () => {
    const host = await startHost(method, ['live', 'handle'], true);
    process.kill(-(host.process.pid ?? 0), 'SIGINT');
    await assertNobodyLives(host);
    assert.equal(host.process.exitCode, 0);
    assert.equal(host.output(), 'handled');
  });
});
