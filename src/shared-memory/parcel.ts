import { native } from '../native/addon.ts';
import type { Packed } from '../reduction/pack.ts';
import type { Block, Heap } from './heap.ts';
import { Parker } from './parker.ts';
import { CHUNK_BYTES, ProgramHeap } from './program-heap.ts';

/*
 * A parcel: a message whose bytes lie in blocks of the program's heap. What travels through the ring is its address list:
 *
 *   [ count of out-of-band buffers: u32, 0: u32 ][ address of the bytes ][ address of a buffer ] …
 *   address (24 bytes): offset of the data f64, byte length f64, offset of the block's state f64
 */

const ADDRESS_BYTES = 24;
const COUNT_BYTES = 8;

/** Bytes that the address list of a message takes in a ring. */
export function parcelBytes(packed: Packed): number {
  return COUNT_BYTES + ADDRESS_BYTES * (1 + packed.buffers.length);
}

/** Bytes that stand before the address list in a record of so many bytes: as lists grow by whole addresses, its length says it. */
export function prefixBytes(recordBytes: number): number {
  return (recordBytes - COUNT_BYTES) % ADDRESS_BYTES;
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

/** A message that came in blocks. */
export class Parcel {
  /** The message; valid until {@link release}. */
  readonly bytes: Uint8Array;
  /** Its big buffers: they belong to the receiver, and go back to the sender's heap when they are collected. */
  readonly buffers: ArrayBuffer[] = [];
  readonly #state: StateWord;

  /**
   * @param copyBelow Big buffers of fewer bytes are copied, and their blocks given back at once. For threads that block: what
   * is lent comes back by the event loop only.
   */
  constructor(view: DataView, offset: number, copyBelow: number = 0) {
    const count = view.getUint32(offset, true);
    const body = readAddress(view, offset + COUNT_BYTES);
    this.bytes = bytesAt(body);
    this.#state = take(body);
    const { map } = ProgramHeap.current();
    for (let i = 1; i <= count; i++) {
      const address = readAddress(view, offset + COUNT_BYTES + ADDRESS_BYTES * i);
      const state = take(address);
      if (address.byteLength < copyBelow) {
        this.buffers.push(copyOf(address));
        Atomics.store(state.words, state.index, 0);
        continue;
      }
      this.buffers.push(native().lendView(map, address.offset, address.byteLength, address.stateOffset / 4));
    }
  }

  /** Says that the message was read: its block may be used again. The buffers stay. */
  release(): void {
    Atomics.store(this.#state.words, this.#state.index, 0);
  }
}

/** Gives back the blocks of a parcel that nobody has taken or will take. */
export function freeParcel(view: DataView, offset: number): void {
  const count = view.getUint32(offset, true);
  for (let i = 0; i <= count; i++) {
    const { words, index } = stateOf(readAddress(view, offset + COUNT_BYTES + ADDRESS_BYTES * i));
    Atomics.store(words, index, 0);
  }
}

/** The bytes of a parcel without out-of-band buffers, which stay the sender's: any number of readers may look at them. */
export function peekParcel(view: DataView, offset: number): Uint8Array {
  return bytesAt(readAddress(view, offset + COUNT_BYTES));
}

/** A copy of a parcel, which stays as it is until `release` says that it was read. */
export interface ParcelCopy {
  readonly bytes: Uint8Array;
  readonly buffers: readonly Uint8Array[];
  release(): void;
}

export function copyParcel(view: DataView, offset: number): ParcelCopy {
  const addresses = Array.from({ length: 1 + view.getUint32(offset, true) }, (_, i) =>
    readAddress(view, offset + COUNT_BYTES + ADDRESS_BYTES * i),
  );
  const [bytes = new Uint8Array(0), ...buffers] = addresses.map((address) => bytesAt(address).slice());
  const release = (): void => {
    for (const address of addresses) {
      const { words, index } = take(address);
      Atomics.store(words, index, 0);
    }
  };
  return { bytes, buffers, release };
}

interface StateWord {
  readonly words: Int32Array<ArrayBuffer>;
  readonly index: number;
}

/** A part of the heap. */
export interface HeapPart {
  readonly offset: number;
  readonly byteLength: number;
}

interface Address extends HeapPart {
  readonly stateOffset: number;
}

/** The memory of a part of the heap. */
export function bytesAt({ offset, byteLength }: HeapPart): Uint8Array {
  const heap = ProgramHeap.current();
  const chunk = Math.floor(offset / CHUNK_BYTES);
  const start = offset - chunk * CHUNK_BYTES;
  if (start + byteLength <= CHUNK_BYTES) return heap.chunk(chunk).bytes.subarray(start, start + byteLength);
  return heap.view(offset, byteLength);
}

function copyOf(address: Address): ArrayBuffer {
  const { buffer } = Buffer.allocUnsafeSlow(address.byteLength);
  new Uint8Array(buffer).set(bytesAt(address));
  return buffer;
}

/** Notes who has the block, so that the owner can take it back when this process dies. */
function take(address: Address): StateWord {
  const state = stateOf(address);
  Atomics.store(state.words, state.index + 1, Parker.current().id);
  return state;
}

function stateOf({ stateOffset }: Address): StateWord {
  const chunk = Math.floor(stateOffset / CHUNK_BYTES);
  const { words } = ProgramHeap.current().chunk(chunk);
  return { words, index: (stateOffset - chunk * CHUNK_BYTES) / 4 };
}

function writeAddress(view: DataView, at: number, block: Block, byteLength: number): void {
  view.setFloat64(at, block.offset, true);
  view.setFloat64(at + 8, byteLength, true);
  view.setFloat64(at + 16, block.stateOffset, true);
}

function readAddress(view: DataView, at: number): Address {
  return {
    offset: view.getFloat64(at, true),
    byteLength: view.getFloat64(at + 8, true),
    stateOffset: view.getFloat64(at + 16, true),
  };
}
