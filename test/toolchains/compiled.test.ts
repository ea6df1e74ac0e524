import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repository } from '../helpers/program.ts';
import { fixture, MODES, runCases, runNode, type Outcome } from '../reduction/functions/run-fixture.ts';

const timeout = 60_000;
const requireHere = createRequire(import.meta.url);
// The bundler that tsx itself works with.
const { build } = createRequire(requireHere.resolve('tsx/package.json'))('esbuild') as {
  build(options: object): Promise<unknown>;
};
const strips = 'typescript' in process.features && process.features.typescript !== false;

function assertSame(outcome: Outcome | undefined, kind: string): void {
  assert.ok(outcome && !outcome.error, outcome?.error);
  assert.equal(outcome.remote, outcome.local);
  assert.equal(outcome.kind, kind);
}

for (const mode of MODES) {
  const tsx = { flags: ['--import', 'tsx'], env: { HARNESS: mode } };

  describe(`what is more than types, to a ${mode}`, () => {
    const outcomes = runCases('enums/main.ts', tsx);

    test('a module with an enum, a namespace and a decorator is imported under tsx (FN-14)', { timeout }, async () => {
      assertSame((await outcomes).get('module with an enum'), 'reference');
    });

    test('an enum can be captured under tsx (FN-14)', { timeout }, async () => {
      assertSame((await outcomes).get('closure over an enum'), 'value');
    });
  });

  describe(`aliases of paths, to a ${mode}`, () => {
    const outcomes = runCases('alias/main.ts', { ...tsx, cwd: fixture('alias') });

    test('a module that imports by an alias is imported in the child (FN-20)', { timeout }, async () => {
      assertSame((await outcomes).get('module that imports by an alias'), 'reference');
    });

    test('a function that was imported by an alias can be captured (FN-20)', { timeout }, async () => {
      assertSame((await outcomes).get('closure over an import by an alias'), 'value');
    });
  });
}

test(
  'under type stripping a program with more than types itself fails first (FN-14)',
  { timeout, skip: !strips && 'this Node strips no types' },
  async () => {
    const { exitCode, stderr } = await runNode(fixture('enums/main.ts'));
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX|SyntaxError/);
  },
);

test('a bundle that took the library in is told to leave it out (FN-19)', { timeout }, async (context) => {
  const folder = mkdtempSync(join(repository, '.build', 'bundle-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const main = join(folder, 'main.mjs');
  writeFileSync(main, `import { Pool } from 'manycore'; new Pool(1);`);
  const says = {
    cjs: /ProcessError\d*: cannot start an? .+: the file that its processes begin with is not there \(.+process\.cjs\), most likely because a bundler took this library in; mark 'manycore' as external in its options/,
    esm: /Error: manycore: a bundler took this library in; mark 'manycore' as external in its options/,
  };
  for (const format of ['cjs', 'esm'] as const) {
    const outfile = join(folder, format === 'cjs' ? 'bundle.cjs' : 'bundle.mjs');
    await build({ entryPoints: [main], outfile, bundle: true, platform: 'node', format, logLevel: 'silent' });
    const { exitCode, stderr } = await runNode(outfile);
    assert.equal(exitCode, 1);
    assert.match(stderr, says[format]);
  }
});
