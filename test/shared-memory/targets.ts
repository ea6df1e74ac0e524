// Functions that the tests of this folder run in children.
import { Deadline } from '#internal/base/deadline.js';
import { Mutex } from '#internal/shared-memory/mutex.js';
import { SharedBlock, type BlockHandle } from '#internal/shared-memory/shared-block.js';

/** Words of the block that the tests share: a mutex, then numbers of their own. */
export const DATA: number = Mutex.WORDS;

export function nothing(): void {}

interface Opened {
  readonly block: SharedBlock;
  readonly mutex: Mutex;
}

function open(handle: BlockHandle): Opened {
  const block = SharedBlock.open(handle);
  return { block, mutex: new Mutex(block.words) };
}

/** Adds one under the lock, without an atomic operation, so that two inside at once are seen. */
export function addSync(handle: BlockHandle, count: number): void {
  const { block, mutex } = open(handle);
  for (let i = 0; i < count; i++) {
    mutex.acquireSync(Deadline.never);
    block.words[DATA] = (block.words[DATA] ?? 0) + 1;
    mutex.release();
  }
}

/** As `addSync`, in tasks of one thread. */
export async function addAsync(handle: BlockHandle, count: number, tasks: number): Promise<void> {
  const { block, mutex } = open(handle);
  const work = async (): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await mutex.acquire({ deadline: Deadline.never, signal: undefined });
      const before = block.words[DATA] ?? 0;
      if (i % 16 === 0) await Promise.resolve();
      block.words[DATA] = before + 1;
      mutex.release();
    }
  };
  await Promise.all(Array.from({ length: tasks }, work));
}

/** Takes the lock, says so in word `DATA + 1`, and keeps it until it is killed. */
export async function holdForEver(handle: BlockHandle): Promise<void> {
  const { block, mutex } = open(handle);
  mutex.acquireSync(Deadline.never);
  Atomics.store(block.words, DATA + 1, 1);
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
}

/** Says so in word `DATA + 1` and waits for the lock until it is killed. */
export function waitForEver(handle: BlockHandle): void {
  const { block, mutex } = open(handle);
  Atomics.add(block.words, DATA + 1, 1);
  mutex.acquireSync(Deadline.never);
}

/** Takes and gives back the lock until word `DATA + 2` is set; word `DATA + 1` counts. */
export function churn(handle: BlockHandle): void {
  const { block, mutex } = open(handle);
  while (Atomics.load(block.words, DATA + 2) === 0) {
    mutex.acquireSync(Deadline.never);
    Atomics.add(block.words, DATA + 1, 1);
    mutex.release();
  }
}

/** Holds what it was given until it is killed. */
export async function keepForEver(array: Uint8Array, ready: { set(): void }): Promise<void> {
  ready.set();
  await new Promise<void>((resolve) => setTimeout(resolve, 2 ** 31 - 1));
  array[0] = 1;
}

export function dropIt(array: Uint8Array): void {
  array[0] = 1;
}
