import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as compact from '#internal/reduction/compact-tags.js';
import * as graph from '#internal/reduction/graph-tags.js';
import { repository } from '../helpers/program.ts';

test('the joined file names no number of a format, but has it', { timeout: 5000 }, () => {
  const text = readFileSync(join(repository, 'dist/library.cjs'), 'utf8');
  const names = [...Object.keys(compact), ...Object.keys(graph)];
  const left = names.filter((name) => new RegExp(`\\b(?:tag|compact)\\.${name}\\b`).test(text));
  assert.deepEqual(left, []);
  assert.match(text, new RegExp(`case ${graph.LIST} *:`));
});
