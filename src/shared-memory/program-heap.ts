import { sharedState } from '../base/globals.ts';
import { native } from '../native/addon.ts';

/*
 * All memory that the processes of one program share: one anonymous file, made by the program's first thread that needs it
 * and mapped whole by every process. It is huge and almost all of it does not exist: a page comes into being when it is
 * touched. So whatever is shared is known by its offset alone, and outlives the process that made it; the kernel frees
 * everything with the program's last process, also after `kill -9` of all.
 *
 *   chunk 0        the registry (`registry.ts`); from its middle on what each chunk holds, a byte for each
 *   chunk 1        the table of chunks: 0 = free, else the participant that claimed it; its first word is the number of the
 *                  chunk behind the last that was ever claimed, so that nobody looks at the rest
 *   chunk 2 …      memory, handed out in runs of whole chunks
 *
 * A chunk is claimed by one compareExchange: no lock, so nobody killed in between holds anybody up.
 */

/** Where a process finds the heap of its program: process, descriptor, inode. */
export type HeapHandle = readonly [pid: number, fd: number, inode: number];

export const CHUNK_BYTES: number = 1 << 20;
/** Sizes that are tried: a limit of address space may forbid the first. All need one chunk for the table of chunks. */
const CAPACITIES = [2 ** 38, 2 ** 34, 2 ** 31, 2 ** 29];
const TABLE_CHUNK = 1;
const FIRST_CHUNK = 2;
/** Word of the table whose own chunk, that of the registry, is never handed out. */
const END = 0;

const FREE = 0;
const KINDS_BYTE = CHUNK_BYTES / 2;

/** What a run of chunks holds; all chunks of a run but the first are `REST`. */
export const REST = 1;
export const REGION = 2;
export const SMALL_BLOCKS = 3;
export const BIG_BLOCK = 4;
export const OBJECTS = 5;
export const BIG_OBJECT = 6;
export type Kind = typeof REGION | typeof SMALL_BLOCKS | typeof BIG_BLOCK | typeof OBJECTS | typeof BIG_OBJECT;

/** Chunks that belong together. */
export interface Run {
  readonly first: number;
  readonly count: number;
  /** Participant that claimed it. */
  readonly owner: number;
  /** 0 when the owner died before it said so. */
  readonly kind: number;
}

/** Memory of one chunk. */
export interface ChunkView {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly words: Int32Array<ArrayBuffer>;
}

/** The program's heap, as this thread maps it. */
export class ProgramHeap {
  readonly handle: HeapHandle;
  /** Number of the mapping, for calls of the addon. */
  readonly map: number;
  readonly #table: Int32Array<ArrayBuffer>;
  readonly #kinds: Uint8Array<ArrayBuffer>;
  readonly #views = new Map<number, ChunkView>();
  #hint = FIRST_CHUNK;

  private constructor(map: number, byteLength: number, handle: HeapHandle) {
    this.map = map;
    this.handle = handle;
    const chunks = byteLength / CHUNK_BYTES;
    this.#table = this.chunk(TABLE_CHUNK).words.subarray(0, chunks);
    this.#kinds = this.chunk(0).bytes.subarray(KINDS_BYTE, KINDS_BYTE + chunks);
  }

  /** The heap of this program: the parent's, or made by the first thread that asks. */
  static current(): ProgramHeap {
    return sharedState('shared-memory.heap.1', () => {
      const known = native().program();
      if (known) return ProgramHeap.#open(known);
      const made = create();
      const handle: HeapHandle = [process.pid, made.fd, made.inode];
      const winner = native().claimProgram(...handle);
      if (winner[2] === handle[2]) return new ProgramHeap(made.map, made.byteLength, handle);
      native().closeRegion(made.map);
      return ProgramHeap.#open(winner);
    });
  }

