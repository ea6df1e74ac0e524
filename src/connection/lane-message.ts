import { types } from 'node:util';
import { sharedState } from '../base/globals.ts';
import { writeCompact } from '../reduction/compact.ts';
import { CompactTarget } from '../reduction/compact-target.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { giveBack, NO_LOANS, type Loans } from '../reduction/loans.ts';
import type { Packed } from '../reduction/message.ts';
import { pack } from '../reduction/pack.ts';
import { Heap, type Block } from '../shared-memory/heap.ts';
import { parcelBytes, writeParcel } from '../shared-memory/parcel.ts';
import { SharedBlock } from '../shared-memory/shared-block.ts';
import { writeLoans } from './lane-loans.ts';

/*
 * A value on its way through a lane. It is written into private memory first, outside of the lane's lock, because getters
 * and reduce methods of the user's may run meanwhile; what is big goes straight into a block of the program's heap.
 */

/** What a record holds. */
export const COMPACT = 1;
/** A packed message. */
export const PACKED = 2;
/** The address list of a parcel with a packed message. */
export const PARCEL = 3;
/** Bytes as they are: of `sendBytes`. */
export const BYTES = 4;
/** As {@link BYTES}, in a block of the heap. */
export const BYTES_PARCEL = 5;
/** A `Uint8Array`, and a `Buffer`: too frequent for the general codec. */
export const UINT8_ARRAY = 6;
export const BUFFER = 7;
/** Added to the form of a message that carries shared objects: its payload ends with a list of them. */
export const CARRIES = 0x40;

/** Payloads up to this size lie in the lane itself. */
export const LARGEST_INLINE: number = 16 << 10;

/** A message that can wait: nothing of it changes any more. */
export interface LaneMessage {
  readonly form: number;
  /** The payload by words, the last one filled up; empty when `bytes` is the sender's memory. */
  readonly words: Int32Array;
  /** The first `length` bytes are the payload. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Bytes of the message with its blocks: what counts against the limit of a pipe. */
  readonly weight: number;
  readonly blocks: readonly Block[];
  /** Shared objects that it carries. */
  readonly loans: Loans;
}

const NO_BLOCKS: readonly Block[] = [];
const NO_WORDS = new Int32Array(0);

/** Turns values into messages. One for each thread; its last message is valid until the next. */
export class Encoder implements LaneMessage {
  form: number = COMPACT;
  words: Int32Array;
  bytes: Uint8Array;
  length = 0;
  weight = 0;
  blocks: readonly Block[] = NO_BLOCKS;
  loans: Loans = NO_LOANS;
  readonly #port = functionPort('auto');
  readonly #ownWords: Int32Array;
  readonly #ownBytes: Uint8Array;
  // While a getter of the value being written sends something itself, that needs memory of its own.
  #target: CompactTarget | undefined;

  private constructor() {
    const memory = new ArrayBuffer(LARGEST_INLINE + 8);
    this.words = this.#ownWords = new Int32Array(memory);
    this.bytes = this.#ownBytes = new Uint8Array(memory);
    this.#target = new CompactTarget(memory);
  }

  static current(): Encoder {
    return sharedState('connection.encoder.1', () => new Encoder());
  }

