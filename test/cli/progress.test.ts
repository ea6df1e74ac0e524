import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';

import { RateMeter, formatProgress } from '#internal/pool/progress.js';

import { hasScript, onTerminal } from '../helpers/terminal.js';
import { CLI, fixture, runCli } from './harness.js';

const LIMIT = { timeout: 30_000 };
const TASKS = fixture('tasks.mjs');

describe('progress', () => {
  test('with a total there are bar, percentage, rate, time left and failures', () => {
    const text = formatProgress(
      { done: 300, failed: 2, total: 1200 },
      { perSecond: 100, elapsedMs: 3000, leftMs: 9000 },
      'map',
    );
    assert.equal(text, `map ${'█'.repeat(7)}${'░'.repeat(21)}  25 %  300/1 200 · 100/s · 00:09 left · 2 failed`);
  });

  test('without a total there is no bar, and nobody pretends to know the end', () => {
    const text = formatProgress(
      { done: 1234567, failed: 0 },
      { perSecond: 0.25, elapsedMs: 3_700_000, leftMs: undefined },
      '',
    );
    assert.equal(text, '1 234 567 · 0.3/s · 1:01:40 passed');
  });

  test('an empty total is complete, not a division by zero', () => {
    assert.match(
      formatProgress({ done: 0, failed: 0, total: 0 }, { perSecond: 0, elapsedMs: 0, leftMs: undefined }, ''),
      /100 %  0\/0 · 0\/s/,
    );
  });

  test('the rate is that of recent seconds, and the time left follows the part that is done', () => {
    const meter = new RateMeter();
    assert.equal(meter.update({ done: 0, failed: 0, total: 1000 }, 0).perSecond, 0);
    const slow = meter.update({ done: 100, failed: 0, total: 1000 }, 1000);
    assert.deepEqual([slow.perSecond, slow.leftMs], [100, 9000]);
    let pace = slow;
    for (let second = 2; second <= 12; second += 1)
      pace = meter.update({ done: 100, failed: 0, fraction: 0.1 }, second * 1000);
    assert.deepEqual([pace.perSecond, pace.leftMs], [0, undefined]);
  });
});

describe('manycore map --progress', () => {
  test('is quiet in a pipe, and writes lines with --progress=plain', LIMIT, async () => {
    const quiet = await runCli(['map', `${TASKS}#square`, '--progress'], { stdin: '1\n2\n' });
    assert.equal(quiet.stderr, '');
    const plain = await runCli(['map', `${TASKS}#square`, '--progress=plain'], { stdin: '1\n2\n' });
    assert.match(plain.stderr, /100 % {2}2\/2 · [\d .]+\/s · 00:0\d passed$/m);
  });

  test('does not take the input after it for its mode', LIMIT, async () => {
    const { code, stdout } = await runCli(['map', `${TASKS}#same`, '--progress', 'tasks.mjs'], { cwd: fixture('.') });
    assert.equal(code, 0);
    assert.equal(stdout, '"tasks.mjs"\n');
  });

  test(
    'draws a bar on a terminal and shows failures above it',
    { ...LIMIT, skip: !hasScript && 'needs script(1)' },
    async () => {
      const input = [
        'map',
        `${TASKS}#sleep`,
        '-i',
        'lines',
        '--progress',
        '-o',
        '/dev/null',
        '--',
        fixture('numbers.txt'),
      ];
      const [file, ...args] = onTerminal([process.execPath, CLI, ...input]);
      const child = spawn(file, args, {
        stdio: ['ignore', 'pipe', 'inherit'],
        timeout: 20_000,
      });
      let screen = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        screen += text;
      });
      await once(child, 'close');
      assert.match(screen, /█+░* .* %  \d+ · \d/);
      assert.match(screen, /100 %  20\/20 · /);
      // A program that is killed could not show the cursor again.
      assert.ok(!screen.includes('\u001B[?25l'));
    },
  );
});
