import { RawArray } from 'manycore';
import { BIG_BLOCK, BIG_OBJECT, ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { collectGarbage } from './gc.ts';
import { waitUntil } from './rendezvous.ts';

/** Bytes above which a shared object has chunks of its own. */
const BIG_BYTES = 2 << 20;

/** An array that {@link arrays} counts. */
export function newArray(): Uint8Array {
  return RawArray('B', BIG_BYTES);
}

/** Arrays of the program that are in use: each of this size is a run of its own. */
export function arrays(): number {
  return [...ProgramHeap.current().runs()].filter(({ kind }) => kind === BIG_OBJECT).length;
}

/** Waits until so many are in use as before. */
export async function untilFreed(before: number): Promise<void> {
  await waitUntil(() => {
    collectGarbage();
    return arrays() === before;
  }, 'the array is given back');
}

/** Big blocks of messages that are under way or in use. */
export function lentBlocks(): number {
  const heap = ProgramHeap.current();
  const isLent = (first: number): boolean => Atomics.load(heap.chunk(first).words, 0) === 1;
  return [...heap.runs()].filter(({ kind, first }) => kind === BIG_BLOCK && isLent(first)).length;
}

/** Waits until so many are lent as before. */
export async function untilReturned(before: number): Promise<void> {
  await waitUntil(() => {
    collectGarbage();
    return lentBlocks() === before;
  }, 'the blocks are given back');
}
