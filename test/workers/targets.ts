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

export function fill(array: Float64Array, value: number, _text?: string): void {
  array.fill(value);
}

export function areSame(a: unknown, b: unknown): boolean {
  return a === b;
}

/** Adds one to an element that others may change at the same time. */
export function addOne(array: Float64Array, index: number): void {
  // Bits of a double as one big integer: read, add, and try again when somebody was faster.
  const bits = new BigInt64Array(array.buffer, array.byteOffset + index * 8, 1);
  const number = new Float64Array(1);
  const asBits = new BigInt64Array(number.buffer);
  for (;;) {
    const before = Atomics.load(bits, 0);
    asBits[0] = before;
    number[0] = (number[0] ?? 0) + 1;
    if (Atomics.compareExchange(bits, 0, before, asBits[0]) === before) return;
  }
}

export function hasLock(array: object): boolean {
  return 'getLock' in array;
}

/** Ends its worker at the first attempt. */
export function diesOnce(count: Int32Array): number {
  if (Atomics.add(count, 0, 1) === 0) process.exit(3);
  return Atomics.load(count, 0);
}

let gate: Lock | undefined;

/** Remembers the lock that {@link passGate} waits for. */
export function keepGate(lock: Lock): void {
  gate = lock;
}

export function passGate(): void {
  if (gate) waitFor(gate);
}
