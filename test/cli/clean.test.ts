import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fixture, lines, runCli } from './harness.ts';

const LIMIT = { timeout: 60_000 };

interface Names {
  readonly tracked: string;
  readonly untracked: string;
  readonly socket: string;
}

interface Found {
  readonly path: string;
  readonly done: string;
}

/** Runs the program that leaves things behind until it has said what they are called. */
async function leave(how: 'crash' | 'stay'): Promise<{ names: Names; child: ChildProcess }> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const argv = [fixture('leave-things.mjs'), how];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'ignore'], env, timeout: 50_000 });
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data');
  if (how === 'crash') await once(child, 'exit');
  return { names: JSON.parse(String(text)), child };
}

async function clean(...args: string[]): Promise<Map<string, string>> {
  const { code, stdout, stderr } = await runCli(['clean', '--json', ...args]);
  assert.deepEqual([code, stderr], [0, '']);
  const found: Found[] = JSON.parse(stdout);
  return new Map(found.map(({ path, done }) => [path, done]));
}

const block = (name: string): string => join('/dev/shm', name);

test('clean removes what a crashed program left, and says before what it would do', LIMIT, async () => {
  const { names } = await leave('crash');
  const [tracked, untracked, folder] = [block(names.tracked), block(names.untracked), dirname(names.socket)];
  const planned = await clean('--dry-run');
  assert.deepEqual(
    [planned.get(tracked), planned.get(untracked), planned.get(folder)],
    ['would remove', 'kept', 'would remove'],
  );
  assert.ok([tracked, untracked, folder].every((path) => existsSync(path)));
  const done = await clean();
  assert.deepEqual([done.get(tracked), done.get(untracked), done.get(folder)], ['removed', 'kept', 'removed']);
  assert.deepEqual(
    [tracked, untracked, folder].map((path) => existsSync(path)),
    [false, true, false],
  );
  assert.equal((await clean('--untracked')).get(untracked), 'removed');
  assert.equal(existsSync(untracked), false);
});

test('clean leaves alone what a running program uses', LIMIT, async () => {
  const { names, child } = await leave('stay');
  const done = await clean('--untracked');
  const paths = [block(names.tracked), block(names.untracked), dirname(names.socket)];
  assert.deepEqual(
    paths.map((path) => [done.has(path), existsSync(path)]),
    paths.map(() => [false, true]),
  );
  child.stdin?.end();
  await once(child, 'exit');
});

test('clean leaves alone folders that look like its own, but hold something else', LIMIT, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'manycore-'));
  writeFileSync(join(folder, 'listener'), 'a file and no socket');
  const fresh = mkdtempSync(join(tmpdir(), 'manycore-'));
  const old = mkdtempSync(join(tmpdir(), 'manycore-'));
  utimesSync(old, 1, 1);
  const done = await clean();
  assert.deepEqual(
    [folder, fresh, old].map((path) => done.get(path)),
    [undefined, undefined, 'removed'],
  );
  rmSync(folder, { recursive: true });
  rmdirSync(fresh);
});

test(
  'clean leaves alone what a program of another container noted, whose processes are not to be seen',
  LIMIT,
  async () => {
    const folder = '/dev/shm/manycore-999999999-1-1';
    const name = `psm_999999999_${process.pid.toString(16).padStart(8, '0')}`;
    mkdirSync(folder);
    writeFileSync(block(name), 'x');
    writeFileSync(join(folder, `n-${name}`), '1\n');
    const done = await clean('--untracked');
    assert.deepEqual([done.has(block(name)), existsSync(block(name))], [false, true]);
    rmSync(folder, { recursive: true });
    rmSync(block(name));
  },
);

test('clean says in words what it did', LIMIT, async () => {
  const { stdout } = await runCli(['clean', '--dry-run']);
  assert.match(lines(stdout).at(-1) ?? '', /^\d+ left-over\(s\), /);
});
