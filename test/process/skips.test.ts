import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository } from '../helpers/program.ts';
import { SKIPS } from './methods.ts';

test('the guide has the table of what is left out with which start method', { timeout: 10_000 }, () => {
  const page = readFileSync(join(repository, 'docs/guide/start-methods.md'), 'utf8');
  const [, section = ''] = page.split('## What the tests leave out\n');
  const rows = section.split('\n').filter((line) => /^\| .*`(?:spawn|forkserver|thread)` \|/.test(line));
  const expected = Object.values(SKIPS).flatMap(({ what, why }) =>
    Object.entries(why).map(([method, reason]) => `| ${what} | \`${method}\` | ${reason} |`),
  );
  assert.deepEqual(rows.toSorted(), expected.toSorted());
});
