import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, test } from 'node:test';
import { isRunning } from '../helpers/proc.ts';
import { fixture, repository } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';

const LIMIT = { timeout: 30_000 };
/** What the library promises: no descendant lives longer after its host. */
const PROMISED = { timeout: 2_000 };

async function startHost(what: string): Promise<{ host: ChildProcess; pids: readonly number[] }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const host = spawn(process.execPath, [fixture('pool/host.mjs'), what], {
    cwd: repository,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = await once(createInterface(host.stdout), 'line');
  return { host, pids: String(line).split(',').map(Number) };
}

function namedBlocks(): string[] {
  return readdirSync('/dev/shm').toSorted((a, b) => a.localeCompare(b));
}

describe('a pool whose host ends', () => {
  for (const what of ['idle', 'waiting', 'busy', 'looping', 'flooding', 'blocked']) {
    test(`by kill -9 while ${what} leaves no process and nothing in /dev/shm`, LIMIT, async () => {
      const before = namedBlocks();
      const { host, pids } = await startHost(what);
      assert.equal(pids.length, 2);
      assert.ok(pids.every(isRunning));
      host.kill('SIGKILL');
      await once(host, 'exit');
      await waitUntil(() => !pids.some(isRunning), 'no worker lives', PROMISED);
      assert.deepEqual(namedBlocks(), before);
    });
  }

  for (const [what, code] of [
    ['throwing', 1],
    ['exiting', 4],
  ] as const) {
    test(`by ${what} takes its workers with it`, LIMIT, async () => {
      const { host, pids } = await startHost(what);
      const [exitCode] = await once(host, 'exit');
      assert.equal(exitCode, code);
      await waitUntil(() => !pids.some(isRunning), 'no worker lives', PROMISED);
    });
  }
});
