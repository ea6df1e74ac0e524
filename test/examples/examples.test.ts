import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { TYPESCRIPT } from '../helpers/typescript.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const LIMIT = { timeout: 60_000 };
const runProgram = promisify(execFile);

/** Runs an example as its README says, and gives the lines it printed. Fails when it prints an error or ends with one. */
async function linesOf(name: string, ...args: readonly string[]): Promise<string[]> {
  const flags = name.endsWith('.ts') ? TYPESCRIPT : [];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { stdout, stderr } = await runProgram(process.execPath, [...flags, `examples/${name}`, ...args], {
    cwd: ROOT,
    env,
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  assert.equal(stderr, '');
  return stdout.split('\n').filter((line) => line !== '');
}

const TIME = /^ *(?:Sequential|Parallel): \d+\.\d\ds$|^ *Speedup: \d+\.\d\dx$/;

/** What each example prints; measured times are left out by the helper below. */
const tests: Record<string, () => Promise<void>> = {
  '01-processes.ts': async () => {
    const lines = await linesOf('01-processes.ts');
    assert.equal(lines.filter((line) => /^Process Worker-\d \(PID: \d+\) starting\.\.\.$/.test(line)).length, 5);
    assert.equal(lines.filter((line) => /^Process Worker-\d completed$/.test(line)).length, 5);
    const pids = lines.flatMap((line) => /PID: (\d+)/.exec(line)?.[1] ?? []);
    assert.equal(new Set(pids).size, 5);
    assert.ok(lines.includes('Exit codes: 0, 0, 0'));
    assert.ok(lines.includes('Bad ended with exit code 3'));
    assert.equal(lines.at(-1), 'Result from Worker-4');
  },
  '02-pool.ts': async () => {
    const lines = await linesOf('02-pool.ts', '100');
    assert.deepEqual(withoutTimes(lines), [
      ...[20, 40, 60, 80, 100].map((size) => `Matrix ${size}: shape (${size}, ${size})`),
      'Same results: true',
    ]);
    assert.equal(lines.filter((line) => TIME.test(line)).length, 3);
  },
  '02-pool.mjs': async () => assert.deepEqual(await linesOf('02-pool.mjs'), ['[ 1229, 2262, 3245, 4203 ]']),
  '03-callbacks.ts': async () => {
    const lines = await linesOf('03-callbacks.ts');
    assert.deepEqual(lines.slice(0, 6).toSorted(), [
      'Task 10000 completed with result: 333283335000',
      'Task 20000 completed with result: 2666466670000',
      'Task 30000 completed with result: 8999550005000',
      'Task 40000 completed with result: 21332533340000',
      'Task 50000 completed with result: 41665416675000',
      'Task failed: 60000 is too much',
    ]);
    assert.deepEqual(lines.slice(6), ['With promises: fulfilled, rejected']);
  },
  '04-error-handling.ts': async () => {
    assert.deepEqual(await linesOf('04-error-handling.ts'), [
      'Task 1: 1',
      'Task 2: 4',
      'Task -3 failed: Negative input not allowed',
      'Task 4: 16',
      'Task -5 failed: Negative input not allowed',
      'Caught a RangeError: Negative input not allowed, thrown in square()',
      'Settled: 1, 4, failed, 16, failed',
      'Fragile 1: 1',
      'Fragile 2: 4',
      'Fragile -3: worker lost, exit code 13',
      'Fragile 4: 16',
      'Fragile -5: worker lost, exit code 13',
    ]);
  },
  '05-resource-management.ts': async () => {
    const lines = await linesOf('05-resource-management.ts');
    assert.deepEqual(lines, ['Cubes: 1, 8, 27, 64', 'Sum: 42', 'After the block: Pool is not running']);
  },
  '06-cpu-or-memory-bound.ts': async () => {
    const lines = await linesOf('06-cpu-or-memory-bound.ts', '1');
    const heads = lines.filter((line) => !line.startsWith(' '));
    assert.match(heads.join(), /^CPU-bound: 4 calls on \d+ workers?,Memory-bound: 4 calls on \d+ workers?$/);
    assert.equal(lines.filter((line) => /^ {2}Results +the same$/.test(line)).length, 2);
    assert.equal(lines.filter((line) => /^ {2}Speed-up +\d+\.\d\d x/.test(line)).length, 2);
  },
  '07-entry-guard.ts': async () => {
    const items = [1, 2, 3].map((item) => `item ${item} was handled by a worker`);
    assert.deepEqual(await linesOf('07-entry-guard.ts'), ['This is the program', ...items]);
  },
  '07-entry-guard.cjs': async () => assert.deepEqual(await linesOf('07-entry-guard.cjs'), ['[ 1, 4, 9 ]']),
};

function withoutTimes(lines: readonly string[]): string[] {
  return lines.filter((line) => !TIME.test(line));
}

describe('examples', () => {
  for (const [name, body] of Object.entries(tests)) test(`${name} prints what it promises`, LIMIT, body);

  test('each program from 01 to 07 has its test here', () => {
    // Later numbers belong to other parts of the library, each with tests of its own.
    const programs = readdirSync(new URL('examples', `file://${ROOT}`)).filter((name) =>
      /^0[1-7]-.*\.(?:ts|mjs|cjs)$/.test(name),
    );
    assert.deepEqual(programs.toSorted(), Object.keys(tests).toSorted());
  });
});
