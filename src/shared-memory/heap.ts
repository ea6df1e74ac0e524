import { native } from '../native/addon.ts';
import { Region } from './region.ts';

/*
 * Memory for what is too big for a ring. Each thread owns one heap that it alone allocates from; receivers only clear a
 * block's state word when they are done. So no lock is needed, and a block is used again while its pages are warm: page
 * faults on fresh memory cost more than the copy.
 *
 *   arena     [ header 4096: word 0 = retired ][ block ][ block ] …         1 MiB, one size class each, or one big block
 *   block     [ state, holder, …  64 bytes ][ data … ]                     state 1 = lent, 0 = may be used again
 *   big block   the state words lie in the arena's header, so that data starts on a page
 */

const HEADER_BYTES = 4096;
const BLOCK_HEADER_BYTES = 64;
const ARENA_BYTES = 1 << 20;
const SMALLEST = 8;
/** Blocks above 64 KiB have an arena of their own. */
const LARGEST_SHARED = 16;
const BIG_STATE_WORD = 16;
/** Bytes of idle big blocks that are kept for the next message. */
const KEEP_IDLE_BYTES = 256 << 20;
/** How many lent blocks one allocation looks at to find one that came back. */
const SWEEP = 8;

const FREE = 0;
const LENT = 1;

/** Word 0 of an arena: its owner gave it up, whoever still maps it should let go. */
export const RETIRED_WORD = 0;

/** A piece of shared memory that one message fills. */
export class Block {
  readonly region: Region;
  /** First byte of the data in the region. */
  readonly offset: number;
  /** Room for data in bytes, at least what was asked for. */
  readonly capacity: number;
  /** The word of the region that says whether it is lent; the next word holds the participant that took it. */
  readonly stateWord: number;

  constructor(region: Region, offset: number, capacity: number, stateWord: number) {
    this.region = region;
    this.offset = offset;
    this.capacity = capacity;
    this.stateWord = stateWord;
  }

  /** The first `byteLength` bytes of the data. */
  bytes(byteLength: number): Uint8Array {
    return new Uint8Array(this.region.buffer, this.offset, byteLength);
  }

  get isLent(): boolean {
    return Atomics.load(this.region.words, this.stateWord) === LENT;
  }

  /** Makes the block usable again. */
  free(): void {
    Atomics.store(this.region.words, this.stateWord, FREE);
  }

  lend(): void {
    Atomics.store(this.region.words, this.stateWord + 1, 0);
    Atomics.store(this.region.words, this.stateWord, LENT);
  }

  /** Frees it if the participant that took it is `id`, which is gone. */
  reclaim(id: number): void {
    if (this.isLent && Atomics.load(this.region.words, this.stateWord + 1) === id) this.free();
  }
}

/** Blocks by size; the sending side of every message that does not fit in a ring. */
export class Heap {
  /** Blocks of each power of two, oldest loan first. */
  readonly #classes: Block[][] = [];

  /**
   * Gives a block that nobody uses, lent from now on.
   *
   * @throws An error with the system's code when there is no memory left.
   */
  allocate(byteLength: number): Block {
    const size = Math.max(SMALLEST, Math.ceil(Math.log2(Math.max(byteLength, 1))));
    const blocks = (this.#classes[size] ??= []);
    const block = returned(blocks) ?? this.#grow(size, blocks);
    block.lend();
    return block;
  }

  /** Takes back everything that a dead participant had taken. */
  reclaim(id: number): void {
    for (const blocks of this.#classes) for (const block of blocks ?? []) block.reclaim(id);
  }

  /** Gives the idle memory back to the system, all but what the next messages will want. */
  trim(keepBytes: number = KEEP_IDLE_BYTES): void {
    let idle = 0;
    for (let size = this.#classes.length - 1; size > LARGEST_SHARED; size--) {
      this.#classes[size] = (this.#classes[size] ?? []).filter((block) => {
        if (block.isLent || (idle += block.capacity) <= keepBytes) return true;
        retire(block.region);
        return false;
      });
    }
  }

  /** Ends the heap. What others have mapped stays theirs. */
  close(): void {
    for (const blocks of this.#classes) for (const block of blocks ?? []) retire(block.region);
    this.#classes.length = 0;
  }

  #grow(size: number, blocks: Block[]): Block {
    if (size > LARGEST_SHARED) {
      this.trim();
      const block = bigBlock(2 ** size);
      blocks.push(block);
      return block;
    }
    const made = smallBlocks(2 ** size);
    blocks.unshift(...made);
    const [first] = made;
    if (!first) throw new RangeError(`manycore: no block of ${2 ** size} bytes fits an arena`);
    blocks.push(first);
    blocks.shift();
    return first;
  }
}

/** Looks at the oldest loans for one that came back, and moves it to the end. */
function returned(blocks: Block[]): Block | undefined {
  for (let i = Math.min(SWEEP, blocks.length); i > 0; i--) {
    const block = blocks.shift();
    if (!block) return undefined;
    blocks.push(block);
    if (!block.isLent) return block;
  }
  return undefined;
}

function bigBlock(capacity: number): Block {
  const region = Region.create(HEADER_BYTES + capacity);
  return new Block(region, HEADER_BYTES, capacity, BIG_STATE_WORD);
}

function smallBlocks(capacity: number): Block[] {
  const region = Region.create(ARENA_BYTES);
  const stride = BLOCK_HEADER_BYTES + capacity;
  const blocks: Block[] = [];
  for (let at = HEADER_BYTES; at + stride <= ARENA_BYTES; at += stride) {
    blocks.push(new Block(region, at + BLOCK_HEADER_BYTES, capacity, at / 4));
  }
  return blocks;
}

function retire(region: Region): void {
  if (region.buffer.byteLength === 0) return;
  Atomics.store(region.words, RETIRED_WORD, 1);
  native().closeRegion(region.map);
}
