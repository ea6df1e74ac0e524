import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { fixture, fixtures, MODES, runCases, runNode } from './run-fixture.ts';

const timeout = 60_000;

/** The part of the harness that is used here. */
interface Harness {
  call<A extends readonly unknown[], R>(fn: (...args: A) => R, args: A): Promise<Awaited<R>>;
  readonly last: { readonly kind?: string };
  stop(): void;
}

describe('loaders of the program', () => {
  const flags = ['-C', 'special', '-r', './preload.cjs', '--import', './register-hooks.mjs'];
  const cwd = fixture('resolution');
  const expected = 'special,virtual,preloaded reference\nvirtual value\n';

  for (const mode of MODES) {
    test(`conditions, preloaded modules and hooks count for a ${mode} too (FN-58)`, { timeout }, async () => {
      const run = await runNode('main.mjs', { flags, cwd, env: { HARNESS: mode } });
      assert.equal(run.stdout, expected, run.stderr);
    });
  }

  test('so do those of NODE_OPTIONS (FN-58)', { timeout }, async () => {
    const run = await runNode('main.mjs', { cwd, env: { NODE_OPTIONS: flags.join(' ') } });
    assert.equal(run.stdout, expected, run.stderr);
  });

  // Processes of the harness: see `reference.test.ts`.
  for (const mode of MODES.filter((one) => one !== 'process')) {
    test(`a ${mode} loads TypeScript as the program does under tsx (FN-12)`, { timeout }, async () => {
      const outcomes = await runCases('typescript.ts', { flags: ['--import', 'tsx'], env: { HARNESS: mode } });
      assert.equal(outcomes.size, 9);
      for (const { remote, local, error } of outcomes.values()) {
        assert.equal(error, undefined);
        assert.equal(remote, local);
      }
    });
  }
});

describe('places in the source', () => {
  test(
    'explain and the stacks of functions by value name them where there are source maps (FN-61)',
    { timeout },
    async () => {
      const { stdout, stderr } = await runNode('sources.ts', { flags: ['--import', 'tsx'] });
      assert.equal(
        stdout,
        [
          'by value (sources.ts:9:16), captures: most',
          'sources.ts:11:11 false',
          'sources.ts:11:42 false',
          'sources.ts:11:62 false',
          '',
        ].join('\n'),
        stderr,
      );
    },
  );
});

describe('functions of a test file', () => {
  // The harness is plain JavaScript, loaded by its place.
  const harness = import(new URL('harness/call.mjs', fixtures).href) as Promise<Harness>;
  after(async () => (await harness).stop());
  const factor = 3;
  class Local {
    readonly value = factor;
  }

  test('go by value, and the file is not loaded again (FN-52)', { timeout }, async () => {
    const { call, last } = await harness;
    assert.equal(await call((x: number) => x * factor, [2]), 6);
    assert.equal(last.kind, 'value');
    assert.ok((await call(() => new Local(), [])) instanceof Local);
  });
});
