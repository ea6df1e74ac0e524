import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { withoutAddon } from '../helpers/without-addon.ts';
import { fixture, repository } from '../helpers/program.ts';

const LIMIT = { timeout: 60_000, skip: withoutAddon('named') };

/** Runs a program behind some commands of the shell that set its limits. */
function runLimited(
  limits: string,
  program: string,
): { code: number | null; lines: readonly string[]; errors: string } {
  // The test runner's own variable would make the program report in its binary protocol.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const command = `${limits} && exec "$0" "$1"`;
  const argv = ['-c', command, process.execPath, fixture(`shared-memory/${program}.mjs`)];
  const options = { cwd: repository, encoding: 'utf8', timeout: 50_000, env } as const;
  const isMount = limits.startsWith('mount');
  const { status, stdout, stderr } = isMount
    ? spawnSync('unshare', ['-rm', 'bash', ...argv], options)
    : spawnSync('bash', argv, options);
  return { code: status, lines: stdout.trimEnd().split('\n'), errors: stderr };
}

function canMount(): boolean {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/dev/shm']).status === 0;
}

describe('limits of the machine', () => {
  test('a full folder of shared memory is an error that says so, and leaves nothing', LIMIT, (context) => {
    if (!canMount()) return context.skip('this user may not mount anything, not even for himself');
    const { code, lines, errors } = runLimited('mount -t tmpfs -o size=1m tmpfs /dev/shm', 'full-folder');
    assert.deepEqual(lines, ['ENOSPC true', 'ENOSPC true', 'ENOSPC true', '0 7', '2097152'], errors);
    assert.deepEqual([code, errors], [0, '']);
  });

  test('without descriptors, what needs one is an error, and all else works', LIMIT, () => {
    const { code, lines, errors } = runLimited('ulimit -n 64', 'no-descriptors');
    const failed = ['create EMFILE', 'attach EMFILE', 'listen EMFILE', 'connect EMFILE'];
    assert.deepEqual(lines, [...failed, 'array 1000000', 'queue 1048576', 'pipe through', 'left 0'], errors);
    assert.deepEqual([code, errors], [0, '']);
  });

  test('where files may not be long, the error names the limit', LIMIT, () => {
    const { code, lines, errors } = runLimited('ulimit -f 1000', 'short-files');
    assert.deepEqual(lines, ['RangeError EFBIG true'], errors);
    assert.deepEqual([code, errors], [0, '']);
  });

  for (const gigabytes of [3, 6]) {
    test(`with ${gigabytes} GB of addresses, a program has what fits in them`, LIMIT, () => {
      const { code, lines, errors } = runLimited(`ulimit -v ${gigabytes}000000`, 'few-addresses');
      assert.deepEqual(lines, ['RangeError ENOMEM', '3'], errors);
      assert.deepEqual([code, errors], [0, '']);
    });
  }
});
