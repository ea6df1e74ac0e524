import { native } from '../native/addon.ts';

/**
 * Where another process finds a region: `/proc/<pid>/fd/<fd>`, checked against the inode, so that a process number or a
 * descriptor that was used again is noticed.
 */
export type RegionHandle = readonly [pid: number, fd: number, inode: number];

/**
 * A stretch of memory that several processes map.
 *
 * It has no name: the kernel frees it with its last user, also after `kill -9` of everybody.
 *
 * @see Linux `memfd_create(2)`, `mmap(2)`
 */
export class Region {
  /** All bytes as 32-bit words: the place of counters and flags, for `Atomics`. */
  readonly words: Int32Array<ArrayBuffer>;
  readonly buffer: ArrayBuffer;
  /** Index of this mapping in the addon's table. */
  readonly map: number;
  readonly handle: RegionHandle;

  private constructor(map: number, buffer: ArrayBuffer, handle: RegionHandle) {
    this.map = map;
    this.buffer = buffer;
    this.handle = handle;
    this.words = new Int32Array(buffer);
  }

  /**
   * Makes a region of zeros.
   *
   * @param byteLength Size in bytes; a multiple of 4.
   * @throws An error with the system's code (`ENOSPC`, `ENOMEM`, `EMFILE`) when there is no room.
   */
  static create(byteLength: number): Region {
    const { map, fd, inode, buffer } = native().createRegion(byteLength);
    return new Region(map, buffer, [process.pid, fd, inode]);
  }

  /**
   * Maps a region of another process of the program.
   *
   * @throws An error with code `ENOENT` or `ESTALE` when its holder is gone.
   */
  static open(handle: RegionHandle): Region {
    const { map, fd, inode, buffer } = native().openRegion(...handle);
    return new Region(map, buffer, [process.pid, fd, inode]);
  }

  get byteLength(): number {
    return this.buffer.byteLength;
  }

  /** Unmaps it in this thread; every view of it is empty afterwards. Others keep theirs. */
  close(): void {
    native().closeRegion(this.map);
  }
}
