import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { fixture, lines, runCli, tempFolder } from './harness.js';

const LIMIT = { timeout: 30_000 };
const TASKS = fixture('tasks.mjs');

describe('manycore map: joblog', () => {
  test('has one line per item with status, time and attempts', LIMIT, async () => {
    using folder = tempFolder();
    await runCli(['map', `${TASKS}#failThird`, '--joblog', folder.file('log'), '--retries', '1'], {
      stdin: '1\n2\n3\n',
    });
    const [head, ...records] = lines(readFileSync(folder.file('log'), 'utf8')).map((line) => JSON.parse(line));
    assert.deepEqual(head, { joblog: 1, task: `${TASKS}#failThird` });
    const bySeq = records.toSorted((a, b) => a.seq - b.seq);
    assert.deepEqual(
      bySeq.map(({ status, attempts, from }) => [status, attempts, from]),
      [
        ['done', 1, 'stdin:1'],
        ['done', 1, 'stdin:2'],
        ['failed', 2, 'stdin:3'],
      ],
    );
    assert.match(bySeq[2].error, /RangeError: no multiples of three/);
    assert.ok(bySeq.every(({ ms, start }) => ms >= 0 && Date.parse(start) > 0));
  });

  test('--resume runs what failed or is new, and nothing that is done', LIMIT, async () => {
    using folder = tempFolder();
    const args = ['map', `${TASKS}#failThird`, '-k', '--joblog', folder.file('log'), '-o', folder.file('out')];
    assert.equal((await runCli(args, { stdin: '1\n2\n3\n4\n' })).code, 1);
    // A killed run leaves half lines behind.
    appendFileSync(folder.file('log'), '{"seq":9,"sta');
    appendFileSync(folder.file('out'), '99');
    const again = await runCli([...args, '--resume'], { stdin: '1\n2\n3\n4\n4\n5\n' });
    assert.equal(again.code, 1);
    assert.match(again.stderr, /2 done, 1 failed, 3 skipped/);
    assert.equal(readFileSync(folder.file('out'), 'utf8'), '1\n2\n4\n4\n5\n');
  });

  test('without --resume log and output start anew', LIMIT, async () => {
    using folder = tempFolder();
    const args = ['map', `${TASKS}#square`, '--joblog', folder.file('log'), '-o', folder.file('out')];
    await runCli(args, { stdin: '1\n' });
    await runCli(args, { stdin: '2\n' });
    assert.equal(readFileSync(folder.file('out'), 'utf8'), '4\n');
    assert.equal(lines(readFileSync(folder.file('log'), 'utf8')).length, 2);
  });

  test('the joblog of another function, and a file that is none, are refused', LIMIT, async () => {
    using folder = tempFolder();
    await runCli(['map', `${TASKS}#square`, '--joblog', folder.file('log')], { stdin: '1\n' });
    const other = await runCli(['map', `${TASKS}#same`, '--joblog', folder.file('log'), '--resume'], { stdin: '1\n' });
    assert.equal(other.code, 2);
    assert.match(other.stderr, /is the joblog of .*#square, not of .*#same/);
    writeFileSync(folder.file('letter'), 'Dear Ann\n');
    const letter = await runCli(['map', `${TASKS}#same`, '--joblog', folder.file('letter'), '--resume'], {
      stdin: '1\n',
    });
    assert.equal(letter.code, 2);
    assert.match(letter.stderr, /is not a joblog/);
    assert.equal(readFileSync(folder.file('letter'), 'utf8'), 'Dear Ann\n');
  });

  test('an output that cannot be opened is exit code 3', LIMIT, async () => {
    const { code, stderr } = await runCli(['map', `${TASKS}#same`, '-o', '/nowhere/out'], { stdin: '1\n' });
    assert.equal(code, 3);
    assert.match(stderr, /cannot open the output \/nowhere\/out/);
  });

  test('a full disk is exit code 3', LIMIT, async () => {
    const { code, stderr } = await runCli(['map', `${TASKS}#same`, '-o', '/dev/full'], { stdin: '1\n2\n' });
    assert.equal(code, 3);
    assert.match(stderr, /cannot write the output: .*ENOSPC/);
  });
});
