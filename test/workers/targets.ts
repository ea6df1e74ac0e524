import { type Connection, type Lock, RawArray } from 'manycore';

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

/** Does nothing with what it gets. */
export function take(..._args: readonly unknown[]): void {}

/** Ends its worker, whatever it was given. */
export function die(..._args: readonly unknown[]): never {
  process.exit(3);
}

/** Ends its worker unless this is its second attempt, told by a count; beside an array. */
export function diesOnceBeside(count: Int32Array, array: Uint8Array): number {
  return diesOnce(count) + (array[0] ?? 0);
}

/** An array of its own, beside so many buffers that travel outside of the message. */
export function manyBuffers(count: number): unknown {
  const buffers = Array.from({ length: count }, () => new Uint8Array(65_536));
  return [RawArray('B', 2 << 20), buffers];
}

/** Closes its end, and stays until the lock is free. */
export async function closeAndStay(end: Connection, lock: Lock): Promise<void> {
  end.close();
  await lock.use(() => undefined);
}

/** Says that it runs, and gives an array of its own. */
export function giveArray(runs: Int32Array): Uint8Array {
  const array = RawArray('B', 2 << 20);
  Atomics.store(runs, 0, 1);
  return array;
}
