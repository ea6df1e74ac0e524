import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as manycore from 'manycore';

const PAGE = new URL('../../../docs/from-python.md', import.meta.url);
const NAMES = new URL('../../../test/parity/python-names.txt', import.meta.url);

/** The rows of the page's tables that have three cells, as the texts in backquotes of the first two. */
function rows(): { python: string; here: string[] }[] {
  return readFileSync(PAGE, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? '')))
    .filter((cells) => cells.length === 3)
    .map(([python = [], here = []]) => ({ python: python[0] ?? '', here }));
}

/** Whether `Name` or `Class.member` is there. Accessors are not called. */
function exists(name: string): boolean {
  const [exported = '', member] = name.split('.');
  const value: unknown = Reflect.get(manycore, exported);
  if (member === undefined || typeof value !== 'function') return value !== undefined && member === undefined;
  return member in value || (value.prototype instanceof Object && member in value.prototype);
}

test('the table of names leaves out no public name of Python', { timeout: 5_000 }, () => {
  const named = new Set(rows().map((row) => row.python));
  const wanted = readFileSync(NAMES, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  assert.deepEqual(
    wanted.filter((name) => !named.has(name)),
    [],
  );
});

test('every name of ours in the table is there', { timeout: 5_000 }, () => {
  const missing = rows().flatMap((row) => row.here.filter((name) => !exists(name)));
  assert.deepEqual(missing, []);
});

test('a name that is not there would be found', { timeout: 5_000 }, () => {
  assert.equal(exists('Pool.mapp'), false);
  assert.equal(exists('Pol'), false);
  assert.equal(exists('Pool.map'), true);
  assert.equal(exists('BaseManager.register'), true);
});
