import { sharedState } from '../base/globals.ts';
import * as keeper from '../native/keeper.ts';
import { sharesMemory } from '../native/load.ts';
import { currentKeep, noteLoan, setLoanKeeper } from '../reduction/loans.ts';
import { registerSharedKind } from '../reduction/shared-kinds.ts';
import { type BlockHandle, type BlockLife, keyOf, notHere, placed, withHeader } from './block-handle.ts';
import { endChain } from './chains.ts';
import { Parker } from './parker.ts';
import { BIG_OBJECT, CHUNK_BYTES, OBJECTS, ProgramHeap } from './program-heap.ts';
import { reach } from './reach.ts';
import { SLOTS } from './registry.ts';

/*
 * Memory that lives as long as any thread of the program uses it, whoever made it: locks, queues, arrays.
 *
 *   object header (1024 bytes)   word 0 life: odd = in use, even = free; counts up with every change, from a random number on
 *                                word 1 messages under way that carry it
 *                                words 2, 3 chains of message blocks that end with it: number of the first block, or 0
 *                                words 64 … 191 who uses it: one bit for each participant's slot
 *   chunk of objects             [ bytes of an object ][ object ][ object ] …      one size for a chunk
 *   big object                   [ header, 4096 bytes ][ data … ]                 a run of chunks
 *
 * The last user that leaves frees it. A user that was killed is taken out by whoever notices its death. A message that is
 * thrown away, or ends unread with its queue or pipe, is counted down by whoever ends it (`reduction/loans.ts`).
 */

export type { BlockHandle, BlockLife } from './block-handle.ts';

export const HEADER_BYTES = 1024;
const BIG_HEADER_BYTES = 4096;
export const CHUNK_HEADER_BYTES = 64;
const LIFE = 0;
const UNDER_WAY = 1;
const CHAINS = 2;
const USERS = 64;
const USER_WORDS = SLOTS / 32;
/** Data sizes from 64 bytes to 128 KiB share chunks; larger objects have their own. */
const SMALLEST = 6;
const LARGEST_SMALL = 17;

/** Where the first block of a chain is noted: the offset of its state in units of 64 bytes. Its first word of data names the next one. */
export interface ChainWord {
  readonly words: Int32Array<ArrayBuffer>;
  readonly index: number;
}

/** A shared object's memory, as this thread sees it. */
export class SharedBlock {
  /** The data; zeros when new. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The data by words. Whoever holds these uses the object. */
  readonly words: Int32Array<ArrayBuffer>;
  /** Index of `words[0]` in the heap, for the addon's calls on words. */
  readonly firstWord: number;
  readonly #handle: BlockHandle;

  private constructor(handle: BlockHandle) {
    this.#handle = handle;
    const [header, dataOffset, byteLength, place] = handle;
    const life = place?.[1] ?? 0;
    this.bytes =
      life > 0 ? new Uint8Array(keeper.kept(keyOf(header, life))) : ProgramHeap.current().view(dataOffset, byteLength);
    const { buffer, byteOffset } = this.bytes;
    this.words = new Int32Array(buffer, byteOffset, Math.floor(byteLength / 4));
    this.firstWord = dataOffset / 4;
    uses().add(this, handle);
  }

  /**
   * Makes an object of zeros.
   *
   * @param byteLength At least 1.
   * @throws RangeError with code `ENOMEM` when there is no room.
   */
  static allocate(byteLength: number): SharedBlock {
    const size = Math.max(SMALLEST, Math.ceil(Math.log2(byteLength)));
    const header = size > LARGEST_SMALL ? newBigObject(byteLength) : uses().freeObject(size);
    const headerBytes = size > LARGEST_SMALL ? BIG_HEADER_BYTES : HEADER_BYTES;
    return new SharedBlock(placed([header, header + headerBytes, byteLength], 0));
  }

  /**
   * As {@link SharedBlock.allocate}, for memory that users see: its {@link SharedBlock.buffer} is theirs alone, and whoever
   * holds it, or a view of it, uses the object.
   */
  static allocateBuffer(byteLength: number): SharedBlock {
    if (sharesMemory()) return SharedBlock.allocate(byteLength);
    // The heap is one buffer then, of which no part can be given away.
    const header = uses().freeObject(SMALLEST);
    const { words, at } = headerOf(header);
    const life = Atomics.load(words, at + LIFE);
    keeper.keep(keyOf(header, life), byteLength);
    return new SharedBlock(placed([header, 0, byteLength], life));
  }

  /** The object that a message carries. */
  static open(handle: BlockHandle): SharedBlock {
    const home = handle[3]?.[0];
    if (home !== undefined && home !== process.pid) throw notHere();
    const header = Math.abs(handle[0]);
    const block = uses().find(header) ?? new SharedBlock(withHeader(handle, header));
    if (handle[0] > 0) arrive(header);
    return block;
  }

  /** The object whose memory `buffer` is, if it is one. */
  static of(buffer: ArrayBufferLike): SharedBlock | undefined {
    return uses().byBuffer.get(buffer);
  }

