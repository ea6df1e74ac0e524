import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MODES, runCases } from './run-fixture.ts';

/** Title in the fixture, number of the case, how it must cross: the path behind `#`, or the kind alone. */
type Row = readonly [title: string, id: string, crossing: string];

const ROWS: readonly Row[] = [
  ['exported function', 'FN-01', 'exports#square'],
  ['exported arrow', 'FN-02', 'exports#double'],
  ['default export', 'FN-03', 'exports#default'],
  ['renamed export', 'FN-04', 'exports#alias'],
  ['through a barrel', 'FN-04', 'exports#square'],
  ['class through a barrel', 'FN-04', 'exports#Shape.of'],
  ['not exported', 'FN-05', 'scope#hidden'],
  ['static method', 'FN-07', 'exports#Shape.of'],
  ['static arrow', 'FN-07', 'exports#Shape.twice'],
  ['prototype method', 'FN-07', 'exports#Shape.prototype.area'],
  ['member of an object', 'FN-07', 'exports#table.cube'],
  ['blocking load', 'FN-01', 'exports#square'],
  ['module.exports is the function', 'FN-08', 'exports#'],
  ['CommonJS export', 'FN-09', 'exports#triple'],
  ['nested CommonJS export', 'FN-09', 'exports#util.half'],
  ['CommonJS class method', 'FN-09', 'exports#Box.prototype.get'],
  ['CommonJS getter', 'FN-09', 'exports#shout'],
  ['of the main module', 'FN-46', 'scope#ofMain'],
  ['forced by reference', 'FN-01', 'exports#square'],
  ['forced by value', 'FN-21', 'value'],
  ['class as argument', 'FN-35', 'value'],
  ['instance of an exported class', 'FN-35', 'exports#Shape.of'],
];

for (const mode of MODES) {
  describe(`functions by reference, to a ${mode}`, () => {
    const outcomes = runCases('reference.mjs', { env: { HARNESS: mode } });

    for (const [title, id, crossing] of ROWS) {
      test(`${title} gives what it gives here (${id})`, { timeout: 30_000 }, async () => {
        const outcome = (await outcomes).get(title);
        assert.ok(outcome && !outcome.error, outcome?.error);
        assert.equal(outcome.remote, outcome.local);
        const { kind, via, path } = outcome;
        assert.equal(kind === 'reference' ? `${via}#${path}` : kind, crossing);
      });
    }

    test('a function that is not exported shares the state of its module (FN-05)', { timeout: 30_000 }, async () => {
      assert.equal((await outcomes).get('state is shared with siblings')?.remote, '[ 10, 2 ]');
    });

    test('a CommonJS module imported from an ES module is one instance (FN-10)', { timeout: 30_000 }, async () => {
      assert.equal((await outcomes).get('one instance of the CommonJS module')?.remote, '1');
    });

    test('a closure is refused when a reference is asked for (FN-39)', { timeout: 30_000 }, async () => {
      const outcome = (await outcomes).get('a closure is no reference');
      assert.equal(outcome?.code, 'ERR_MP_NOT_SENDABLE');
      assert.match(
        outcome?.error ?? '',
        /^cannot send function 'anonymous' \(tasks\.mjs:45:35\) to another process: it is not at the top level of its module; export it, or register it with a name$/,
      );
    });
  });
}

describe('functions of TypeScript files', () => {
  const outcomes = runCases('typescript.ts', { flags: ['--import', 'tsx'] });
  const rows: readonly Row[] = [
    ['exported', 'FN-12', 'exports#square'],
    ['default export', 'FN-12', 'exports#default'],
    ['static method', 'FN-12', 'exports#Shape.of'],
    ['prototype method', 'FN-12', 'exports#Shape.prototype.area'],
    ['not exported', 'FN-12', 'scope#hidden'],
    ['closure', 'FN-12', 'value'],
    ['closure of main', 'FN-12', 'value'],
    ['class of main', 'FN-34', 'value'],
    ['inner names', 'FN-31', 'value'],
  ];
  for (const [title, id, crossing] of rows) {
    test(`${title} gives what it gives here, under tsx (${id})`, { timeout: 60_000 }, async () => {
      const outcome = (await outcomes).get(title);
      assert.ok(outcome && !outcome.error, outcome?.error);
      assert.equal(outcome.remote, outcome.local);
      const { kind, via, path } = outcome;
      assert.equal(kind === 'reference' ? `${via}#${path}` : kind, crossing);
    });
  }
});
