import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { fixture, lines, runCli, tempFolder } from './harness.js';

const LIMIT = { timeout: 30_000 };
const SAME = `${fixture('tasks.mjs')}#same`;

/** Runs the identity over inputs in a folder with some files, in order, and gives the items. */
async function itemsOf(
  args: readonly string[],
  stdin = '',
): Promise<{ items: unknown[]; code: number | null; stderr: string }> {
  using folder = tempFolder();
  mkdirSync(folder.file('sub'));
  writeFileSync(folder.file('a.ndjson'), '{"n":1}\n\n[2]\n"three"\n');
  writeFileSync(folder.file('b.csv'), '\uFEFFname,age\nAnn,41\n"Bo, Jr.",7\n');
  writeFileSync(folder.file('c.tsv'), 'x\ty\n1\t2\n');
  writeFileSync(folder.file('d.txt'), 'one\r\ntwo\n\nfour');
  writeFileSync(folder.file('[id].txt'), 'brackets\n');
  writeFileSync(folder.file('sub/e.txt'), 'deep\n');
  const { code, stdout, stderr } = await runCli(['map', SAME, '-k', ...args], { cwd: folder.path, stdin });
  return { items: lines(stdout).map((line): unknown => JSON.parse(line)), code, stderr };
}

describe('manycore map: inputs', () => {
  test('globs give the paths, sorted', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['**/*.txt'])).items, ['[id].txt', 'd.txt', 'sub/e.txt']);
  });

  test('a file with brackets in its name is not a pattern', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['[id].txt', 'd.txt'])).items, ['[id].txt', 'd.txt']);
  });

  test('--input files takes the path also of NDJSON and CSV', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['-i', 'files', 'a.ndjson', 'b.csv'])).items, ['a.ndjson', 'b.csv']);
  });

  test('auto reads NDJSON, CSV and TSV by extension, each in its way', LIMIT, async () => {
    const { items } = await itemsOf(['a.ndjson', 'd.txt', 'b.csv', 'c.tsv']);
    assert.deepEqual(items, [
      { n: 1 },
      [2],
      'three',
      'd.txt',
      { name: 'Ann', age: '41' },
      { name: 'Bo, Jr.', age: '7' },
      { x: '1', y: '2' },
    ]);
  });

  test('lines keeps empty lines and drops line breaks, of Windows too', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['-i', 'lines', 'd.txt'])).items, ['one', 'two', '', 'four']);
  });

  test('a standard input whose first line is an object is NDJSON; otherwise it is lines', LIMIT, async () => {
    assert.deepEqual((await itemsOf([], '\n{"a":1}\n2\n')).items, [{ a: 1 }, 2]);
    assert.deepEqual((await itemsOf([], '1\n{"a":1}\n')).items, ['1', '{"a":1}']);
    assert.deepEqual((await itemsOf([], '[info] started\n{"a":1}\n')).items, ['[info] started', '{"a":1}']);
  });

  test('- is the standard input between other inputs; -i csv reads it as CSV', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['d.txt', '-'], 'x\n')).items, ['d.txt', 'x']);
    assert.deepEqual((await itemsOf(['-i', 'csv', '-'], 'x,y\n1,2\n')).items, [{ x: '1', y: '2' }]);
  });

  test('-i files on the standard input takes each line as a path (find | manycore)', LIMIT, async () => {
    assert.deepEqual((await itemsOf(['-i', 'files'], 'd.txt\n\n{}\n')).items, ['d.txt', '{}']);
  });

  test('a line that is not JSON fails with its place, and the rest goes on', LIMIT, async () => {
    const { items, code, stderr } = await itemsOf(['-i', 'ndjson', '--retries', '3'], '{"a":1}\n{oops\n3\n');
    assert.deepEqual(items, [{ a: 1 }, 3]);
    assert.equal(code, 1);
    assert.match(stderr, /stdin:2 \{oops failed: SyntaxError: the input is not JSON/);
  });

  test('a CSV record with a field too many fails, and the rest goes on', LIMIT, async () => {
    const { items, code, stderr } = await itemsOf(['-i', 'csv'], 'a,b\n1,2\n1,2,3\n3,4\n');
    assert.deepEqual(items, [
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /stdin:3 .*failed: InputError: not a valid CSV record/);
  });

  test('two columns of one name are refused', LIMIT, async () => {
    const { code, stderr } = await itemsOf(['-i', 'csv'], 'a,a\n1,2\n');
    assert.equal(code, 3);
    assert.match(stderr, /two columns named `a`/);
  });

  const wrong: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['a file that is not there', ['nope.txt'], /cannot find the input nope\.txt/],
    ['a pattern that matches nothing', ['*.nope'], /no file matches \*\.nope/],
    ['a directory', ['sub'], /sub is a directory; to take its files write 'sub\/\*\*'/],
    ['the standard input twice', ['-', '-'], /only once/],
  ];
  for (const [title, args, message] of wrong) {
    test(`exit code 2 and nothing run: ${title}`, LIMIT, async () => {
      const { items, code, stderr } = await itemsOf(args);
      assert.deepEqual(items, []);
      assert.match(stderr, message);
      assert.equal(code, 2);
    });
  }
});
