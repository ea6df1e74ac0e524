import { sharedState } from '../base/globals.ts';
import { Parker } from './parker.ts';
import { BIG_BLOCK, CHUNK_BYTES, ProgramHeap, type Run, SMALL_BLOCKS } from './program-heap.ts';

/*
 * Memory for messages that are too big for a ring. Each thread allocates from chunks of its own; receivers only clear a
 * block's state word when they are done. So no lock is needed, and a block is used again while its pages are warm: page
 * faults on fresh memory cost more than the copy.
 *
 *   chunk of small blocks    [ bytes of a block ][ block ][ block ] …    one size for a chunk
 *   block                    [ state, holder, … 64 bytes ][ data … ]     state 1 = lent, 0 = may be used again
 *   big block                [ state, holder, … 4096 bytes ][ data … ]   a run of chunks
 */

const CHUNK_HEADER_BYTES = 64;
const BLOCK_HEADER_BYTES = 64;
const BIG_HEADER_BYTES = 4096;
const SMALLEST = 8;
/** Blocks above 64 KiB have chunks of their own. */
const LARGEST_SMALL = 16;
/** Bytes of idle big blocks that are kept for the next message. */
const KEEP_IDLE_BYTES = 256 << 20;
/** How many lent blocks one allocation looks at to find one that came back. */
const SWEEP = 8;

const RETURNED = 0;
const LENT = 1;

/** A piece of shared memory that one message fills. */
export class Block {
  /** Where the data starts in the program's heap; this is how others find it. */
  readonly offset: number;
  /** Room for data in bytes, at least what was asked for. */
  readonly capacity: number;
  /** Chunks that belong to it alone; 0 for a small block. */
  readonly chunks: number;
  /** Byte of the heap with its state; the id of the participant that took it follows. */
  readonly stateOffset: number;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #memory: Uint8Array;
  readonly #start: number;
  readonly #state: number;

  constructor(stateOffset: number, capacity: number, chunks: number) {
    const heap = ProgramHeap.current();
    const first = Math.floor(stateOffset / CHUNK_BYTES);
    const { words, bytes } = heap.chunk(first);
    this.stateOffset = stateOffset;
    this.offset = stateOffset + (chunks > 0 ? BIG_HEADER_BYTES : BLOCK_HEADER_BYTES);
    this.capacity = capacity;
    this.chunks = chunks;
    this.#words = words;
    this.#state = (stateOffset - first * CHUNK_BYTES) / 4;
    // A big block is written through a view of its own, as it is longer than a chunk.
    this.#memory = chunks > 0 ? heap.view(this.offset, capacity) : bytes;
    this.#start = chunks > 0 ? 0 : this.offset - first * CHUNK_BYTES;
  }

  /** The first `byteLength` bytes of the data. */
  bytes(byteLength: number): Uint8Array {
    return this.#memory.subarray(this.#start, this.#start + byteLength);
  }

