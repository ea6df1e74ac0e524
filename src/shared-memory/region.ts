import { Parker } from './parker.ts';
import { CHUNK_BYTES, ProgramHeap, REGION } from './program-heap.ts';

/** What another process of the program needs to find a region. */
export type RegionHandle = readonly [offset: number, byteLength: number];

/**
 * A stretch of the program's shared memory with one owner: it lives until the owner closes it.
 *
 * For memory that lives as long as anybody uses it see `shared-block.ts`.
 */
export class Region {
  readonly handle: RegionHandle;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** All bytes as 32-bit words: the place of counters and flags, for `Atomics`. */
  readonly words: Int32Array<ArrayBuffer>;
  #chunks: number;

  private constructor(handle: RegionHandle, chunks: number) {
    this.handle = handle;
    this.bytes = ProgramHeap.current().view(...handle);
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.words = new Int32Array(buffer, byteOffset, byteLength / 4);
    this.#chunks = chunks;
  }

  /**
   * Takes memory full of zeros.
   *
   * @param byteLength Size in bytes; a multiple of 4.
   * @throws RangeError with code `ENOMEM` when there is no room.
   */
  static create(byteLength: number): Region {
    const chunks = Math.ceil(byteLength / CHUNK_BYTES);
    const first = ProgramHeap.current().claim(chunks, Parker.current().id, REGION);
    return new Region([first * CHUNK_BYTES, byteLength], chunks);
  }

  /** The region that its owner described. */
  static open(handle: RegionHandle): Region {
    return new Region(handle, 0);
  }

  get byteLength(): number {
    return this.handle[1];
  }

  /** Gives the memory back if this is the owner's; nobody may use it any more then. */
  close(): void {
    if (this.#chunks === 0) return;
    ProgramHeap.current().release(this.handle[0] / CHUNK_BYTES, this.#chunks);
    this.#chunks = 0;
  }
}
