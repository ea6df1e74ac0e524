import { constants as buffers } from 'node:buffer';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { wrongRange } from '../base/invalid.ts';
import { showAsText } from '../base/show.ts';
import { checkBoolean, checkInteger, checkOptions, checkString } from '../base/options.ts';
import { sharedMemoryFolder } from '../base/platform.ts';
import { NativeUnavailableError } from '../base/errors.ts';
import { native } from '../native/addon.ts';
import type { MappedRegion } from '../native/contract.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { registerSharedKind } from '../reduction/shared-kinds.ts';
import { forgetName, trackName } from './tracked-names.ts';

/** Options of {@link SharedMemory}. */
export interface SharedMemoryOptions {
  /** Name of the block; when absent, a new one is made up for a new block. */
  readonly name?: string | undefined;
  /** Whether to make the block, instead of attaching to the one that is there. Default `false`. */
  readonly create?: boolean | undefined;
  /** Bytes of a new block; not looked at when attaching. */
  readonly size?: number | undefined;
  /** Whether this program unlinks the block when it ends without having done so. Default `true`. */
  readonly track?: boolean | undefined;
}

const KEYS = ['name', 'create', 'size', 'track'] as const;
const { O_CREAT, O_EXCL, O_RDWR, O_NOFOLLOW } = constants;
const BLOCK_BYTES = 512;

/** Buffers of the blocks that this thread has mapped. */
const mapped = new WeakMap<ArrayBufferLike, Mapping>();

interface Mapping {
  readonly region: MappedRegion;
  readonly name: string;
}

/**
 * Shared memory with a name, by which any program on the machine finds it.
 *
 * {@link SharedMemory.close} ends the use of this handle, {@link SharedMemory.unlink} the block itself, once nobody uses it.
 * A program that ends without unlinking what it created, even by `kill -9`, has it unlinked by a tracker, with a warning.
 * Sendable in any message, by its name; typed arrays on {@link SharedMemory.buf} travel by reference.
 *
 * @see Python `multiprocessing.shared_memory.SharedMemory`; `shm_open(3)`
 *
 * @example
 * ```ts
 * const block = new SharedMemory({ create: true, size: 1024 });
 * const same = new SharedMemory({ name: block.name });
 * same.buf[0] = 1;
 * same.close();
 * block.close();
 * block.unlink();
 * ```
 */
export class SharedMemory {
  readonly #name: string;
  readonly #size: number;
  readonly #region: MappedRegion;
  readonly #isTracked: boolean;
  #buf: Uint8Array<ArrayBuffer> | undefined;

