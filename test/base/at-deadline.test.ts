import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atDeadline } from '#internal/base/at-deadline.js';
import { Deadline } from '#internal/base/deadline.js';

const LIMIT = { timeout: 10_000 };

/** Keeps the turn of the event loop, whose clock its timers count from. */
function spin(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test('atDeadline never calls early, also late in a long turn', LIMIT, async () => {
  spin(30);
  const start = performance.now();
  await new Promise<void>((resolve) => void atDeadline(Deadline.after(20), resolve));
  assert.ok(performance.now() - start >= 20);
});

test('atDeadline calls at once when it has come, and not when it was stopped or never comes', LIMIT, async () => {
  await new Promise<void>((resolve) => void atDeadline(Deadline.now, resolve));
  const called: string[] = [];
  atDeadline(Deadline.after(1), () => called.push('stopped'))();
  atDeadline(Deadline.never, () => called.push('never'))();
  await new Promise<void>((resolve) => void atDeadline(Deadline.after(10), resolve));
  assert.deepEqual(called, []);
});
