import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import type { StartMethod } from '../helpers/matrix.ts';
import { fixture, repository } from '../helpers/program.ts';
import { environmentOf, onEachMethod } from './methods.ts';

const LIMIT = { timeout: 60_000 };
/** The limit of processes counts those of a user, and not the superuser's. */
const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const mayBeNobody = process.geteuid?.() === 0 && spawnSync('setpriv', ['--version']).status === 0;

/** What the program `process/limits.mjs` says with that limit. */
function runLimited(method: StartMethod, limit: string, what: string, who: readonly string[] = []): string[] {
  // The test runner's own variable would make the program report in its binary protocol.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env;
  const command = `ulimit ${limit} && exec "$0" "$1" "$2"`;
  const [file, ...args] = [...who, 'bash', '-c', command, process.execPath, fixture('process/limits.mjs'), what];
  const env = { ...own, ...environmentOf(method) };
  const options = { cwd: repository, encoding: 'utf8', timeout: 50_000, env } as const;
  const { stdout, stderr, status } = spawnSync(file, args, options);
  assert.equal(status, 0, stderr);
  return stdout.trimEnd().split('\n');
}

onEachMethod('limits of the machine', (method) => {
  test('without a descriptor a start is an error that says so, or its child ends, and later ones work', LIMIT, () => {
    const [start = '', pool = '', ...rest] = runLimited(method, '-n 100', 'descriptors');
    // A thread has begun before it needs one, and says on the error stream that there is none. A prepared process has its own.
    if (method === 'thread') assert.equal(start, 'all started');
    else if (method === 'spawn' || start !== 'all started')
      assert.match(start, /^ERR_MP_PROCESS cannot start Process-\d+: .*EMFILE/);
    assert.match(pool, method === 'spawn' ? /^pool ProcessError$/ : /^pool (?:1|\w+Error)$/);
    assert.deepEqual(rest, ['again 2']);
  });

  test('a system that has no room for processes refuses them with words, and later ones work', LIMIT, (context) => {
    if (!mayBeNobody) return context.skip('only the superuser may become a user who has no other processes');
    const [start = '', pool = '', ...rest] = runLimited(method, '-u 150', 'processes', NOBODY);
    // Children that have no room for their own threads end at once, and make room for others.
    assert.match(start, /^(?:all started$|ERR_MP_PROCESS cannot start Process-\d+: .*(?:EAGAIN|INIT_FAILED|room))/);
    assert.match(pool, /^pool (?:1|\w+Error)$/);
    assert.deepEqual(rest, ['again 2']);
  });
});
