import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../helpers/program.ts';

const sourceOf = (path: string): string => readFileSync(join(repository, path), 'utf8');

test('docs/errors.md has one section per code, with the name of its class', { timeout: 10_000 }, () => {
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
