import { ringBytes, RingReader, RingWriter } from '../../connection/ring.ts';
import { readCompact, writeCompact, type Cursor } from '../../reduction/compact.ts';
import { CompactTarget } from '../../reduction/compact-target.ts';
import type { Packed } from '../../reduction/pack.ts';
import { Heap } from '../../shared-memory/heap.ts';
import { Parcel, parcelBytes, writeParcel } from '../../shared-memory/parcel.ts';
import { Parker } from '../../shared-memory/parker.ts';
import { SharedBlock, type BlockHandle, type BlockLife } from '../../shared-memory/shared-block.ts';
import { Carrier } from '../carrier.ts';

/*
 * The way between one thread of a client and the server: two rings in one shared object, which lives as long as one of the two.
 *
 *   words  0 participant id of the client   1 of the server   2 1 = the client said good-bye
 *   bytes 64 …   ring client → server       then   ring server → client
 *
 * A small message is the compact values of its parts, one after the other; others are packed in one piece.
 */

const HEADER_BYTES = 64;
const CLIENT = 0;
const SERVER = 1;
const FAREWELL = 2;
const CAPACITY = 1 << 17;
const BYTES = HEADER_BYTES + 2 * ringBytes(CAPACITY);

/** Flags in a record's kind. */
const PACKED = 0x40;
const IN_PARCEL = 0x80;
const KIND_MASK = 0x3f;
/** Room that is asked for to try the compact format. */
const COMPACT_ROOM = 8192;
/** Packed messages up to this size are copied into the ring itself. */
const LARGEST_INLINE = 16 << 10;

/** A message that has to be opened, which may run code of the user's; its memory is the receiver's. */
export class Sealed {
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];

  constructor(bytes: Uint8Array, buffers: readonly ArrayBuffer[]) {
    this.bytes = bytes;
    this.buffers = buffers;
  }
}

/** The values of a message, or what holds them. */
export type Contents = readonly unknown[] | Sealed;

interface Delayed {
  readonly kind: number;
  readonly id: number;
  readonly packed: Packed;
}

/** One end of the way. */
export class Link {
  /** Handle of its memory, for the server. */
  readonly block: SharedBlock;
  readonly life: BlockLife;
  readonly carrier: Carrier;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #target: CompactTarget;
  readonly #ownWord: number;
  readonly #cursor: Cursor = { offset: 0 };
  #overflow: Delayed[] = [];
  #hasEnded = false;

  private constructor(block: SharedBlock, ownWord: number) {
    this.block = block;
    this.life = block.life;
    this.carrier = new Carrier(this.life);
    this.#ownWord = ownWord;
    this.#target = new CompactTarget(block.bytes);
    const memory = block.bytes;
    const up = { memory, byteOffset: HEADER_BYTES, capacity: CAPACITY };
    const down = { memory, byteOffset: HEADER_BYTES + ringBytes(CAPACITY), capacity: CAPACITY };
    this.#writer = new RingWriter(ownWord === CLIENT ? up : down);
    this.#reader = new RingReader(ownWord === CLIENT ? down : up);
    Atomics.store(block.words, ownWord, Parker.current().id);
  }

  /** Makes the client's end. */
  static create(): Link {
    return new Link(SharedBlock.allocate(BYTES), CLIENT);
  }

  /** Opens the server's end. */
  static open(handle: BlockHandle): Link {
    return new Link(SharedBlock.open(handle), SERVER);
  }

