import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { fixture, lines, runCli, tempFolder } from './harness.js';

const LIMIT = { timeout: 30_000 };
const TASKS = fixture('tasks.mjs');
const numbers = (count: number): string => Array.from({ length: count }, (_, index) => `${index + 1}\n`).join('');

describe('manycore map', () => {
  test('writes one result per line, as completed', LIMIT, async () => {
    const { code, stdout, stderr } = await runCli(['map', `${TASKS}#square`], { stdin: numbers(50) });
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const sorted = lines(stdout)
      .map(Number)
      .toSorted((a, b) => a - b);
    assert.deepEqual(
      sorted,
      Array.from({ length: 50 }, (_, index) => (index + 1) ** 2),
    );
  });

  test('--keep-order writes in the order of the inputs', LIMIT, async () => {
    const { stdout } = await runCli(['map', `${TASKS}#backwards`, '--keep-order', '-j', '4'], { stdin: numbers(9) });
    assert.deepEqual(lines(stdout), ['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  test('without --keep-order a quick item overtakes a slow one', LIMIT, async () => {
    const { stdout } = await runCli(['map', `${TASKS}#sleep`, '-j', '2'], { stdin: '1500\n1\n' });
    assert.deepEqual(lines(stdout), ['1', '1500']);
  });

  test('--chunk-size bundles items without changing the result', LIMIT, async () => {
    const { code, stdout } = await runCli(['map', `${TASKS}#square`, '-n', '7', '-k'], { stdin: numbers(100) });
    assert.equal(code, 0);
    assert.equal(lines(stdout).length, 100);
    assert.equal(lines(stdout)[99], '10000');
  });

  test('--tag adds position and item', LIMIT, async () => {
    const { stdout } = await runCli(['map', `${TASKS}#square`, '--tag', '-k'], { stdin: '3\n4\n' });
    assert.deepEqual(lines(stdout), ['{"seq":1,"item":"3","result":9}', '{"seq":2,"item":"4","result":16}']);
  });

  test('failed items are reported with the item, counted, and give exit code 1', LIMIT, async () => {
    const { code, stdout, stderr } = await runCli(['map', `${TASKS}#failThird`, '-k'], { stdin: numbers(6) });
    assert.equal(code, 1);
    assert.deepEqual(lines(stdout), ['1', '2', '4', '5']);
    assert.match(
      stderr,
      /^manycore: stdin:3 3 failed: RangeError: no multiples of three: 3 \(.*tasks\.mjs:\d+:\d+\)$/m,
    );
    assert.match(stderr, /^manycore: 4 done, 2 failed$/m);
  });

  test('--errors ndjson writes failures for programs', LIMIT, async () => {
    const { stderr } = await runCli(['map', `${TASKS}#failThird`, '--errors', 'ndjson'], { stdin: '3\n' });
    const [line, ...rest] = lines(stderr);
    const report = JSON.parse(line ?? '');
    assert.deepEqual(rest, []);
    assert.deepEqual([report.seq, report.item, report.attempts, report.error.name], [1, '3', 1, 'RangeError']);
  });

  test('a worker that exits fails its item only, also within a chunk', LIMIT, async () => {
    const stdin = 'a\nb\nbad\nc\nd\ne\n';
    for (const chunkSize of ['1', '3']) {
      const { code, stdout, stderr } = await runCli(['map', `${TASKS}#exit`, '-k', '-n', chunkSize, '-j', '2'], {
        stdin,
      });
      assert.equal(code, 1);
      assert.deepEqual(lines(stdout), ['"a"', '"b"', '"c"', '"d"', '"e"']);
      assert.match(stderr, /stdin:3 bad failed: WorkerLostError/);
    }
  });

  test('--timeout stops an item that loops, and the rest goes on', LIMIT, async () => {
    const { code, stdout, stderr } = await runCli(['map', `${TASKS}#spin`, '-k', '--timeout', '500', '-j', '2'], {
      stdin: 'a\nforever\nb\nc\n',
    });
    assert.deepEqual(lines(stdout), ['"a"', '"b"', '"c"']);
    assert.match(stderr, /stdin:2 forever failed: TimeoutError/);
    assert.equal(code, 1);
  });

  test('--retries tries again and says how often', LIMIT, async () => {
    using folder = tempFolder();
    const item = (name: string, n: number): string => `${JSON.stringify({ file: folder.file(name), n })}\n`;
    const good = await runCli(['map', `${TASKS}#flaky`, '--retries', '2', '-j', '1'], { stdin: item('good', 2) });
    assert.equal(good.code, 0);
    assert.equal(good.stdout, '3\n');
    const bad = await runCli(['map', `${TASKS}#flaky`, '--retries', '2', '-j', '1'], { stdin: item('bad', 9) });
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /failed after 3 attempts: Error: attempt 3/);
    assert.equal(readFileSync(folder.file('bad'), 'utf8'), 'xxx');
  });

  test('--halt now ends at the first failure; soon lets running items end; never goes on', LIMIT, async () => {
    const stdin = `bad\n${'400\n'.repeat(400)}`;
    const now = await runCli(['map', `${TASKS}#exit`, '--halt', 'now', '-j', '2'], { stdin });
    assert.equal(now.code, 1);
    assert.match(now.stderr, /halted after a failure/);
    const soon = await runCli(['map', `${TASKS}#failThird`, '--halt', 'soon', '-j', '2', '-k'], {
      stdin: numbers(5000),
    });
    assert.equal(soon.code, 1);
    assert.ok(lines(soon.stdout).length < 4000, `${lines(soon.stdout).length} items were still run`);
    const never = await runCli(['map', `${TASKS}#failThird`, '-k'], { stdin: numbers(300) });
    assert.equal(lines(never.stdout).length, 200);
  });

  test('--output writes whole lines to the file and nothing to the standard output', LIMIT, async () => {
    using folder = tempFolder();
    const { code, stdout } = await runCli(['map', `${TASKS}#square`, '-k', '-o', folder.file('out')], {
      stdin: '2\n3\n',
    });
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.equal(readFileSync(folder.file('out'), 'utf8'), '4\n9\n');
  });

  test('what the function prints goes to the standard error', LIMIT, async () => {
    const { stdout, stderr } = await runCli(['map', `${TASKS}#print`], { stdin: 'a\n' });
    assert.equal(stdout, '"a"\n');
    assert.match(stderr, /printed a/);
  });

  test('undefined becomes null; what is no JSON, and what is no Error, fail clearly', LIMIT, async () => {
    assert.equal((await runCli(['map', `${TASKS}#nothing`], { stdin: 'a\n' })).stdout, 'null\n');
    assert.match(
      (await runCli(['map', `${TASKS}#big`], { stdin: 'a\n' })).stderr,
      /the result cannot be written as JSON: .*BigInt/,
    );
    assert.match(
      (await runCli(['map', `${TASKS}#undefinedThrown`], { stdin: 'a\n' })).stderr,
      /threw undefined, which is not an Error/,
    );
  });

  test('no items is no failure', LIMIT, async () => {
    assert.deepEqual(await runCli(['map', `${TASKS}#square`]), { code: 0, stdout: '', stderr: '' });
  });
});

describe('manycore map: modules', () => {
  test('takes TypeScript, and the default export without being told', LIMIT, async () => {
    const { stdout, stderr } = await runCli(['map', fixture('typed.ts')], { stdin: 'four\n' });
    assert.equal(stderr, '');
    assert.equal(stdout, '4\n');
  });

  test('takes CommonJS whose exports cannot be seen from outside', LIMIT, async () => {
    assert.equal((await runCli(['map', `${fixture('common.cjs')}#twice`], { stdin: '4\n' })).stdout, '8\n');
    assert.equal((await runCli(['map', fixture('common.cjs')], { stdin: '4\n' })).stdout, '8\n');
  });

  test('takes a package by its name, from the folder it is called in', LIMIT, async () => {
    using folder = tempFolder();
    mkdirSync(folder.file('node_modules/pkg'), { recursive: true });
    writeFileSync(folder.file('node_modules/pkg/package.json'), '{"name":"pkg","main":"main.js"}');
    writeFileSync(folder.file('node_modules/pkg/main.js'), 'exports.up = (text) => text.toUpperCase();');
    assert.equal((await runCli(['map', 'pkg#up'], { stdin: 'a\n', cwd: folder.path })).stdout, '"A"\n');
  });

  test('a file with # in its name is that file', LIMIT, async () => {
    using folder = tempFolder();
    writeFileSync(folder.file('a#b.mjs'), 'export default (text) => text + "!"');
    assert.equal((await runCli(['map', './a#b.mjs'], { stdin: 'a\n', cwd: folder.path })).stdout, '"a!"\n');
  });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown file', './takss.mjs', /cannot find module \.\/takss\.mjs .*did you mean \.\/tasks\.mjs\?/],
    ['an unknown package', 'no-such-package', /cannot find module no-such-package .*package of that name/],
    ['a directory', '.', /is a directory/],
    ['an unknown export', './tasks.mjs#sqare', /no function `sqare`; did you mean `square`\? \(it exports .*failThird/],
    ['several functions and none named', './tasks.mjs', /no default export; name a function/],
    ['no function at all', './data.mjs', /exports no function/],
    ['a module that throws', './broken.mjs', /cannot import .*broken on import/s],
    ['a module that exits', './exits.mjs', /the worker ended while it imported/],
    ['an empty name', '#x', /names no module/],
  ];
  for (const [title, spec, message] of wrong) {
    test(`${title}: exit code 2 and a message that helps`, LIMIT, async () => {
      const { code, stdout, stderr } = await runCli(['map', spec], { stdin: 'a\n', cwd: fixture('.') });
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.equal(code, 2);
    });
  }
});

describe('manycore: usage', () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['map', TASKS, '--jbos', '3'], /unknown option '--jbos'\n\(Did you mean --jobs\?\)\n\(see manycore map --help\)/],
    [['map', TASKS, '--jobs', '0'], /expected an integer >= 1/],
    [['map', TASKS, '--jobs', '1e3'], /expected an integer >= 1/],
    [['map', TASKS, '--timeout', 'soon'], /expected an integer >= 1/],
    [['map', TASKS, '--halt', 'later'], /Allowed choices are never, now, soon/],
    [['map', TASKS, '--input', 'xml'], /Allowed choices are auto, files, lines, ndjson, csv/],
    [['map', TASKS, '--resume'], /--resume needs --joblog/],
    [['map'], /missing required argument/],
    [['mpa'], /unknown command 'mpa'\n\(Did you mean map\?\)/],
    [[], /Usage: manycore/],
  ];
  for (const [args, message] of wrong) {
    test(
      `exit code 2: manycore ${args.map((word) => (word === TASKS ? 'MODULE' : word)).join(' ')}`,
      LIMIT,
      async () => {
        const { code, stdout, stderr } = await runCli(args);
        assert.match(stderr, message);
        assert.equal(stdout, '');
        assert.equal(code, 2);
      },
    );
  }

  test('--help and --version succeed', LIMIT, async () => {
    const help = await runCli(['map', '--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /--keep-order[\s\S]*Exit codes/);
    const version = await runCli(['--version']);
    assert.equal(version.code, 0);
    assert.match(version.stdout, /^\d+\.\d+\.\d+/);
  });
});