  /**
   * Writes a value.
   *
   * @param name What it is called in messages.
   * @throws NotSendableError; an error with the system's code when there is no memory for a big value.
   */
  encode(value: unknown, name: string): LaneMessage {
    const target = this.#target;
    if (target === undefined) return new Encoder().encode(value, name);
    this.#target = undefined;
    try {
      if (typeof value === 'object' && types.isUint8Array(value) && this.#writeUint8Array(value)) return this;
      const end = writeCompact(target, 0, LARGEST_INLINE, value);
      if (end >= 0) return this.#inline(COMPACT, end);
      return this.#packed(target, this.#pack(value, name));
    } finally {
      this.#target = target;
    }
  }

  /** A message of bytes, for `sendBytes`. */
  encodeBytes(bytes: Uint8Array): LaneMessage {
    const target = this.#target;
    if (target === undefined) return new Encoder().encodeBytes(bytes);
    if (bytes.byteLength > LARGEST_INLINE) return this.#parcel(target, BYTES_PARCEL, { bytes, buffers: [] });
    return this.#foreign(BYTES, bytes);
  }

  /** A message that was just written, for as long as it is needed. */
  static keep({ bytes, form, length, weight, blocks, loans }: LaneMessage): LaneMessage {
    return { form, words: NO_WORDS, bytes: bytes.slice(0, length), length, weight, blocks, loans };
  }

  #inline(form: number, length: number): this {
    this.words = this.#ownWords;
    this.bytes = this.#ownBytes;
    this.form = form;
    this.length = length;
    this.weight = length;
    this.blocks = NO_BLOCKS;
    this.loans = NO_LOANS;
    return this;
  }

  #writeUint8Array(value: Uint8Array): boolean {
    const { byteLength, buffer } = value;
    if (byteLength > LARGEST_INLINE) return false;
    const prototype: unknown = Object.getPrototypeOf(value);
    const form = prototype === Uint8Array.prototype ? UINT8_ARRAY : prototype === Buffer.prototype ? BUFFER : 0;
    // Shared memory travels by reference, and resizable buffers stay so.
    if (form === 0 || !(buffer instanceof ArrayBuffer) || buffer.resizable) return false;
    if (SharedBlock.of(buffer) !== undefined) return false;
    this.#foreign(form, value);
    return true;
  }

  /** Bytes that need not be copied before they are put into the lane. */
  #foreign(form: number, bytes: Uint8Array): this {
    this.#inline(form, bytes.byteLength);
    this.words = NO_WORDS;
    this.bytes = bytes;
    return this;
  }

  #pack(value: unknown, name: string): Packed {
    const options = { name, functions: this.#port };
    const packed = pack(value, options);
    if (parcelBytes(packed) <= LARGEST_INLINE) return packed;
    // The list of buffers must fit in the lane.
    giveBack(packed.loans);
    return pack(value, { ...options, outOfBand: Infinity });
  }

  #packed(target: CompactTarget, packed: Packed): this {
    const { bytes, buffers, loans = NO_LOANS } = packed;
    const isParcel = buffers.length > 0 || bytes.byteLength > LARGEST_INLINE;
    try {
      if (isParcel) this.#parcel(target, PARCEL, packed);
      else this.#foreign(PACKED, bytes);
    } catch (error) {
      giveBack(loans);
      throw error;
    }
    if (loans.length > 0) this.#carry(loans);
    return this;
  }

  /** Adds the list of what the message carries. */
  #carry(loans: Loans): void {
    const { length } = this;
    const list = writeLoans(loans);
    const whole = new Uint8Array(length + list.length);
    whole.set(this.bytes.subarray(0, length));
    whole.set(list, length);
    this.form |= CARRIES;
    this.words = NO_WORDS;
    this.bytes = whole;
    this.length = whole.length;
    this.loans = loans;
  }

  #parcel(target: CompactTarget, form: number, packed: Packed): this {
    const length = parcelBytes(packed);
    const blocks = writeParcel(Heap.current(), packed, target.view, 0);
    this.#inline(form, length);
    this.blocks = blocks;
    for (const buffer of [packed.bytes, ...packed.buffers]) this.weight += buffer.byteLength;
    return this;
  }
}

/** A message of bytes for a socket, which does not copy them. */
export function bytesMessage(bytes: Uint8Array): LaneMessage {
  const length = bytes.byteLength;
  return { form: BYTES, words: NO_WORDS, bytes, length, weight: length, blocks: NO_BLOCKS, loans: NO_LOANS };
}

/** Gives back the memory of a message that will not be sent, and what it carries. */
export function discard(message: LaneMessage): void {
  for (const block of message.blocks) block.free();
  giveBack(message.loans);
}
