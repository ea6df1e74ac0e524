/** Functions that the pools of the tests run; by reference, so this module is imported by workers too. */
import { readFileSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import { type Event, Pool, cpuCount, currentProcess, getReusableExecutor, run, task } from 'manycore';

export function add(a: number, b: number): number {
  return a + b;
}

export function square(x: number): number {
  return x * x;
}

export async function squareLater(x: number): Promise<number> {
  await new Promise((resolve) => setImmediate(resolve));
  return x * x;
}

export function identity<T>(value: T): T {
  return value;
}

export function pid(): number {
  return process.pid;
}

export function workerId(): number {
  return task().workerId;
}

export function after(ms: number): Promise<number> {
  return new Promise((resolve) => setTimeout(resolve, ms, ms));
}

export function waitsFor(event: Event): Promise<boolean> {
  return event.wait();
}

export function forEver(): Promise<never> {
  return new Promise(() => {
    setInterval(() => {}, 60_000);
  });
}

export function spin(): never {
  for (;;);
}

export function spinIfThree(item: number): number {
  return item === 3 ? spin() : item;
}

/** Ends as soon as its signal fires. */
export function untilAborted(): Promise<string> {
  const { signal } = task();
  return new Promise((resolve) => {
    const keep = setInterval(() => {}, 60_000);
    signal.addEventListener('abort', () => {
      clearInterval(keep);
      resolve('stopped');
    });
  });
}

export class FileMissing extends Error {
  override readonly name = 'FileMissing';
  readonly path: string;

  constructor(path: string) {
    super(`no file ${path}`, { cause: new RangeError('the disk is empty') });
    this.path = path;
  }
}

export function fails(path: string): never {
  throw new FileMissing(path);
}

export function failsIfOdd(x: number): number {
  if (x % 2 === 1) throw new RangeError(`${x} is odd`);
  return x;
}

export function throwsUndefined(): never {
  throw undefined;
}

export function throwsText(): never {
  throw 'a text';
}

export function throwsHuge(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(() => reject(new Error('x'.repeat(1 << 20))), ms));
}

export function throwsHostile(): never {
  throw Object.defineProperty(new Error('hostile'), 'message', {
    get() {
      throw new Error('no message for you');
    },
  });
}

export function unsendable(): unknown {
  return new WeakMap();
}

export function getterThrows(): unknown {
  return {
    get trap(): never {
      throw new RangeError('the getter threw');
    },
  };
}

export function thenThrows(): unknown {
  return {
    // oxlint-disable-next-line unicorn/no-thenable -- the trap that the test is about
    get then(): never {
      throw new RangeError('then threw');
    },
  };
}

export function exits(code: number): never {
  process.exit(code);
}

export async function exitsLater(code: number): Promise<never> {
  await new Promise((resolve) => setImmediate(resolve));
  process.exit(code);
}

export function killsItself(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return forEver();
}

export function killsItselfAt(item: number): number | Promise<never> {
  return item === 7 ? killsItself() : item;
}

/** Dies in its first run. */
export function diesOnce(value: number): number | Promise<never> {
  return task().attempt === 1 ? killsItself() : value + task().attempt;
}

/** Ends its worker in its first run, in a way that threads survive together. */
export function exitsOnce(value: number): number {
  if (task().attempt === 1) process.exit(3);
  return value + task().attempt;
}

export function runsOutOfMemory(): number {
  const hoard: unknown[] = [];
  for (;;) hoard.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
}

export function leavesRejection(value: number): number {
  void Promise.reject(new Error('nobody looks at this'));
  return value;
}

export function strayAndWaits(): Promise<never> {
  void Promise.reject(new RangeError('left behind'));
  return forEver();
}

export function timerThrows(): Promise<never> {
  setTimeout(() => {
    throw new RangeError('thrown in a timer');
  }, 1);
  return forEver();
}

export function remember(value: number): void {
  task().state['value'] = value;
}

export function recall(): unknown {
  return task().state['value'];
}