  /** Participant id of the other side; of the server 0 before it has opened its end. */
  get peer(): number {
    return Atomics.load(this.block.words, this.#ownWord === CLIENT ? SERVER : CLIENT);
  }

  /** This side neither reads nor writes any more. What references are on their way over a link that both sides have ended are lost. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.carrier.whenAllTold(() => this.block.end());
  }

  /** Says that this client ends in peace. */
  sayFarewell(): void {
    Atomics.store(this.block.words, FAREWELL, 1);
  }

  get hasFarewell(): boolean {
    return Atomics.load(this.block.words, FAREWELL) === 1;
  }

  /**
   * Sends a message; never blocks. The other side is not woken: see {@link notify}.
   *
   * @param values Written in place when they are small and plain.
   * @param pack Packs the same values in one piece; may throw.
   */
  send(kind: number, id: number, values: readonly unknown[], pack: () => Packed): void {
    if (this.#hasEnded) return;
    if (this.#overflow.length === 0 && this.#writeValues(kind, id, values)) return;
    const packed = pack();
    if (this.#overflow.length > 0 || !this.#writePacked(kind, id, packed)) this.#overflow.push({ kind, id, packed });
  }

  /** Moves what found no room into the ring. */
  flush(): void {
    if (this.#overflow.length === 0) return;
    let moved = 0;
    for (const { kind, id, packed } of this.#overflow) {
      if (!this.#writePacked(kind, id, packed)) break;
      moved++;
    }
    if (moved === 0) return;
    this.#overflow = this.#overflow.slice(moved);
    this.notify();
  }

  /** Wakes the other side to look at what was sent. */
  notify(peer: number = this.peer): void {
    if (peer !== 0) Parker.current().registry.wake(peer);
  }

  get isEmpty(): boolean {
    return this.#hasEnded || this.#reader.isEmpty;
  }

  /** Hands out every message that has come, and sends what had no room before. @throws RangeError when the bytes are none. */
  receive(handle: (kind: number, id: number, contents: Contents) => void): void {
    if (this.#hasEnded) return;
    if (this.#overflow.length > 0) this.flush();
    if (this.#reader.isEmpty) return;
    const writerWaits = this.#reader.drain((kind, id, offset, end) => {
      handle(kind & KIND_MASK, id, this.#contents(kind, offset, end));
    });
    if (writerWaits) this.notify();
  }

  #contents(kind: number, offset: number, end: number): Contents {
    if ((kind & PACKED) === 0) return this.#readValues(offset, end);
    if ((kind & IN_PARCEL) === 0) return new Sealed(this.#target.bytes.slice(offset, end), []);
    const parcel = new Parcel(this.#reader.view, offset);
    try {
      return new Sealed(parcel.bytes.slice(), parcel.buffers);
    } finally {
      parcel.release();
    }
  }

  #readValues(offset: number, end: number): unknown[] {
    const values: unknown[] = [];
    const cursor = this.#cursor;
    cursor.offset = offset;
    while (cursor.offset < end) values.push(readCompact(this.#target, cursor));
    return values;
  }

  #writeValues(kind: number, id: number, values: readonly unknown[]): boolean {
    const start = this.#writer.reserve(COMPACT_ROOM);
    if (start < 0) return false;
    let offset = start;
    for (const value of values) {
      offset = writeCompact(this.#target, offset, start + COMPACT_ROOM, value);
      if (offset < 0) return false;
    }
    this.#writer.commit(kind, id, offset);
    return true;
  }

  #writePacked(kind: number, id: number, packed: Packed): boolean {
    const isInline = packed.buffers.length === 0 && packed.bytes.byteLength <= LARGEST_INLINE;
    const offset = this.#reserve(isInline ? packed.bytes.byteLength : parcelBytes(packed));
    if (offset < 0) return false;
    if (isInline) {
      this.#target.bytes.set(packed.bytes, offset);
      this.#writer.commit(kind | PACKED, id, offset + packed.bytes.byteLength);
      return true;
    }
    writeParcel(Heap.current(), packed, this.#writer.view, offset);
    this.#writer.commit(kind | PACKED | IN_PARCEL, id, offset + parcelBytes(packed));
    return true;
  }

  #reserve(byteLength: number): number {
    const offset = this.#writer.reserve(byteLength);
    if (offset >= 0) return offset;
    this.#writer.wantRoom();
    return this.#writer.reserve(byteLength);
  }
}
