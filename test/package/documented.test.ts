import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as manycore from 'manycore';
import { repository } from '../helpers/program.ts';

test('every name that the main door exports is on a page of the documentation', { timeout: 10_000 }, () => {
  const docs = join(repository, 'docs');
  const pages = readdirSync(docs, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  const text = pages.map((name) => readFileSync(join(docs, name), 'utf8')).join('\n');
  const words = new Set(text.match(/\w+/g));
  const missing = Object.keys(manycore).filter((name) => name !== 'default' && !words.has(name));
  assert.deepEqual(missing, []);
});
