import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMethods } from '../helpers/matrix.ts';
import { repository } from '../helpers/program.ts';

const installed = existsSync(join(repository, 'test/toolchains/node_modules/webpack'));
const uninstalled = installed ? false : 'npm run test:toolchains installs the tools';
const strips = 'typescript' in process.features && process.features.typescript !== false;
const [major = ''] = process.versions.node.split('.');

function takeThrough(...names: readonly string[]): void {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [
    join(repository, 'test/toolchains/run.mjs'),
    ...names,
    '--node',
    major,
    '--method',
    startMethods.join(','),
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env, timeout: 170_000 });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /^[1-9]\d* passed, 0 failed$/m);
}

const timeout = 180_000;

test(
  'functions cross in files whose types Node strips (FN-11)',
  { timeout, skip: !strips && 'this Node strips no types' },
  () => {
    takeThrough('strip');
  },
);

test('functions cross under ts-node and swc-node (FN-13)', { timeout, skip: uninstalled }, () => {
  takeThrough('ts-node', 'swc-node');
});

test('functions cross in a bundle whose top level is mangled (FN-17)', { timeout, skip: uninstalled }, () => {
  takeThrough('rollup-terser');
});

test('functions cross in a bundle of webpack (FN-18)', { timeout, skip: uninstalled }, () => {
  takeThrough('webpack');
});

test('functions of test files cross under every runner (FN-52)', { timeout, skip: uninstalled }, () => {
  takeThrough('node-test', 'mocha', 'vitest', 'jest');
});