  /**
   * @throws RangeError or TypeError for wrong arguments; an error with code `EEXIST`, `ENOENT`, `EACCES`, `ENOSPC` (the
   *   folder of shared memory is full) or another of the system's.
   */
  constructor(options: SharedMemoryOptions = {}) {
    checkOptions('SharedMemory', options, KEYS);
    const { create = false, track = true, size = 0 } = options;
    checkBoolean('SharedMemory', 'create', create);
    checkBoolean('SharedMemory', 'track', track);
    if (create) checkInteger('SharedMemory', 'size', size, 1, buffers.MAX_LENGTH);
    const [name, fd] = this.#open(options.name, create);
    try {
      this.#region = map(fd, name, create ? size : undefined);
    } finally {
      closeSync(fd);
    }
    this.#name = name;
    this.#size = this.#region.buffer.byteLength;
    this.#buf = new Uint8Array(this.#region.buffer);
    this.#isTracked = track;
    mapped.set(this.#region.buffer, { region: this.#region, name });
    if (track) this.#track(create);
  }

  /** The block's memory; empty after {@link SharedMemory.close}. */
  get buf(): Uint8Array<ArrayBuffer> {
    return this.#buf ?? new Uint8Array(0);
  }

  get name(): string {
    return this.#name;
  }

  /** Bytes of the block. */
  get size(): number {
    return this.#size;
  }

  /** Ends the use of the block by this handle: views on its memory have length 0 from now on. Does nothing the second time. */
  close(): void {
    this.#buf = undefined;
    native().closeRegion(this.#region.map);
  }

  /**
   * Takes the name away: nobody can attach any more, and the memory is given back when the last handle is closed.
   *
   * @throws An error with code `ENOENT` when somebody did so before.
   */
  unlink(): void {
    unlinkSync(pathOf(this.#name));
    forgetName(this.#name);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  toString(): string {
    return `SharedMemory('${this.#name}', size=${this.#size})`;
  }

  /** A name for a new block; asked for again when there is one of that name. Carries the process id, to tell whose it is. */
  protected newName(): string {
    // Asked for here: to load it costs each program two milliseconds.
    const { randomBytes } = process.getBuiltinModule('node:crypto');
    return `psm_${process.pid}_${randomBytes(4).toString('hex')}`;
  }

  #track(isNew: boolean): void {
    try {
      trackName(this.#name, this.#region.inode);
    } catch (error) {
      // Nobody would know of it.
      this.close();
      if (isNew) unlinkSync(pathOf(this.#name));
      throw error;
    }
  }

  #open(given: string | undefined, create: boolean): [name: string, fd: number] {
    if (given !== undefined) {
      const name = checkName(given);
      return [name, openSync(pathOf(name), O_RDWR | O_NOFOLLOW | (create ? O_CREAT | O_EXCL : 0), 0o600)];
    }
    if (!create) throw wrongRange('SharedMemory', 'name', 'the name of a block, or `create` to be true', given);
    for (;;) {
      const name = checkName(this.newName());
      try {
        return [name, openSync(pathOf(name), O_RDWR | O_CREAT | O_EXCL, 0o600)];
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
    }
  }

  static {
    showAsText(this.prototype);
    registerHandler<SharedMemory, Parts>('shared-memory.SharedMemory', SharedMemory, {
      home: import.meta.url,
      take: (memory) => ({ name: memory.#name, track: memory.#isTracked }),
      make: (options) => new SharedMemory(options),
    });
  }
}

interface Parts {
  readonly name: string;
  readonly track: boolean;
}

/** Maps the open file; a new one gets its size and all of its memory first. */
function map(fd: number, name: string, size: number | undefined): MappedRegion {
  try {
    if (size !== undefined) ftruncateSync(fd, size);
    const file = fstatSync(fd);
    const { ino, size: bytes, blocks } = file;
    // The name may be of something that others put there.
    if (!file.isFile() || bytes < 1 || bytes > buffers.MAX_LENGTH) {
      const expected = `the name of a block of 1 to ${buffers.MAX_LENGTH} bytes`;
      throw wrongRange('SharedMemory', 'name', file.isFile() ? `${expected}, not of ${bytes}` : expected, name);
    }
    const region = native().openRegion(process.pid, fd, ino);
    // Memory that is not there would end the program in the middle of a write.
    if (blocks * BLOCK_BYTES < bytes) reserve(region);
    return region;
  } catch (error) {
    if (size === undefined) throw error;
    unlinkSync(pathOf(name));
    throw explained(error, size);
  }
}

/** The system says which call failed, but not what to do. */
function explained(error: unknown, size: number): unknown {
  if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') return error;
  const message = `SharedMemory: expected room for ${size} bytes in ${sharedMemoryFolder}, but it is full (ENOSPC); unlink blocks that nobody uses, or make it larger`;
  return Object.assign(new Error(message, { cause: error }), { code: 'ENOSPC' });
}

function reserve(region: MappedRegion): void {
  try {
    native().reserve(region.map);
  } catch (error) {
    native().closeRegion(region.map);
    throw error;
  }
}

function checkName(name: unknown): string {
  checkString('SharedMemory', 'name', name);
  // Python's names may begin with a slash, as those of `shm_open` do.
  const plain = name.startsWith('/') ? name.slice(1) : name;
  if (plain !== '' && plain !== '.' && plain !== '..' && !/[/\0]/.test(plain)) return plain;
  throw wrongRange('SharedMemory', 'name', 'a file name without slashes and NUL', name);
}

function pathOf(name: string): string {
  if (sharedMemoryFolder !== undefined) return join(sharedMemoryFolder, name);
  throw new NativeUnavailableError(
    'SharedMemory: named shared memory is only there on Linux so far; use Array or RawArray',
  );
}

interface Handle {
  readonly pid: number;
  readonly fd: number;
  readonly inode: number;
  readonly name: string;
}

/** Buffers that came in messages, by inode, so that the same block is mapped once. */
const received = new Map<number, WeakRef<ArrayBuffer>>();

function openHandle({ pid, fd, inode, name }: Handle): ArrayBuffer {
  const known = received.get(inode)?.deref();
  if (known !== undefined && known.byteLength > 0) return known;
  const region = openRegion(pid, fd, inode) ?? openByName(name);
  received.set(inode, new WeakRef(region.buffer));
  mapped.set(region.buffer, { region, name });
  return region.buffer;
}

/** As long as the sender has it mapped, the block is found even without its name. */
function openRegion(pid: number, fd: number, inode: number): MappedRegion | undefined {
  try {
    return native().openRegion(pid, fd, inode);
  } catch {
    return undefined;
  }
}

function openByName(name: string): MappedRegion {
  const fd = openSync(pathOf(name), O_RDWR | O_NOFOLLOW);
  try {
    return map(fd, name, undefined);
  } finally {
    closeSync(fd);
  }
}

registerSharedKind({
  tag: 'named',
  home: import.meta.url,
  has: (buffer) => mapped.has(buffer) && buffer.byteLength > 0,
  describe: (buffer): Handle | undefined => {
    const found = mapped.get(buffer);
    return found && { pid: process.pid, fd: found.region.fd, inode: found.region.inode, name: found.name };
  },
  // Written by `describe`.
  open: (handle) => openHandle(handle as Handle),
});