  /** The buffer with the data, and more of the heap when it was not made by {@link SharedBlock.allocateBuffer}. */
  get buffer(): ArrayBuffer {
    return this.bytes.buffer;
  }

  /** The note of a chain of message blocks that are given back when the object ends; the object's class keeps it. */
  chain(which: 0 | 1): ChainWord {
    const { words, at } = headerOf(this.#handle[0]);
    return { words, index: at + CHAINS + which };
  }

  /**
   * For one message to one receiver, which must {@link open} it; or for the message that is being written, whose sender keeps
   * what it carries.
   *
   * @param counter Index of the word, if there is one, in which the caller has counted the message too: when nobody opens it,
   * it is counted down there as well.
   */
  send(counter: number = -1): BlockHandle {
    if (reach.isLeaving) throw notHere();
    return this.sendHosted(counter);
  }

  /** For messages whose sender uses the object for as long as anybody may open it. */
  get kept(): BlockHandle {
    return withHeader(this.#handle, -this.#handle[0]);
  }

  /**
   * Ends this thread's use of it before the collector does. Its memory must not be touched any more.
   *
   * For objects whose memory nobody else of this thread holds.
   */
  end(): void {
    uses().end(this, this.#handle[0]);
  }

  /** Tells this object from the next one at its place: see {@link SharedBlock.hasEnded}. */
  get life(): BlockLife {
    const [header] = this.#handle;
    const { words, at } = headerOf(header);
    return [header, Atomics.load(words, at + LIFE)];
  }

  /** Whether nobody of the program uses the object any more, and no message carries it. */
  static hasEnded([header, life]: BlockLife): boolean {
    const { words, at } = headerOf(header);
    return Atomics.load(words, at + LIFE) !== life;
  }

  /** As {@link send}, for what processes without shared memory use through the one where it lies. */
  sendHosted(counter: number = -1): BlockHandle {
    const keep = currentKeep();
    if (keep) {
      if (counter >= 0) keep.onEnd(() => Atomics.sub(this.words, counter, 1));
      keep.hold(this);
      return this.kept;
    }
    const [header] = this.#handle;
    const { words, at } = headerOf(header);
    Atomics.add(words, at + UNDER_WAY, 1);
    noteLoan(header, counter);
    return this.#handle;
  }
}

/** The objects that this thread uses. */
class Uses {
  readonly byBuffer = new WeakMap<ArrayBufferLike, SharedBlock>();
  readonly #blocks = new Map<number, WeakRef<SharedBlock>>();
  /** How many buffers of each object live here, those waiting for the collector's call included. */
  readonly #counts = new Map<number, number>();
  readonly #collected = new FinalizationRegistry<number>((header) => this.#drop(header));
  /** Objects that this thread made, by size: free ones are found here again. */
  readonly #made = new Map<number, number[]>();
  readonly #open = new Map<number, { next: number; readonly end: number }>();

  add(block: SharedBlock, [header]: BlockHandle): void {
    setUser(header, Parker.current().id);
    this.#counts.set(header, (this.#counts.get(header) ?? 0) + 1);
    this.#blocks.set(header, new WeakRef(block));
    const isWhole = block.buffer.byteLength === block.bytes.byteLength;
    if (isWhole) this.byBuffer.set(block.buffer, block);
    this.#collected.register(isWhole ? block.buffer : block.words, header, block);
  }

  end(block: SharedBlock, header: number): void {
    if (this.#collected.unregister(block)) this.#drop(header);
  }

  find(header: number): SharedBlock | undefined {
    return this.#blocks.get(header)?.deref();
  }

  /** Lets go of everything, at the end of the thread. */
  close(): void {
    for (const header of this.#counts.keys()) dropUser(header, Parker.current().id);
    this.#counts.clear();
  }

  /** An object of that size that nobody uses; already this thread's. */
  freeObject(size: number): number {
    const made = this.#made.get(size) ?? [];
    this.#made.set(size, made);
    for (let i = Math.min(8, made.length); i > 0; i--) {
      const header = made.shift();
      if (header === undefined) break;
      made.push(header);
      if (reuse(header, size)) return header;
    }
    const header = this.#carve(size);
    made.push(header);
    begin(header);
    return header;
  }

  #carve(size: number): number {
    const stride = HEADER_BYTES + 2 ** size;
    let open = this.#open.get(size);
    if (!open || open.next + stride > open.end) {
      const heap = ProgramHeap.current();
      const chunk = heap.claim(1, Parker.current().id, OBJECTS);
      heap.chunk(chunk).words[0] = 2 ** size;
      open = { next: chunk * CHUNK_BYTES + CHUNK_HEADER_BYTES, end: (chunk + 1) * CHUNK_BYTES };
      this.#open.set(size, open);
    }
    const header = open.next;
    open.next += stride;
    setFirstLife(header);
    return header;
  }

  #drop(header: number): void {
    const left = (this.#counts.get(header) ?? 1) - 1;
    if (left > 0) {
      this.#counts.set(header, left);
      return;
    }
    this.#counts.delete(header);
    this.#blocks.delete(header);
    dropUser(header, Parker.current().id);
  }
}

function uses(): Uses {
  return sharedState('shared-memory.uses.1', () => new Uses());
}

/** Ends this thread's use of all shared objects, so that those it alone used are free. */
export function releaseOwnObjects(): void {
  uses().close();
}

interface Header {
  readonly words: Int32Array<ArrayBuffer>;
  /** Index of its first word. */
  readonly at: number;
}

function headerOf(offset: number): Header {
  const chunk = Math.floor(offset / CHUNK_BYTES);
  return { words: ProgramHeap.current().chunk(chunk).words, at: (offset - chunk * CHUNK_BYTES) / 4 };
}

function setUser(offset: number, participant: number): void {
  const { words, at } = headerOf(offset);
  const slot = participant & (SLOTS - 1);
  Atomics.or(words, at + USERS + (slot >> 5), 1 << (slot & 31));
}

/** Takes a user out; frees the object if it was the last. */
export function dropUser(offset: number, participant: number): void {
  const { words, at } = headerOf(offset);
  const slot = participant & (SLOTS - 1);
  // Read before looking at the users: when the object is freed and used anew meanwhile, the exchange below fails.
  const life = Atomics.load(words, at + LIFE);
  const bit = 1 << (slot & 31);
  if ((Atomics.and(words, at + USERS + (slot >> 5), ~bit) & bit) === 0) return;
  freeIfUnused(offset, life);
}

/** A message that carries the object is under way no longer. */
function arrive(offset: number): void {
  const { words, at } = headerOf(offset);
  // Never below zero, whatever a damaged message says.
  let underWay = Atomics.load(words, at + UNDER_WAY);
  while (underWay > 0) {
    const was = Atomics.compareExchange(words, at + UNDER_WAY, underWay, underWay - 1);
    if (was === underWay) return;
    underWay = was;
  }
}

setLoanKeeper((offset, counter) => {
  const { words, at } = headerOf(offset);
  // Read before the message is counted down, as in `dropUser`.
  const life = Atomics.load(words, at + LIFE);
  if (counter >= 0) Atomics.sub(words, at + HEADER_BYTES / 4 + counter, 1);
  arrive(offset);
  freeIfUnused(offset, life);
});

function freeIfUnused(offset: number, life: number): void {
  const { words, at } = headerOf(offset);
  if ((life & 1) === 0 || Atomics.load(words, at + UNDER_WAY) !== 0) return;
  for (let i = 0; i < USER_WORDS; i++) if (Atomics.load(words, at + USERS + i) !== 0) return;
  // The next life begins and ends at once: nobody else can end it, and nobody uses the memory anew before that.
  if (Atomics.compareExchange(words, at + LIFE, life, (life + 2) | 0) !== life) return;
  for (const which of [0, 1] as const) {
    endChain({ words, at: at + HEADER_BYTES / 4, which, first: (words[at + CHAINS + which] ?? 0) >>> 0 });
  }
  Atomics.add(words, at + LIFE, 1);
  if (at === 0) releaseBig(offset / CHUNK_BYTES);
  if (!sharesMemory()) keeper.forget(keyOf(offset, life));
}

/** Makes a free object this thread's own again, full of zeros. */
function reuse(offset: number, size: number): boolean {
  const { words, at } = headerOf(offset);
  if ((Atomics.load(words, at + LIFE) & 1) === 1) return false;
  words.fill(0, at + HEADER_BYTES / 4, at + (HEADER_BYTES + 2 ** size) / 4);
  words.fill(0, at + CHAINS, at + CHAINS + 2);
  begin(offset);
  return true;
}

/** What was there before in the memory must not be taken for this object by those who watch its life. */
function setFirstLife(offset: number): void {
  const { words, at } = headerOf(offset);
  words[at + LIFE] = Math.floor(Math.random() * 2 ** 28) << 1;
}

function begin(offset: number): void {
  const { words, at } = headerOf(offset);
  // The user first: an object in use that has none would be freed by a slow reader of its former life.
  setUser(offset, Parker.current().id);
  Atomics.add(words, at + LIFE, 1);
}

function newBigObject(byteLength: number): number {
  const heap = ProgramHeap.current();
  const chunks = Math.ceil((BIG_HEADER_BYTES + byteLength) / CHUNK_BYTES);
  const offset = heap.claim(chunks, Parker.current().id, BIG_OBJECT) * CHUNK_BYTES;
  setFirstLife(offset);
  begin(offset);
  return offset;
}

function releaseBig(first: number): void {
  const heap = ProgramHeap.current();
  heap.release(first, heap.lengthOf(first));
}

/** Whether the object whose header is there is in use. */
export function isInUse(offset: number): boolean {
  const { words, at } = headerOf(offset);
  return (Atomics.load(words, at + LIFE) & 1) === 1;
}

registerSharedKind({
  tag: 'block',
  home: import.meta.url,
  has: (buffer) => SharedBlock.of(buffer) !== undefined,
  describe: (buffer) => SharedBlock.of(buffer)?.send(),
  // Written by `describe`.
  open: (handle) => SharedBlock.open(handle as BlockHandle).buffer,
});
