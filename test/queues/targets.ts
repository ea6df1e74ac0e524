// Functions that the tests of this folder run in children.
import { type JoinableQueue, Queue } from '#internal/queues/queue.js';

export async function putAll(queue: Queue<unknown>, items: readonly unknown[]): Promise<void> {
  for (const item of items) await queue.put(item);
}

export function putAllSync(queue: Queue<unknown>, items: readonly unknown[]): void {
  for (const item of items) queue.putSync(item);
}

/** Puts `[name, 0]`, `[name, 1]` … */
export async function produce(queue: Queue<unknown>, name: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await queue.put([name, i]);
}

/** Sends what it gets back, until `null` comes. */
export async function echo(from: Queue<unknown>, to: Queue<unknown>): Promise<void> {
  for (let item = await from.get(); item !== null; item = await from.get()) await to.put(item);
  await to.put('done');
}

export function echoSync(from: Queue<unknown>, to: Queue<unknown>): void {
  for (let item = from.getSync(); item !== null; item = from.getSync()) to.putSync(item);
  to.putSync('done');
}

export async function work(tasks: JoinableQueue<unknown>, done: Queue<unknown>): Promise<void> {
  for (let item = await tasks.get(); item !== null; item = await tasks.get()) {
    await done.put(item);
    tasks.taskDone();
  }
  tasks.taskDone();
}

export async function collect(from: Queue<number>, results: Queue<number>): Promise<void> {
  let count = 0;
  for await (const _ of from) count++;
  await results.put(count);
}

/** Makes a queue of its own, sends it, fills it, and ends. */
export async function sendOwnQueue(queue: Queue<Queue<string>>, own: Queue<string>): Promise<void> {
  await own.put('first');
  await queue.put(own);
  await own.put('second');
}

export function double(x: number): number {
  return x * 2;
}

export class Point {
  readonly x: number;
  readonly y: number;
  constructor(x: number, y: number) {
    this.x = x;
    this.y = y;
  }
  sum(): number {
    return this.x + this.y;
  }
}

/** Puts whole numbers for as long as it lives; each is named after it. */
export function produceForEver(queue: Queue<string>, name: string): void {
  for (let i = 0; ; i++) queue.putSync(i % 16 === 0 ? `${name}:${i}:${'x'.repeat(20_000)}` : `${name}:${i}:`);
}

/** Gets for as long as it lives; reports each item on its own queue. */
export function consumeForEver(queue: Queue<string>, report: Queue<string>): void {
  for (;;) report.putSync(queue.getSync());
}

/** Takes items, says so, and keeps them until it is killed. */
export async function takeAndHold(queue: Queue<unknown>, ready: Queue<unknown>): Promise<void> {
  const held: unknown[] = [];
  for await (const item of queue) {
    held.push(item);
    await ready.put(held.length);
  }
}

/** Puts some big items into each queue that it is given. */
export async function putBig(queues: Queue<Queue<Uint8Array>>, byteLength: number, count: number): Promise<void> {
  const item = new Uint8Array(byteLength);
  for await (const queue of queues) for (let i = 0; i < count; i++) await queue.put(item);
}

/** Keeps a queue until it is killed. */
export async function keep(queue: Queue<unknown>, ready: Queue<unknown>): Promise<void> {
  await ready.put('here');
  await new Queue<unknown>().get();
  queue.close();
}
