import { sharedState } from '../base/globals.ts';
import { CHUNK_BYTES, ProgramHeap } from './program-heap.ts';

/*
 * Chains of message blocks that end with a shared object. A block is known by the offset of its state in units of 64 bytes;
 * its first word of data names the next one.
 */

const UNIT = 64;

/** A chain whose object ends. */
export interface EndingChain {
  /** Words of the heap's chunk in which the object lies, and the index of its first word of data among them. */
  readonly words: Int32Array;
  readonly at: number;
  /** Which of the object's chains. */
  readonly which: 0 | 1;
  /** Number of its first block. */
  readonly first: number;
}

type Ender = (chain: EndingChain) => void;

function enders(): Ender[] {
  return sharedState<Ender[]>('shared-memory.chains.1', () => []);
}

/** Says who knows what lies in chains: called before their blocks are given back. */
export function onChainEnd(end: Ender): void {
  // A second copy of the library in a thread knows the same.
  enders()[0] = end;
}

/** Ends a chain: what its messages carry, then its blocks. */
export function endChain(chain: EndingChain): void {
  if (chain.first === 0) return;
  enders()[0]?.(chain);
  for (let number = chain.first; number !== 0;) {
    const offset = number * UNIT;
    const chunk = Math.floor(offset / CHUNK_BYTES);
    const { words } = ProgramHeap.current().chunk(chunk);
    const state = (offset - chunk * CHUNK_BYTES) / 4;
    number = (words[state + UNIT / 4] ?? 0) >>> 0;
    Atomics.store(words, state, 0);
  }
}
