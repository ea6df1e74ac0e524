import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, test } from 'node:test';
import { repository } from '../../helpers/program.ts';
import { runNode } from './run-fixture.ts';

const timeout = 60_000;
const PROMPT = '> ';

/** What the REPL says to each line; the next is typed when it prompts again. */
async function converse(lines: readonly string[]): Promise<string[]> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, ['-i'], { cwd: repository, env: { ...env, NODE_NO_WARNINGS: '1' } });
  const answers: string[] = [];
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (!text.endsWith(PROMPT)) return;
    answers.push(text.slice(0, -PROMPT.length).trim());
    text = '';
    const next = lines[answers.length - 1];
    if (next === undefined) child.stdin.end('.exit\n');
    else child.stdin.write(`${next}\n`);
  });
  await new Promise((resolve) => child.on('close', resolve));
  // The first is the welcome.
  return answers.slice(1);
}

test('what is typed into the REPL goes by value, with the variables of other lines (FN-50)', { timeout }, async () => {
  const talk: readonly (readonly [line: string, answer: string])[] = [
    [`const { explain, Pool, run } = require('manycore')`, 'undefined'],
    ['const factor = 3', 'undefined'],
    ['let scaled = (x) => x * factor', 'undefined'],
    ['function added(x) { return x + factor }', 'undefined'],
    ['var shared = { a: 1 }', 'undefined'],
    ['explain(scaled)', `'by value (REPL3:1:14), captures: factor'`],
    ['await run(scaled, [2])', '6'],
    ['await run(added, [2])', '5'],
    ['await run(() => shared.a)', '1'],
    ['const pool = new Pool(1)', 'undefined'],
    ['await pool.map((x) => x + factor, [1, 2])', '[ 4, 5 ]'],
    ['class Pair { constructor(n) { this.n = n } get double() { return this.n * 2 } }', 'undefined'],
    ['(await pool.apply((pair) => new Pair(pair.double), [new Pair(4)])) instanceof Pair', 'true'],
    ['await pool.terminate()', 'undefined'],
  ];
  assert.deepEqual(
    await converse(talk.map(([line]) => line)),
    talk.map(([, answer]) => answer),
  );
});

describe('pools under the permission model', () => {
  const [major = 0] = process.versions.node.split('.').map(Number);
  const flags = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-child-process', '--allow-worker'];
  flags.push(major < 24 ? '--experimental-permission' : '--permission');
  // Node 20 lets addons be.
  if (major >= 22) flags.push('--allow-addons');
  const program = `
    const { Pool } = require('manycore');
    const { triple } = require('./tasks.cjs');
    const factor = 2;
    (async () => {
      for (const context of ['spawn', 'forkserver', 'thread']) {
        const pool = new Pool({ processes: 1, context });
        console.log(await pool.map(triple, [1, 2]), await pool.map((x) => x + 1, [1, 2]));
        console.log(await pool.map((x) => x + factor, [1, 2]).catch((error) => error.message));
        await pool.terminate();
      }
    })();`;
  const refused =
    "cannot send function 'anonymous' to another process: it uses 'factor' from around it, and this Node refuses the inspector " +
    '(permission model): send exported or registered functions, or start with --allow-inspector';

  test('run exported functions and texts without captures, and refuse closures (FN-53)', { timeout }, async () => {
    const run = await runNode('', { flags: [...flags, '-e', program] });
    assert.equal(run.stdout, `[ 3, 6 ] [ 2, 3 ]\n${refused}\n`.repeat(3), run.stderr);
  });

  const skip = !process.allowedNodeEnvironmentFlags.has('--allow-inspector') && 'this Node has no --allow-inspector';
  test('run closures too when the inspector is allowed (FN-53)', { timeout, skip }, async () => {
    const run = await runNode('', { flags: [...flags, '--allow-inspector', '-e', program] });
    assert.equal(run.stdout, '[ 3, 6 ] [ 2, 3 ]\n[ 3, 4 ]\n'.repeat(3), run.stderr);
  });
});
