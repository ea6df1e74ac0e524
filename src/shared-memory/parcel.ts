import { native } from '../native/addon.ts';
import type { Packed } from '../reduction/pack.ts';
import type { Block, Heap } from './heap.ts';
import { Mappings } from './mappings.ts';
import { Parker } from './parker.ts';
import type { Region, RegionHandle } from './region.ts';

/*
 * A parcel: a message whose bytes lie in blocks of the sender's heap. What travels through the ring is its address list:
 *
 *   [ count of out-of-band buffers: u32, 0: u32 ][ address of the bytes ][ address of a buffer ] …
 *   address (40 bytes): pid u32, fd u32, inode f64, offset f64, byte length f64, state word u32, 0 u32
 */

const ADDRESS_BYTES = 40;
const COUNT_BYTES = 8;

/** Bytes that the address list of a message takes in a ring. */
export function parcelBytes(packed: Packed): number {
  return COUNT_BYTES + ADDRESS_BYTES * (1 + packed.buffers.length);
}

/** Copies a message into blocks of `heap`, writes their addresses at `offset` and returns the blocks. */
export function writeParcel(heap: Heap, packed: Packed, view: DataView, offset: number): Block[] {
  const blocks: Block[] = [];
  try {
    for (const bytes of [packed.bytes, ...packed.buffers]) {
      const block = heap.allocate(bytes.byteLength);
      block.bytes(bytes.byteLength).set(bytes);
      writeAddress(view, offset + COUNT_BYTES + ADDRESS_BYTES * blocks.length, block, bytes.byteLength);
      blocks.push(block);
    }
  } catch (error) {
    for (const block of blocks) block.free();
    throw error;
  }
  view.setUint32(offset, packed.buffers.length, true);
  return blocks;
}

/** A message that came in blocks of another process. */
export class Parcel {
  /** The message; valid until {@link release}. */
  readonly bytes: Uint8Array;
  /** Its big buffers: they belong to the receiver, and go back to the sender's heap when they are collected. */
  readonly buffers: ArrayBuffer[] = [];
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #stateWord: number;

  /** @throws An error with code `ENOENT` or `ESTALE` when the sender is gone. */
  constructor(view: DataView, offset: number) {
    const count = view.getUint32(offset, true);
    const body = readAddress(view, offset + COUNT_BYTES);
    const region = Mappings.current().open(body.handle);
    this.bytes = bytesAt(region, body);
    this.#words = region.words;
    this.#stateWord = body.stateWord;
    take(region.words, body.stateWord);
    for (let i = 1; i <= count; i++) {
      const address = readAddress(view, offset + COUNT_BYTES + ADDRESS_BYTES * i);
      const holder = Mappings.current().open(address.handle);
      take(holder.words, address.stateWord);
      this.buffers.push(native().lendView(holder.map, address.offset, address.byteLength, address.stateWord));
    }
  }

  /** Says that the message was read: its block may be used again. The buffers stay. */
  release(): void {
    Atomics.store(this.#words, this.#stateWord, 0);
  }
}

/**
 * The bytes of a parcel without out-of-band buffers, which stay the sender's: any number of readers may look at them.
 *
 * @throws An error with code `ENOENT` or `ESTALE` when the sender is gone.
 */
export function peekParcel(view: DataView, offset: number): Uint8Array {
  const body = readAddress(view, offset + COUNT_BYTES);
  return bytesAt(Mappings.current().open(body.handle), body);
}

function bytesAt(region: Region, address: Address): Uint8Array {
  return new Uint8Array(region.buffer, address.offset, address.byteLength);
}

/** Notes who has the block, so that the owner can take it back when this process dies. */
function take(words: Int32Array<ArrayBuffer>, stateWord: number): void {
  Atomics.store(words, stateWord + 1, Parker.current().id);
}

interface Address {
  readonly handle: RegionHandle;
  readonly offset: number;
  readonly byteLength: number;
  readonly stateWord: number;
}

function writeAddress(view: DataView, at: number, block: Block, byteLength: number): void {
  const [pid, fd, inode] = block.region.handle;
  view.setUint32(at, pid, true);
  view.setUint32(at + 4, fd, true);
  view.setFloat64(at + 8, inode, true);
  view.setFloat64(at + 16, block.offset, true);
  view.setFloat64(at + 24, byteLength, true);
  view.setUint32(at + 32, block.stateWord, true);
}

function readAddress(view: DataView, at: number): Address {
  return {
    handle: [view.getUint32(at, true), view.getUint32(at + 4, true), view.getFloat64(at + 8, true)],
    offset: view.getFloat64(at + 16, true),
    byteLength: view.getFloat64(at + 24, true),
    stateWord: view.getUint32(at + 32, true),
  };
}
