import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { ProcessOptions } from '#internal/process/options.js';
import { Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { fixture, runProgram } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod, environmentOf, skips } from './methods.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
after(() => rmSync(folder, { recursive: true }));
const program = fixture('process/endings.mjs');

async function codeOf<A extends readonly unknown[]>(
  target: (...args: A) => unknown,
  args: A,
  more: ProcessOptions = {},
): Promise<number | null> {
  const child = new Process({ ...more, target, args });
  child.start();
  await child.join();
  return child.exitCode;
}

onEachMethod('Process endings', (method) => {
  const env = environmentOf(method);
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('the code of process.exit is the exit code (PROC-34)', LIMIT, async () => {
    assert.equal(await codeOf(targets.exitWith, [8]), 8);
    assert.equal(await codeOf(targets.exitWith, [0]), 0);
    assert.equal(await codeOf(targets.exitWith, []), 0);
    assert.equal(await codeOf(targets.exitWith, [null]), 0);
    assert.equal(await codeOf(targets.setExitCode, [7]), 7);
  });

  test(
    'a signal that a child sends itself is its exit code',
    { ...LIMIT, skip: skips(method, 'real-signals') },
    async () => {
      const { SIGABRT, SIGKILL } = constants.signals;
      assert.equal(await codeOf(targets.killSelf, ['SIGABRT']), -SIGABRT);
      assert.equal(await codeOf(targets.killSelf, ['SIGKILL']), -SIGKILL);
    },
  );

  test('a child waits for what its target started (PROC-27)', LIMIT, async () => {
    const file = join(folder, 'later');
    assert.equal(await codeOf(targets.writeLater, [file, 'done']), 0);
    assert.equal(readFileSync(file, 'utf8'), 'done');
  });

  test(
    'joinSync() outlasts signals, and their handlers run afterwards (PROC-36)',
    { ...LIMIT, skip: skips(method, 'PROC-36') },
    async () => {
      let heard = 0;
      const count = (): void => void heard++;
      process.on('SIGWINCH', count);
      const child = new Process({ target: targets.signalParent, args: ['SIGWINCH', 3] });
      child.start();
      child.joinSync();
      assert.equal(child.exitCode, 6);
      await waitUntil(() => heard > 0, 'the handler ran');
      process.off('SIGWINCH', count);
    },
  );

  test('exit handlers of a child run (PROC-35)', LIMIT, async () => {
    const file = join(folder, 'exit');
    assert.equal(await codeOf(targets.writeAtExit, [file, 'left']), 0);
    assert.equal(readFileSync(file, 'utf8'), 'left 0');
  });

  test('an uncaught error is on stderr, whole and with the name, and the code is 1 (PROC-32)', LIMIT, async () => {
    for (const kind of ['throwError', 'rejectLater', 'throwInTimer']) {
      const { stdout, stderr } = await runProgram(program, { env, args: [kind, 'so it goes'] });
      assert.match(
        stderr,
        /^Process Process-1 \(pid \d+(?:, thread \d+)?\):\nRangeError: so it goes\n {4}at .*targets\.mjs/,
      );
      assert.equal(stdout, 'exit code 1\n');
    }
  });

  test('a thrown object that is no error is printed (PROC-33)', LIMIT, async () => {
    const { stdout, stderr } = await runProgram(program, { env, args: ['throwObject'] });
    assert.match(stderr, /^Process Process-1 \(pid \d+(?:, thread \d+)?\):\n\{ reason: 'because' \}\n$/);
    assert.equal(stdout, 'exit code 1\n');
  });

  test("the target's own handler may take an uncaught error", LIMIT, async () => {
    const { stdout, stderr } = await runProgram(program, { env, args: ['catchAll'] });
    assert.equal(stderr, '');
    assert.equal(stdout, 'caught: later\nexit code 0\n');
  });

  test('a promise that nothing can settle ends the child with code 13, as in Node', LIMIT, async () => {
    const { stdout, stderr } = await runProgram(program, { env, args: ['neverSettles'] });
    assert.match(stderr, /Process-1 \(pid \d+(?:, thread \d+)?\):\nits work awaits a promise that nothing can settle/);
    assert.equal(stdout, 'exit code 13\n');
  });

  test('everything written to a slow pipe before process.exit arrives, in order (PROC-32)', LIMIT, async () => {
    const { stdout } = await runProgram(program, { env, args: ['writeMuchAndExit', '5000'] });
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.pop(), 'exit code 0');
    assert.equal(lines.length, 5000);
    assert.ok(lines.every((line, i) => line.startsWith(`line ${i} `)));
  });

  test('a child starts although its parent closed its output (PROC-28)', LIMIT, async () => {
    const file = join(folder, 'closed');
    const { stdout } = await runProgram(fixture('process/closed-output.mjs'), { env, args: [file] });
    assert.equal(stdout, '');
    assert.equal(readFileSync(file, 'utf8'), '0 0');
  });

  test('a child may close or remove its own output (PROC-29)', LIMIT, async () => {
    assert.equal((await runProgram(program, { env, args: ['closeOutput'] })).stdout, 'exit code 0\n');
    assert.equal((await runProgram(program, { env, args: ['removeOutput'] })).stdout, 'exit code 0\n');
  });

  test('a module that starts a process when it is imported is refused in the child (CTX-08)', LIMIT, async () => {
    const { stderr, stdout } = await runProgram(fixture('process/unguarded.mjs'), { env });
    assert.match(stderr, /BootstrapError: tried to start a Process while this child process was still importing/);
    assert.match(stderr, /isMain\(import\.meta\)/);
    assert.equal(stdout, 'exit code 1\n');
  });
});
