import { native } from '../native/addon.ts';
import { CompactTarget } from '../reduction/compact-target.ts';
import type { Packed } from '../reduction/pack.ts';
import { Heap } from '../shared-memory/heap.ts';
import { freeParcel, Parcel, parcelBytes, prefixBytes, writeParcel } from '../shared-memory/parcel.ts';
import { Parker } from '../shared-memory/parker.ts';
import { ProgramHeap } from '../shared-memory/program-heap.ts';
import { Region, type RegionHandle } from '../shared-memory/region.ts';
import { RingReader, RingWriter, ringBytes, type RingPlace } from './ring.ts';
import { letSocketsCross } from './sendable-socket.ts';
import { NO_BYTES, type WireRecord } from './wire.ts';

/*
 * The two-way channel between a parent and its child: one region with a ring for each way.
 *
 *   words  0 participant id of the parent   1 participant id of the child (0 until it has started)
 *   bytes 64 …   margin: notes that the process layer keeps about the child
 *   bytes 2176 … ring parent → child        then   ring child → parent
 *
 * The parent may write before the child exists: the first message waits in the ring.
 */

const MARGIN_OFFSET = 64;
const HEADER_BYTES = 2176;
const PARENT_ID = 0;
const CHILD_ID = 1;
const DEFAULT_CAPACITY = 1 << 18;

/** Flag in a record's kind: the payload is the address list of a parcel. */
export const IN_PARCEL = 0x80;
/** Messages up to this size are copied into the ring itself. */
const LARGEST_INLINE = 16 << 10;

// Whoever has a channel can send sockets, whatever else it has loaded, and take what comes.
letSocketsCross();

/** Called for each message. The bytes are valid during the call only, unless they are copied; the buffers stay. */
export type MessageHandler = (kind: number, id: number, bytes: Uint8Array, buffers: readonly ArrayBuffer[]) => void;

/** One end of the channel. */
export class Channel {
  readonly handle: RegionHandle;
  readonly writer: RingWriter;
  readonly reader: RingReader;
  /** 2112 bytes beside the rings, zeros at first: what the process layer notes about the child, readable after its death. */
  readonly margin: Uint8Array;
  readonly #region: Region;
  readonly #peerWord: number;
  /** Whether this is the parent's end. */
  readonly #isOwner: boolean;
  #isFreed = false;
  readonly #heap = Heap.current();
  /** The memory of both rings, for whoever reads or writes values in place. */
  readonly target: CompactTarget;
  /** Messages for which the ring had no room yet, oldest first. */
  #overflow: WireRecord[] = [];
  /**
   * Without the addon, in a process of its own: waits until all that was sent has left this process. What was finished is not
   * lost then when the process is killed.
   */
  settle: (() => void) | undefined;

  private constructor(region: Region, ownWord: number, writes: RingPlace, reads: RingPlace) {
    this.#region = region;
    this.handle = region.handle;
    this.#isOwner = ownWord === PARENT_ID;
    this.#peerWord = ownWord === PARENT_ID ? CHILD_ID : PARENT_ID;
    this.target = new CompactTarget(region.bytes);
    this.margin = region.bytes.subarray(MARGIN_OFFSET, HEADER_BYTES);
    this.writer = new RingWriter(writes);
    this.reader = new RingReader(reads);
    Atomics.store(region.words, ownWord, Parker.current().id);
  }

  /** Makes the parent's end. `capacity` is the size of each ring in bytes, a power of two. */
  static create(capacity: number = DEFAULT_CAPACITY): Channel {
    const region = Region.create(HEADER_BYTES + 2 * ringBytes(capacity));
    const [down, up] = places(region);
    return new Channel(region, PARENT_ID, down, up);
  }

  /** Opens the child's end. */
  static open(handle: RegionHandle): Channel {
    const region = Region.open(handle);
    const [down, up] = places(region);
    return new Channel(region, CHILD_ID, up, down);
  }

