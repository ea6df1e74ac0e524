import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { activeChildren, Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { fixture, runProgram } from '../helpers/program.ts';
import { onEachMethod, environmentOf, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };

/** For wrong arguments, which the types would not let pass. */
function make(options: object): unknown {
  return Reflect.construct(Process, [options]);
}

onEachMethod('starting a Process', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('an unknown option names the nearest known one', LIMIT, () => {
    assert.throws(() => make({ deamon: true }), { code: 'ERR_MP_INVALID_ARG', message: /did you mean `daemon`\?/ });
  });

  test('a wrong option is refused with what was expected', LIMIT, () => {
    for (const options of [
      { target: 1 },
      { args: 1 },
      { name: 1 },
      { daemon: 1 },
      { env: 1 },
      { env: { A: 1 } },
      { execArgv: 'x' },
      { execArgv: [1] },
    ]) {
      assert.throws(() => make(options), { name: 'TypeError', code: 'ERR_MP_INVALID_ARG' });
    }
    assert.throws(() => make({ context: 'fork' }), { name: 'RangeError', code: 'ERR_MP_INVALID_ARG' });
  });

  test('what cannot be sent is refused before anything starts', LIMIT, () => {
    const child = new Process({ target: targets.liveWith, args: [Promise.resolve()] });
    assert.throws(() => child.start(), { code: 'ERR_MP_NOT_SENDABLE', message: /args\[0\]/ });
    assert.equal(child.pid, undefined);
    assert.ok(!activeChildren().includes(child));
  });

  test('a daemon may not have children', LIMIT, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
    const file = join(folder, 'answer');
    const child = new Process({ target: targets.startOneInto, args: [file], daemon: true });
    child.start();
    await child.join();
    assert.match(
      readFileSync(file, 'utf8'),
      /^ProcessError: cannot start Process-\d+:1: Process-\d+ is a daemonic process/,
    );
    rmSync(folder, { recursive: true });
    assert.equal(await run(targets.startOne), 'started');
  });

  test('a Node that cannot start is an error of the start', { ...LIMIT, skip: skips(method, 'system-refuses') }, () => {
    const { execPath } = process;
    process.execPath = '/nowhere/node';
    try {
      assert.throws(() => new Process().start(), {
        code: 'ERR_MP_PROCESS',
        message: /\/nowhere\/node ENOENT; the Node that/,
      });
    } finally {
      process.execPath = execPath;
    }
  });

  test(
    'an environment that is too large is an error of the start',
    { ...LIMIT, skip: skips(method, 'environment-limit') },
    () => {
      const env = { TOO_LARGE: 'x'.repeat(1 << 23) };
      assert.throws(() => new Process({ env }).start(), { code: 'ERR_MP_PROCESS', message: /E2BIG.*environment/ });
    },
  );

  test('flags that Node refuses are an error that says so', LIMIT, async () => {
    const { stderr, stdout } = await runProgram(fixture('process/bad-flags.mjs'), { env: environmentOf(method) });
    if (method === 'thread') {
      assert.match(stdout, /ProcessError cannot start Process-1: .*--no-such-flag; threads share the flags/);
      return;
    }
    assert.match(stdout, /WorkerLostError run: process \d+ exited with code 9 before it could begin/);
    assert.match(stderr, /bad option: --no-such-flag/);
  });
});
