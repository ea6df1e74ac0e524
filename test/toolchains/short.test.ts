import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMethods } from '../helpers/matrix.ts';
import { repository } from '../helpers/program.ts';

// The short form of `npm run test:toolchains`: what the repository's own tools can compile.
test(
  'functions of every kind cross under tsx, tsc and a minifying bundler (FN-12, FN-15, FN-16)',
  { timeout: 120_000 },
  () => {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(repository, 'test/toolchains/run.mjs'), '--short', '--method', startMethods.join(',')],
      {
        encoding: 'utf8',
        env,
        timeout: 110_000,
      },
    );
    assert.equal(status, 0, `${stdout}\n${stderr}`);
    assert.match(stdout, new RegExp(`^${6 * startMethods.length} passed, 0 failed$`, 'm'));
  },
);