export function initializerThrows(): never {
  throw new RangeError('the initializer failed');
}

export function initializerExits(): never {
  process.exit(7);
}

export function lastWords(): string {
  return `pid ${process.pid}`;
}

/** As last words: the calls that {@link count} has counted, and a mebibyte. */
export function heavyWords(): { calls: unknown; bytes: Uint8Array } {
  return { calls: task().state['calls'], bytes: new Uint8Array(1 << 20).fill(7) };
}

export function count(): number {
  const { state } = task();
  const calls = (typeof state['calls'] === 'number' ? state['calls'] : 0) + 1;
  state['calls'] = calls;
  return calls;
}

export function byteLength(array: Uint8Array): number {
  return array.byteLength;
}

export function bytes(length: number): Uint8Array {
  return new Uint8Array(length).fill(1);
}

export function sumOfMany(arrays: readonly Uint8Array[]): number {
  return arrays.reduce((sum, array) => sum + (array[0] ?? 0) + array.byteLength, 0);
}

export function reports(steps: number): number {
  const { report } = task();
  for (let i = 0; i < steps; i++) report({ step: i });
  return steps;
}

export function allowedProcessors(): string | undefined {
  return /Cpus_allowed_list:\s+(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
}

/** What a worker sees of the processors, and what a pool in it makes of them. */
export async function poolInPool(items: number[]): Promise<{ cpus: number; workers: number; squares: number[] }> {
  const pool = new Pool({ context: 'spawn' });
  try {
    const workers = pool.workers.length;
    return { cpus: cpuCount(), workers, squares: await pool.map(square, items) };
  } finally {
    await pool.terminate();
  }
}

export function processorsSeen(): number {
  return cpuCount();
}

export function processorsOfChild(): Promise<number> {
  return run(processorsSeen, [], { context: 'spawn' });
}

/** A pool in a pool in a pool …; the depth at which it ends. */
export async function poolsAllTheWayDown(depth: number): Promise<string> {
  let pool: Pool;
  try {
    pool = new Pool({ processes: 1, context: 'thread' });
  } catch (error) {
    return `${depth} ${error instanceof Error ? error.name : 'no error'}`;
  }
  try {
    return await pool.apply(poolsAllTheWayDown, [depth + 1]);
  } finally {
    await pool.terminate();
  }
}

export function isDaemon(): boolean {
  return currentProcess().daemon;
}

/** The square of a number from an executor in this worker, and whether it is the same executor when asked again. */
export async function executorInExecutor(x: number): Promise<[number, boolean]> {
  const options = { maxWorkers: 1, context: 'thread' } as const;
  const executor = getReusableExecutor(options);
  const result = await executor.submit(square, x);
  const isSame = getReusableExecutor(options) === executor;
  await executor.shutdown();
  return [result, isSame];
}

/** Reports at once, and then heeds its signal. */
export function reportsForEver(): Promise<string> {
  task().report('it has begun');
  return untilAborted();
}

export function exitsIfThree(item: number): number {
  return item === 3 ? process.exit(3) : item;
}

/** Waits for its signal if it is given a three. */
export function stuckIfThree(item: number): number | Promise<string> {
  return item === 3 ? untilAborted() : item;
}

/** An initializer that leaves something for the tasks of its worker. */
export function prepareState(base: number): void {
  Object.assign(task().state, { base, owner: task().workerId, count: 0 });
}

export function useState(_item: number): [number, unknown] {
  const { state } = task();
  state['count'] = Number(state['count']) + 1;
  return [task().workerId, state['owner'] === task().workerId ? state['base'] : 'another worker'];
}

/** A finalizer that tells what the tasks of its worker left. */
export function sumUp(): [number, unknown] {
  return [task().workerId, task().state['count']];
}

export function firstByte(array: Uint8Array): number | undefined {
  return array[0];
}

export function pidAndThread(_item: number): string {
  return `${process.pid} ${threadId}`;
}