  get isLent(): boolean {
    return Atomics.load(this.#words, this.#state) === LENT;
  }

  /** Makes the block usable again. */
  free(): void {
    Atomics.store(this.#words, this.#state, RETURNED);
  }

  lend(): void {
    Atomics.store(this.#words, this.#state + 1, 0);
    Atomics.store(this.#words, this.#state, LENT);
  }

  /** Frees it if the participant that took it is `id`, which is gone. */
  reclaim(id: number): void {
    if (this.isLent && Atomics.load(this.#words, this.#state + 1) === id) this.free();
  }
}

/** Blocks by size; the sending side of every message that does not fit in a ring. One for each thread. */
export class Heap {
  /** Blocks of each power of two, oldest loan first. */
  readonly #classes: Block[][] = [];
  readonly #open: (OpenChunk | undefined)[] = [];

  static current(): Heap {
    return sharedState('shared-memory.blocks.1', () => new Heap());
  }

  /**
   * Gives a block that nobody uses, lent from now on.
   *
   * @throws RangeError with code `ENOMEM` when there is no memory left.
   */
  allocate(byteLength: number): Block {
    const size = Math.max(SMALLEST, Math.ceil(Math.log2(Math.max(byteLength, 1))));
    const blocks = (this.#classes[size] ??= []);
    const block = takeReturned(blocks) ?? this.#grow(size, blocks);
    block.lend();
    return block;
  }

  /** Takes back everything that a dead participant had taken. @param id 0 for one that ended before it took part: it had nothing. */
  reclaim(id: number): void {
    // Blocks that nobody has taken yet have no holder, which is 0 as well: they are messages under way.
    if (id === 0) return;
    for (const blocks of this.#classes) for (const block of blocks ?? []) block.reclaim(id);
  }

  /** Gives the idle memory of big blocks back to the system, all but what the next messages will want. */
  trim(keepBytes: number = KEEP_IDLE_BYTES): void {
    let idle = 0;
    for (let size = this.#classes.length - 1; size > LARGEST_SMALL; size--) {
      this.#classes[size] = (this.#classes[size] ?? []).filter((block) => {
        if (block.isLent || (idle += block.capacity) <= keepBytes) return true;
        ProgramHeap.current().release(block.stateOffset / CHUNK_BYTES, block.chunks);
        return false;
      });
    }
  }

  #grow(size: number, blocks: Block[]): Block {
    if (size > LARGEST_SMALL) this.trim();
    const block = size > LARGEST_SMALL ? bigBlock(2 ** size) : this.#carve(size);
    // `trim` may have put another list in place of the one that was given.
    (this.#classes[size] ?? blocks).push(block);
    return block;
  }

  /** Cuts the next block off the chunk of its size, or off a new one. */
  #carve(size: number): Block {
    const stride = BLOCK_HEADER_BYTES + 2 ** size;
    let open = this.#open[size];
    if (!open || open.next + stride > open.end) {
      open = newChunk(2 ** size);
      this.#open[size] = open;
    }
    const block = new Block(open.next, 2 ** size, 0);
    open.next += stride;
    return block;
  }
}

/** Where the next block of a size is cut. */
interface OpenChunk {
  next: number;
  readonly end: number;
}

function newChunk(blockBytes: number): OpenChunk {
  const heap = ProgramHeap.current();
  const chunk = heap.claim(1, Parker.current().id, SMALL_BLOCKS);
  heap.chunk(chunk).words[0] = blockBytes;
  const start = chunk * CHUNK_BYTES;
  return { next: start + CHUNK_HEADER_BYTES, end: start + CHUNK_BYTES };
}

/** Looks at the oldest loans for one that came back, and moves it to the end. */
function takeReturned(blocks: Block[]): Block | undefined {
  for (let i = Math.min(SWEEP, blocks.length); i > 0; i--) {
    const block = blocks.shift();
    if (!block) return undefined;
    blocks.push(block);
    if (!block.isLent) return block;
  }
  return undefined;
}

function bigBlock(capacity: number): Block {
  const heap = ProgramHeap.current();
  const chunks = Math.ceil((BIG_HEADER_BYTES + capacity) / CHUNK_BYTES);
  const first = heap.claim(chunks, Parker.current().id, BIG_BLOCK);
  return new Block(first * CHUNK_BYTES, capacity, chunks);
}

/**
 * Whether nobody uses any block of a chunk (or run) whose owner died.
 *
 * @param isAlive Whether a participant still lives; a block that nobody has taken yet is on its way and counts as used.
 */
export function blocksUnused({ first, kind }: Run, isAlive: (id: number) => boolean): boolean {
  const { words } = ProgramHeap.current().chunk(first);
  const isFree = (state: number): boolean => {
    if (Atomics.load(words, state) !== LENT) return true;
    const holder = Atomics.load(words, state + 1);
    return holder !== 0 && !isAlive(holder);
  };
  for (const state of statesIn(words, kind)) if (!isFree(state)) return false;
  return true;
}

/** Frees what the participant `id`, which is dead, had taken out of a run of blocks, whoever owns it. */
export function returnBlocksOf(id: number, { first, kind }: Run): void {
  const { words } = ProgramHeap.current().chunk(first);
  for (const state of statesIn(words, kind)) {
    // In this order: a block that was lent anew has no holder, or another one.
    if (Atomics.load(words, state) === LENT && Atomics.load(words, state + 1) === id) {
      Atomics.store(words, state, RETURNED);
    }
  }
}

/** Indices of the state words of all blocks in the first chunk of a run. */
function* statesIn(words: Int32Array, kind: number): Generator<number> {
  if (kind === BIG_BLOCK) {
    yield 0;
    return;
  }
  const stride = (BLOCK_HEADER_BYTES + (words[0] ?? 0)) / 4;
  for (let at = CHUNK_HEADER_BYTES / 4; at + stride <= words.length; at += stride) yield at;
}
