import type { Lock } from 'manycore';

export function lengthOf(text: string): number {
  return text.length;
}

export function sum(array: Float64Array): number {
  return array.reduce((total, value) => total + value, 0);
}

/** Blocks its thread until the lock is free. */
export function waitFor(lock: Lock): void {
  lock.acquireSync();
  lock.release();
}

/** From now on this worker is blocked most of the time. */
export function blockNowAndThen(lock: Lock): void {
  setInterval(() => lock.acquireSync({ timeout: 30 }), 1);
}
