import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { MODES, runCases } from './run-fixture.ts';

/** Title in the fixture, number of the case, and the kind when it is not `value`. */
type Row = readonly [title: string, id: string, kind?: string];

const MODULE: readonly Row[] = [
  ['not captured', 'FN-06'],
  ['number', 'FN-21'],
  ['object', 'FN-21'],
  ['imported function', 'FN-22'],
  ['namespace of a user module', 'FN-22'],
  ['named import of a built-in', 'FN-23'],
  ['default import of a built-in', 'FN-23'],
  ['namespace of a built-in', 'FN-23'],
  ['closure that returns a closure', 'FN-26'],
  ['captured closure of another module', 'FN-26'],
  ['self-recursive', 'FN-27'],
  ['named function expression', 'FN-27'],
  ['mutual recursion', 'FN-27'],
  ['object and function in a cycle', 'FN-27'],
  ['async', 'FN-28'],
  ['generator', 'FN-28'],
  ['async generator method', 'FN-28'],
  ['object method', 'FN-29'],
  ['computed method', 'FN-29'],
  ['name of a computed method', 'FN-29'],
  ['getter', 'FN-29'],
  ['quoted method', 'FN-29'],
  ['numeric method', 'FN-29'],
  ['default parameters', 'FN-30'],
  ['shadowing', 'FN-30'],
  ['parent is unchanged', 'FN-32'],
  ['class with private members', 'FN-34'],
  ['derived class', 'FN-34'],
  ['static block and field', 'FN-34'],
  ['old-style class', 'FN-36'],
  ['old-style inheritance', 'FN-36'],
  ['own members of a function', 'FN-36'],
  ['captured arguments', 'FN-40'],
  ['bound function', 'FN-41', 'bound'],
  ['bound closure', 'FN-41', 'bound'],
  ['bound native', 'FN-41', 'bound'],
  ['native function', 'FN-41', 'builtin'],
  ['native method', 'FN-41'],
  ['new Function', 'FN-43'],
  ['import.meta.url', 'FN-45'],
  ['import.meta.dirname', 'FN-45'],
  ['import.meta.resolve', 'FN-45'],
  ['dynamic import', 'FN-45'],
  ['dynamic import of a package', 'FN-45'],
  ['global objects', 'FN-41'],
  ['typeof of an unknown name', 'FN-21'],
];

const COMMON_JS: readonly Row[] = [
  ['not exported', 'FN-49'],
  ['captured module of Node', 'FN-24'],
  ['require', 'FN-24'],
  ['file names', 'FN-24'],
  ['required ES module', 'FN-10'],
  ['required CommonJS module', 'FN-25'],
  ['sloppy function', 'FN-21'],
  ['dynamic import', 'FN-45'],
];

for (const [program, rows] of [
  ['by-value.mjs', MODULE],
  ['by-value.cjs', COMMON_JS],
] as const) {
  for (const mode of MODES) {
    describe(`functions by value of ${program}, to a ${mode}`, () => {
      const outcomes = runCases(program, { env: { HARNESS: mode } });
      for (const [title, id, kind = 'value'] of rows) {
        test(`${title} gives what it gives here (${id})`, { timeout: 30_000 }, async () => {
          const outcome = (await outcomes).get(title);
          assert.ok(outcome && !outcome.error, outcome?.error);
          assert.equal(outcome.remote, outcome.local);
          assert.equal(outcome.kind, kind);
        });
      }
      if (program !== 'by-value.mjs') return;
      test('a reassigned capture starts from the copy at each call (FN-32)', { timeout: 30_000 }, async () => {
        assert.equal((await outcomes).get('reassigned capture')?.remote, '11');
        assert.equal((await outcomes).get('starts from the copy again')?.remote, '11');
      });
    });
  }
}
