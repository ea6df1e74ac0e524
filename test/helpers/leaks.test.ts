import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { assertNoLeaks, openResources } from './leaks.ts';
import { hasProc, isRunning } from './proc.ts';
import { waitUntil } from './rendezvous.ts';

test('a descriptor that stays open is a leak until it is closed', { timeout: 10_000, skip: !hasProc }, async () => {
  const start = openResources();
  const fd = openSync('/dev/null', 'r');
  await assert.rejects(assertNoLeaks(start, { timeout: 20 }), /descriptor \/dev\/null/);
  closeSync(fd);
  await assertNoLeaks(start);
});

test(
  'a running child is a leak, and one that just ended is waited for',
  { timeout: 10_000, skip: !hasProc },
  async () => {
    const start = openResources();
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
    await assert.rejects(assertNoLeaks(start, { timeout: 20 }), /child \d+/);
    child.stdin.end();
    await assertNoLeaks(start);
    assert.equal(isRunning(child.pid ?? 0), false);
  },
);

test('a timer is a leak', { timeout: 10_000 }, async () => {
  const start = openResources();
  const timer = setTimeout(() => undefined, 60_000);
  await assert.rejects(assertNoLeaks(start, { timeout: 20 }), /handle Timeout/);
  clearTimeout(timer);
  await assertNoLeaks(start);
});

test('a child that may stay is no leak', { timeout: 10_000, skip: !hasProc }, async () => {
  const options = { mayStay: (child: { commandLine: string }) => child.commandLine.includes('resume') };
  const start = openResources(options);
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: ['pipe', 'ignore', 'ignore'] });
  await once(child, 'spawn');
  assert.deepEqual(openResources(options).children, start.children);
  child.stdin.end();
  await once(child, 'close');
});

test('waitUntil() names what did not come', { timeout: 10_000 }, async () => {
  await assert.rejects(
    waitUntil(() => false, 'pigs fly', { timeout: 5 }),
    /waited 5 ms in vain until pigs fly/,
  );
});