  static #open(handle: HeapHandle): ProgramHeap {
    const { map, byteLength } = native().openHeap(...handle);
    return new ProgramHeap(map, byteLength, handle);
  }

  /**
   * Takes a run of free chunks, all zeros.
   *
   * @param owner Participant id.
   * @returns Number of the first chunk.
   * @throws RangeError with code `ENOMEM` when no run is long enough.
   */
  claim(count: number, owner: number, kind: Kind): number {
    const first = this.#search(this.#hint, count, owner) ?? this.#search(FIRST_CHUNK, count, owner);
    if (first === undefined) throw noRoom(count * CHUNK_BYTES);
    this.#hint = first + count;
    for (let i = first + 1; i < first + count; i++) this.#kinds[i] = REST;
    Atomics.store(this.#kinds, first, kind);
    return first;
  }

  /** Gives a run back, with its memory. */
  release(first: number, count: number): void {
    native().discard(this.map, first * CHUNK_BYTES, count * CHUNK_BYTES);
    this.#kinds.fill(0, first, first + count);
    for (let i = first; i < first + count; i++) Atomics.store(this.#table, i, FREE);
    this.#hint = Math.min(this.#hint, first);
  }

  /** Chunks of the run that starts at `first`. */
  lengthOf(first: number): number {
    const owner = Atomics.load(this.#table, first);
    let count = 1;
    while (this.#kinds[first + count] === REST && Atomics.load(this.#table, first + count) === owner) count++;
    return count;
  }

  /** All runs that are in use. */
  *runs(): Generator<Run> {
    const table = this.#table;
    const end = Atomics.load(table, END);
    for (let first = FIRST_CHUNK; first < end; first++) {
      const owner = Atomics.load(table, first);
      if (owner === FREE) continue;
      const count = this.lengthOf(first);
      yield { first, count, owner, kind: this.#kinds[first] ?? 0 };
      first += count - 1;
    }
  }

  /** The memory of a chunk; made once. */
  chunk(index: number): ChunkView {
    const known = this.#views.get(index);
    if (known) return known;
    const bytes = this.view(index * CHUNK_BYTES, CHUNK_BYTES);
    const made = { bytes, words: new Int32Array(bytes.buffer, bytes.byteOffset, CHUNK_BYTES / 4) };
    this.#views.set(index, made);
    return made;
  }

  /** A part of the heap. Its buffer may be longer. */
  view(offset: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const view = native().viewHeap(this.map, offset, byteLength);
    return view instanceof Uint8Array ? view : new Uint8Array(view);
  }

  #search(from: number, count: number, owner: number): number | undefined {
    const table = this.#table;
    const last = table.length - count;
    for (let first = from; first <= last; first++) {
      if (Atomics.load(table, first) !== FREE) continue;
      const taken = this.#take(first, count, owner);
      if (taken === count) return first;
      first += taken;
    }
    return undefined;
  }

  /** Claims as many of the chunks as are free in one piece; all or none. @returns How many were free. */
  #take(first: number, count: number, owner: number): number {
    // Before anything is claimed: whoever cleans up after this process must see what it has.
    this.#raiseEnd(first + count);
    for (let i = 0; i < count; i++) {
      if (Atomics.compareExchange(this.#table, first + i, FREE, owner) === FREE) continue;
      for (let back = 0; back < i; back++) Atomics.store(this.#table, first + back, FREE);
      return i;
    }
    return count;
  }

  #raiseEnd(end: number): void {
    for (let known = Atomics.load(this.#table, END); known < end;) {
      known = Atomics.compareExchange(this.#table, END, known, end);
    }
  }
}

function create(): { map: number; fd: number; inode: number; byteLength: number } {
  let failure: unknown;
  for (const byteLength of CAPACITIES) {
    try {
      return { ...native().createHeap(byteLength), byteLength };
    } catch (error) {
      failure = error;
    }
  }
  throw noHeap(failure);
}

/** What the system's errors mean here, and what to do. */
const NO_HEAP: ReadonlyMap<unknown, string> = new Map([
  ['ENOMEM', 'there is no address space left for memory that processes share; raise the limit (`ulimit -v`)'],
  [
    'EFBIG',
    'memory that processes share counts as a file, and files may not be that long; raise the limit (`ulimit -f`)',
  ],
]);

function noHeap(cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause)) return cause;
  const meaning = NO_HEAP.get(cause.code);
  if (meaning === undefined) return cause;
  return Object.assign(new RangeError(`manycore: ${meaning}`, { cause }), { code: cause.code });
}

function noRoom(byteLength: number): RangeError {
  const message = `manycore: no ${byteLength} bytes in one piece are left in the program's shared memory`;
  const remedy = 'take out what lies in queues and pipes, bound them (`maxsize`), or raise the limit (`ulimit -v`)';
  const error = new RangeError(`${message}; ${remedy}`);
  return Object.assign(error, { code: 'ENOMEM' });
}
