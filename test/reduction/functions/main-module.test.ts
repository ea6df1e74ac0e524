import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { fixture, MODES, runNode, type RunOptions } from './run-fixture.ts';

const SHARED = new URL('main/shared.mjs', new URL('../../../../test/fixtures/functions/', import.meta.url)).href;
const timeout = 60_000;

async function outputOf(program: string, options?: RunOptions): Promise<string> {
  const { stdout, stderr, exitCode } = await runNode(program, options);
  assert.equal(exitCode, 0, stderr);
  return stdout;
}

for (const mode of MODES) {
  const env = { HARNESS: mode };

  describe(`the main module, to a ${mode}`, () => {
    for (const program of ['is-main.mjs', 'is-main.cjs', 'require-main.cjs', 'argv.mjs']) {
      test(`${program}: a guarded program is imported, and its guard is false there (FN-46)`, { timeout }, async () => {
        assert.equal(await outputOf(fixture(`main/${program}`), { env }), 'loaded\nloaded\n2 reference task\n');
      });
    }

    for (const program of ['unguarded.mjs', 'unguarded.cjs']) {
      test(
        `${program}: a program without guard runs once, its functions go by value (FN-47, FN-49, LKY-10)`,
        { timeout },
        async () => {
          assert.equal(await outputOf(fixture(`main/${program}`), { env }), 'loaded\n2 value\n');
        },
      );
    }

    for (const program of ['unguarded-pool.mjs', 'unguarded-pool.cjs']) {
      test(
        `${program}: a missing guard is an error with the line that starts processes (FN-48)`,
        { timeout },
        async () => {
          const output = await outputOf(fixture(`main/${program}`), { env });
          assert.match(
            output,
            /^BootstrapError ERR_MP_BOOTSTRAP tried to start a Pool of child processes while this child process was still/,
          );
          assert.ok(output.includes('if (isMain(import.meta)) {'));
          assert.match(output, new RegExp(`main/${program.replace('.', '\\.')}:\\d+:1`));
        },
      );
    }

    test('start-up code that goes on later is known as such (FN-48)', { timeout }, async () => {
      assert.match(
        await outputOf(fixture('main/unguarded-pool.mjs'), { env: { ...env, LATER: '1' } }),
        /^BootstrapError/,
      );
    });
  });
}

describe('programs without a file', () => {
  const module = `import { call, last, stop } from '${SHARED}'; const k = 3; function f(x) { return x * k } export const g = (x) => x;
    console.log(await call(f, [2]), await call(g, [2]), last.kind); stop()`;
  const script = `const k = 3; var v = 4; function f(x) { return x + v }
    import('${SHARED}').then(async ({ call, last, stop }) => { console.log(await call((x) => x * k, [2]), await call(f, [2]), last.kind); stop() })`;

  test('node -e runs its functions by value (FN-50)', { timeout }, async () => {
    assert.equal(await outputOf('', { flags: ['--input-type=module', '-e', module] }), '6 2 value\n');
    assert.equal(await outputOf('', { flags: ['-e', script] }), '6 6 value\n');
  });

  test('a program from the standard input runs its functions by value (FN-50)', { timeout }, async () => {
    assert.equal(await outputOf('-', { flags: ['--input-type=module'], input: module }), '6 2 value\n');
    assert.equal(await outputOf('-', { input: script }), '6 6 value\n');
  });
});

describe('odd places of the main module', () => {
  let directory = '';
  const source = (imports: string, guard: string): string => `${imports}
console.log('loaded');
const task = (x) => x + 1;
const main = async () => { console.log(await call(task, [1]), last.kind); stop() };
if (${guard}) void main();
`;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'manycore-main-'));
    await mkdir(join(directory, 'a b#é'));
    await mkdir(join(directory, 'index'));
    const esm = source(`import { call, isMain, last, stop } from '${SHARED}';`, 'isMain(import.meta)');
    await writeFile(join(directory, 'a b#é', 'main.mjs'), esm);
    await symlink(join('a b#é', 'main.mjs'), join(directory, 'link.mjs'));
    await symlink('a b#é', join(directory, 'linked'));
    const commonJs = source(
      `const { call, isMain, last, stop } = require(${JSON.stringify(fixture('main/shared.mjs'))});`,
      'isMain(module)',
    );
    await writeFile(join(directory, 'index', 'index.js'), commonJs.replace('const task', 'const task = exports.task'));
  });
  after(() => rm(directory, { recursive: true }));

  for (const [what, path] of [
    ['a symbolic link', 'link.mjs'],
    ['a linked directory', 'linked/main.mjs'],
    ['spaces, # and letters beyond ASCII', 'a b#é/main.mjs'],
    ['a directory', 'index'],
    ['no extension', 'index/index'],
  ] as const) {
    test(`${what}: isMain is true here and false in the child (FN-51)`, { timeout }, async () => {
      assert.equal(await outputOf(join(directory, path)), 'loaded\nloaded\n2 reference\n');
    });
  }
});
