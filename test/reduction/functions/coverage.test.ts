import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { globSync } from 'tinyglobby';
import { repository } from '../../helpers/program.ts';

/** What must be shown of functions, values and errors that cross; tests carry the numbers. */
const CASES: readonly string[] = [
  'exported function declaration', 'exported arrow', 'anonymous default export', 'renamed export, through a barrel',
  'function that is not exported but used', 'function that nothing captures', 'methods', 'module.exports is the function',
  'members of module.exports', 'CommonJS from ES modules and the reverse', 'TypeScript by type stripping', 'TypeScript by tsx',
  'TypeScript by ts-node and swc-node', 'enums, namespaces, decorators', 'compiled by tsc to ES5, ES2017, ES2022', 'bundled by esbuild',
  'bundled by rollup and mangled by terser', 'bundled by webpack', 'the library in a bundle', 'aliases of paths',
  'closure over values', 'closure over a user module', 'closure over built-in modules', 'closure over require and file names',
  'closure over helpers of compilers', 'closure that returns a closure', 'recursion and cycles', 'async functions and generators',
  'methods and getters by value', 'default parameters and patterns', 'names of inner functions', 'reassigned captures',
  'speed of a hot loop', 'classes by value', 'instances as arguments and results', 'old-style classes',
  'private fields', 'subclasses of built-ins', 'what has no copy', 'captured arguments',
  'bound and native functions', 'proxies and internals', 'functions without a file', 'captures that cannot be sent',
  'import.meta and import()', 'guarded main modules', 'top-level await of pool calls', 'missing guards',
  'unguarded main modules', 'programs without a file', 'odd places of the main module', 'files of tests',
  'permission model', 'debuggers', 'edited modules', 'modules that fail',
  'flags that children do not inherit', 'flags that they do', 'errors arrive as they were', 'what of errors and results cannot be sent',
  'stacks', 'values arrive as they were', 'big buffers', 'memory over many closures',
  'speed of await', 'two copies of the library',
]; // prettier-ignore

test('each of the 66 cases of functions that cross has a test with its number', { timeout: 10_000 }, (context) => {
  assert.equal(CASES.length, 66);
  const places = new Map<string, Set<string>>();
  for (const file of globSync('test/**/*.test.ts', { cwd: repository, ignore: ['**/node_modules/**'] })) {
    for (const [id] of readFileSync(join(repository, file), 'utf8').matchAll(/\bFN-\d\d\b/g)) {
      places.set(id, (places.get(id) ?? new Set()).add(file));
    }
  }
  const rows = CASES.map((title, i) => {
    const id = `FN-${String(i + 1).padStart(2, '0')}`;
    return { id, title, files: [...(places.get(id) ?? [])] };
  });
  for (const { id, title, files } of rows) context.diagnostic(`${id} ${title}: ${files.join(', ')}`);
  assert.deepEqual(
    rows.filter(({ files }) => files.length === 0).map(({ id, title }) => `${id} ${title}`),
    [],
  );
  assert.deepEqual(
    [...places.keys()].filter((id) => !rows.some((row) => row.id === id)),
    [],
  );
});