  /** Participant id of the other side; 0 as long as the child has not started. */
  get peer(): number {
    return Atomics.load(this.#region.words, this.#peerWord);
  }

  /**
   * Blocks this thread, and runs nothing of it, while a word of the margin has that value; see {@link Channel.wakeMargin}.
   *
   * @param timeoutMs Milliseconds after which it returns all the same.
   */
  waitMargin(word: number, value: number, timeoutMs: number): void {
    native().waitWord(ProgramHeap.current().map, this.#marginWord(word), value, timeoutMs);
  }

  /** Wakes whoever waits for that word of the margin. */
  wakeMargin(word: number): void {
    native().wakeWord(ProgramHeap.current().map, this.#marginWord(word), 1);
  }

  /** Makes sure that {@link Channel.notify} works later, when the system may have no descriptor left. */
  prepareNotify(): void {
    if (this.peer !== 0) Parker.current().registry.prepareWake(this.peer);
  }

  /** Wakes the other side to look at what was written. */
  notify(): void {
    const peer = this.peer;
    if (peer !== 0) Parker.current().registry.wake(peer);
  }

  /**
   * Sends one message; never blocks.
   *
   * @param kind 1 to 127.
   * @returns `false` when the ring is full: the message waits here until the other side made room and {@link flush} is called,
   * as {@link receive} does.
   * @throws An error with the system's code when there is no memory for a big message; nothing was sent then.
   */
  send(kind: number, id: number, packed: Packed): boolean {
    return this.sendRecord(recordOf(kind, id, packed));
  }

  /** As {@link send}, for a record that came from another channel. */
  sendRecord(record: WireRecord): boolean {
    const sent = this.#overflow.length === 0 && this.#write(record);
    // Its buffers may be somebody's who changes them as soon as this returns.
    if (!sent) this.#overflow.push({ ...record, buffers: record.buffers.map((one) => one.slice()) });
    this.notify();
    return sent;
  }

  /** Moves waiting messages into the ring. @returns Whether none waits any more. */
  flush(): boolean {
    if (this.#overflow.length === 0) return true;
    let moved = 0;
    for (const record of this.#overflow) {
      if (!this.#write(record)) break;
      moved++;
    }
    if (moved === 0) return false;
    this.#overflow = this.#overflow.slice(moved);
    this.notify();
    return this.#overflow.length === 0;
  }

  /** Hands every message that has come to `handle`, at most `limit` of them, and sends what had no room before. */
  receive(handle: MessageHandler, limit: number = Infinity): void {
    this.flush();
    const writerWaits = this.reader.drain((kind, id, offset, end) => {
      if ((kind & IN_PARCEL) === 0) {
        handle(kind, id, this.target.bytes.subarray(offset, end), []);
        return;
      }
      const parcel = new Parcel(this.reader.view, offset);
      // Before its block may be used again: see `#freeUnread`.
      this.reader.pass();
      try {
        handle(kind & ~IN_PARCEL, id, parcel.bytes, parcel.buffers);
      } finally {
        parcel.release();
      }
    }, limit);
    if (writerWaits) this.notify();
  }

  /** Hands every record that has come to `handle`, to be sent through another channel. All it is made of is the caller's. */
  receiveRecords(handle: (record: WireRecord) => void): void {
    const writerWaits = this.reader.drain((kind, id, offset, end) => {
      if ((kind & IN_PARCEL) === 0) {
        handle({ kind, id, prefix: NO_BYTES, bytes: this.target.bytes.slice(offset, end), buffers: [] });
        return;
      }
      const start = offset + prefixBytes(end - offset);
      const prefix = this.target.bytes.slice(offset, start);
      const parcel = new Parcel(this.reader.view, start);
      this.reader.pass();
      const bytes = parcel.bytes.slice();
      parcel.release();
      handle({ kind, id, prefix, bytes, buffers: parcel.buffers.map((buffer) => new Uint8Array(buffer)) });
    });
    if (writerWaits) this.notify();
  }

  /** The other side died: what it had taken is free again, and what it had not read. */
  reclaim(): void {
    this.#freeUnread();
    this.#heap.reclaim(this.peer);
  }

  /**
   * Frees the blocks of messages that the other side, which is gone, has not read.
   *
   * It passes a record after it took the blocks and before it gives any back. So blocks of records that it has not passed were not
   * used again, although some may be noted as its own.
   */
  #freeUnread(): void {
    if (this.#isFreed) return;
    this.#isFreed = true;
    this.writer.unread((kind, _id, offset, end) => {
      if ((kind & IN_PARCEL) !== 0) freeParcel(this.writer.view, offset + prefixBytes(end - offset));
    });
  }

  /**
   * Ends this side and gives its memory back.
   *
   * @returns Whether there was memory of the other side's in messages that were not read here.
   */
  close(): boolean {
    let hadParcels = false;
    if (this.#isOwner) {
      this.#freeUnread();
      hadParcels = this.#dropIncoming();
    }
    this.writer.close();
    this.reader.close();
    this.notify();
    this.#overflow = [];
    this.#region.close();
    return hadParcels;
  }

  #dropIncoming(): boolean {
    let hadParcels = false;
    try {
      this.reader.drain((kind, _id, offset, end) => {
        if ((kind & IN_PARCEL) === 0) return;
        hadParcels = true;
        freeParcel(this.reader.view, offset + prefixBytes(end - offset));
      });
    } catch {
      // Something wrote into the channel what are no records.
    }
    return hadParcels;
  }

  /** Its number among the words of the program's memory. */
  #marginWord(word: number): number {
    return (this.handle[0] + MARGIN_OFFSET) / 4 + word;
  }

  #write(record: WireRecord): boolean {
    const { kind, id, prefix, bytes } = record;
    const isInline = (kind & IN_PARCEL) === 0;
    const byteLength = isInline ? bytes.byteLength : prefix.byteLength + parcelBytes(record);
    const offset = this.#reserve(byteLength);
    if (offset < 0) return false;
    this.target.bytes.set(isInline ? bytes : prefix, offset);
    if (!isInline) writeParcel(this.#heap, record, this.writer.view, offset + prefix.byteLength);
    this.writer.commit(kind, id, offset + byteLength);
    return true;
  }

  #reserve(byteLength: number): number {
    const offset = this.writer.reserve(byteLength);
    if (offset >= 0) return offset;
    this.writer.wantRoom();
    return this.writer.reserve(byteLength);
  }
}

/** The record of a message. */
export function recordOf(kind: number, id: number, { bytes, buffers }: Packed): WireRecord {
  const isInline = buffers.length === 0 && bytes.byteLength <= LARGEST_INLINE;
  return { kind: isInline ? kind : kind | IN_PARCEL, id, prefix: NO_BYTES, bytes, buffers };
}

/** The rings of a region: parent to child, child to parent. */
function places(region: Region): [down: RingPlace, up: RingPlace] {
  const bytes = (region.byteLength - HEADER_BYTES) / 2;
  const capacity = bytes - ringBytes(0);
  return [
    { memory: region.bytes, byteOffset: HEADER_BYTES, capacity },
    { memory: region.bytes, byteOffset: HEADER_BYTES + bytes, capacity },
  ];
}
