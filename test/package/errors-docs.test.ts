import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../helpers/program.ts';

const LIMIT = { timeout: 10_000 };

/** The text of all files below a folder that are written in TypeScript. */
function sourcesIn(folder: string): string {
  const files = readdirSync(join(repository, folder), { recursive: true, encoding: 'utf8' });
  return (
    files
      // The toolchains that tests compare are installed below the tests, with their own sources.
      .filter((file) => file.endsWith('.ts') && !/node_modules|\.cache/.test(file))
      .map((file) => sourceOf(join(folder, file)))
      .join('\n')
  );
}

const sourceOf = (path: string): string => readFileSync(join(repository, path), 'utf8');

test('docs/errors.md has one section per code, with the name of its class', LIMIT, () => {
  const declared = [
    ...sourceOf('src/base/errors.ts').matchAll(/^export class (\w+) [^]*?code(?:: string)? = '(\w+)'/gm),
  ];
  const written = [...sourceOf('docs/errors.md').matchAll(/^### (\w+)\n+`(\w+)`/gm)];
  const classes = declared.map(([, name, code]) => `${code} ${name}`);
  assert.equal(classes.length, 20);
  assert.deepEqual(
    written.map(([, code, name]) => `${code} ${name}`).toSorted(),
    [...classes, 'ERR_MP_INVALID_ARG TypeError'].toSorted(),
  );
});

test('every class of error is thrown by the library and seen by a test, but for their common base', LIMIT, () => {
  const classes = [
    ...sourceOf('src/base/errors.ts').matchAll(/^export class (\w+) [^]*?code(?:: string)? = '(\w+)'/gm),
  ];
  const [source, tests] = [sourcesIn('src'), sourcesIn('test')];
  for (const [, name = '', code = ''] of classes) {
    assert.equal(source.includes(`new ${name}(`), name !== 'ManycoreError', name);
    assert.match(tests, new RegExp(`\\b(${name}|${code})\\b`));
  }
});

test('docs/errors.md lists the codes of all warnings', LIMIT, () => {
  const codes = new Set([...sourcesIn('src').matchAll(/'(WARN_MP_\w+)'/g)].map(([, code = '']) => code));
  const listed = [...sourceOf('docs/errors.md').matchAll(/^\| `(WARN_MP_\w+)`/gm)].map(([, code]) => code);
  assert.deepEqual(listed, [...codes].toSorted());
});
