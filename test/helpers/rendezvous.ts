import assert from 'node:assert/strict';

/** How long facts are waited for by default; far above what they take, also on a busy machine. */
const PATIENCE_MS = 10_000;
const LONGEST_PAUSE_MS = 20;

export interface PatienceOptions {
  /** Milliseconds after which the fact counts as not coming. */
  readonly timeout?: number;
}

/**
 * Waits until a fact is true; looks at once, then at growing intervals.
 *
 * @param fact Looked at again and again, so it must be cheap and change nothing.
 * @param what Completes "waited in vain until …" in the message.
 */
export async function waitUntil(
  fact: () => boolean | Promise<boolean>,
  what: string,
  { timeout = PATIENCE_MS }: PatienceOptions = {},
): Promise<void> {
  const end = performance.now() + timeout;
  for (let pauseMs = 1; !(await fact()); pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    if (performance.now() > end) assert.fail(`waited ${timeout} ms in vain until ${what}`);
    await pause(pauseMs);
  }
}

/** As {@link waitUntil}, blocking the thread. */
export function waitUntilSync(
  fact: () => boolean,
  what: string,
  { timeout = PATIENCE_MS }: PatienceOptions = {},
): void {
  const end = performance.now() + timeout;
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let pauseMs = 1; !fact(); pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    if (performance.now() > end) assert.fail(`waited ${timeout} ms in vain until ${what}`);
    Atomics.wait(word, 0, 0, pauseMs);
  }
}

/** Not exported on purpose: a test that sleeps is a test that fails on a slow machine. */
async function pause(ms: number): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, ms));
}
