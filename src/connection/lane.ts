import { readCompact, type Cursor } from '../reduction/compact.ts';
import type { CompactTarget } from '../reduction/compact-target.ts';
import { native } from '../native/addon.ts';
import { pack } from '../reduction/pack.ts';
import { Parcel } from '../shared-memory/parcel.ts';
import { ProgramHeap } from '../shared-memory/program-heap.ts';
import { onChainEnd } from '../shared-memory/chains.ts';
import type { ChainWord, SharedBlock } from '../shared-memory/shared-block.ts';
import {
  HEAD,
  IS_CLOSED,
  PLACE_WORDS,
  POSITION,
  READ_PLACES,
  READERS,
  SEEN_HEAD,
  SEEN_TAIL,
  SEGMENT,
  TAIL,
  WEIGHT,
  WRITE_PLACES,
  WRITERS,
} from './lane-layout.ts';
import { BUFFER, COMPACT, UINT8_ARRAY, type LaneMessage } from './lane-message.ts';
import { endLane } from './lane-end.ts';
import { dropRecord, END, formOf, headerOf, isParcel, payloadEnd, RECORD_HEADER, sizeOf } from './lane-record.ts';
import { FIRST_RECORD, Segments, type Segment } from './lane-segments.ts';
import { NOTHING, Received } from './received.ts';
import { ShortLock } from './short-lock.ts';

/** How long it pays to look on for the next record before one goes to sleep, which costs about as much. */
const LOOK_ON_MICROS = 4;
/** So often in a row that may be in vain before it is tried now and then only. */
const VAIN_LOOKS = 8;
const NOW_AND_THEN = 16;
/** A trial lasts until one that was asleep has answered: two that wake each other would never learn that they need not sleep. */
const TRIAL_MICROS = 20;
/** How long it pays to wait for some more when one record came, and how many then make it worth while. */
const GATHER_MICROS = 2;
const GATHERED = 4;
/** Bytes from which on `slice` is the faster way to copy. */
const LARGE_COPY = 2 << 10;
/** Up to so many words a loop beats a call. */
const LOOP_WORDS = 24;

/** Blocked threads get smaller buffers as copies. */
const COPY_BELOW = 8 << 20;

/** What a write came to. */
export const WRITTEN = 0;
export const FULL = 1;
export const CLOSED = 2;
export type WriteResult = typeof WRITTEN | typeof FULL | typeof CLOSED;

/** How much may be in a lane at a time. */
export interface LaneLimits {
  /** Records; `Infinity`: no limit. */
  readonly records: number;
  /** Sum of their weights; a record that is alone may be heavier. */
  readonly weight: number;
}

/** Records in shared memory: see `lane-layout.ts`. */
export class Lane {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #at: number;
  readonly #limits: LaneLimits;
  readonly #writers: ShortLock;
  readonly #readers: ShortLock;
  readonly #first: ChainWord;
  readonly #segments = Segments.current();
  readonly #cursor: Cursor = { offset: 0 };
  /** Index in the program's heap of the word that says how many records were written. */
  readonly #mappedTail: number;
  /** The same of the word that says how many were read. */
  readonly #mappedHead: number;
  #vainLooks = 0;
  #vainGathers = 0;

  /**
   * @param at Index of its first word in the block; all zeros is an empty lane.
   * @param chain Which of the two chains of the block is its own.
   */
  constructor(block: SharedBlock, at: number, chain: 0 | 1, limits: LaneLimits) {
    this.#words = block.words;
    this.#at = at;
    this.#limits = limits;
    this.#first = block.chain(chain);
    this.#mappedTail = block.firstWord + at + TAIL;
    this.#mappedHead = block.firstWord + at + HEAD;
    this.#writers = new ShortLock(block, at + WRITERS);
    this.#readers = new ShortLock(block, at + READERS);
  }

  get isEmpty(): boolean {
    return Atomics.load(this.#words, this.#at + TAIL) === Atomics.load(this.#words, this.#at + HEAD);
  }

  /** Records in it, exact at one instant of the call. */
  get size(): number {
    for (;;) {
      const head = Atomics.load(this.#words, this.#at + HEAD);
      const tail = Atomics.load(this.#words, this.#at + TAIL);
      if (Atomics.load(this.#words, this.#at + HEAD) === head) return (tail - head) >>> 0;
    }
  }

  /** Records written since it was made, modulo 2^32. */
  get written(): number {
    return Atomics.load(this.#words, this.#at + TAIL);
  }

  /** Whether writing is over for good. */
  get isClosed(): boolean {
    return Atomics.load(this.#words, this.#at + IS_CLOSED) !== 0;
  }

  /** From when this returns on nothing is written any more. */
  close(): void {
    this.#writers.acquire();
    Atomics.store(this.#words, this.#at + IS_CLOSED, 1);
    this.#writers.release();
  }

  /** Whether a record of that weight has to wait. */
  isFull(weight: number): boolean {
    const { records, weight: most } = this.#limits;
    if (records === Infinity && most === Infinity) return false;
    const size = this.size;
    return size >= records || (size > 0 && this.#load() + weight > most);
  }

  /**
   * Appends a record. Never waits for room.
   *
   * @throws RangeError with code `ENOMEM`; nothing was written then.
   */
  write(message: LaneMessage): WriteResult {
    this.#writers.acquire();
    try {
      if (this.isClosed) return CLOSED;
      if (this.#isFullNow(message.weight)) return FULL;
      this.#append(message);
      return WRITTEN;
    } finally {
      this.#writers.release();
    }
  }

  /**
   * Takes the oldest record: a value, {@link Received} for what has to be opened outside, {@link NOTHING} when there is none.
   *
   * Runs no code of the user's.
   *
   * @param asBytes Whether to give the bytes of a message and not its value.
   * @param isBlocking Whether the thread may go on without its event loop, which is needed to give lent memory back.
   */
  read(asBytes: boolean, isBlocking: boolean): unknown {
    const words = this.#words;
    const head = Atomics.load(words, this.#at + HEAD);
    if (Atomics.load(words, this.#at + SEEN_TAIL) === head && this.written === head) return NOTHING;
    this.#readers.acquire();
    try {
      return this.#take(asBytes, isBlocking, false);
    } finally {
      this.#readers.release();
    }
  }

  /** Throws the oldest record away, with all that it carries. @returns Whether there was one. */
  drop(): boolean {
    this.#readers.acquire();
    try {
      return this.#take(false, true, true) !== NOTHING;
    } finally {
      this.#readers.release();
    }
  }

  /**
   * Looks on for some microseconds, when that paid off lately, for a record to come.
   *
   * @returns Whether there is one.
   */
  lookOn(): boolean {
    const isTrial = this.#vainLooks >= VAIN_LOOKS;
    if (isTrial && this.#vainLooks++ % NOW_AND_THEN !== 0) return !this.isEmpty;
    const head = Atomics.load(this.#words, this.#at + HEAD);
    const micros = isTrial ? TRIAL_MICROS : LOOK_ON_MICROS;
    const isThere = native().spinWord(ProgramHeap.current().map, this.#mappedTail, head, micros);
    this.#vainLooks = isThere ? 0 : this.#vainLooks + 1;
    if (isThere) this.#gather(head);
    return isThere;
  }

  /**
   * Leaves a writer that is quick alone for a moment, when that paid off lately: record by record each side would wait for
   * the other's cache lines, which costs several times as much as a record.
   */
  #gather(head: number): void {
    if (this.#vainGathers >= VAIN_LOOKS && this.#vainGathers++ % NOW_AND_THEN !== 0) return;
    // This side's own counter, which the writer does not look at; another reader that takes the record ends it.
    native().spinWord(ProgramHeap.current().map, this.#mappedHead, head, GATHER_MICROS);
    this.#vainGathers = (this.written - head) >>> 0 >= GATHERED ? 0 : this.#vainGathers + 1;
  }

  /** As {@link isFull}, for the one that holds the lock of the writers. */
  #isFullNow(weight: number): boolean {
    const { records, weight: most } = this.#limits;
    if (most !== Infinity) return this.isFull(weight);
    if (records === Infinity) return false;
    const words = this.#words;
    const tail = this.written;
    if ((tail - (words[this.#at + SEEN_HEAD] ?? 0)) >>> 0 < records) return false;
    const head = Atomics.load(words, this.#at + HEAD);
    words[this.#at + SEEN_HEAD] = head;
    return (tail - head) >>> 0 >= records;
  }

  /** Whether there is a record, for the one that holds the lock of the readers. */
  #hasNext(head: number): boolean {
    const words = this.#words;
    if (words[this.#at + SEEN_TAIL] !== head) return true;
    const tail = this.written;
    words[this.#at + SEEN_TAIL] = tail;
    return tail !== head;
  }

  /** Weight of what is in it. */
  #load(): number {
    const written = this.#words[this.#place(WRITE_PLACES, this.written) + WEIGHT] ?? 0;
    const read = this.#words[this.#place(READ_PLACES, Atomics.load(this.#words, this.#at + HEAD)) + WEIGHT] ?? 0;
    return (written - read) >>> 0;
  }

  /** Index of the place that goes with a counter. */
  #place(places: number, counter: number): number {
    return this.#at + places + PLACE_WORDS * (counter & 1);
  }

  #append(message: LaneMessage): void {
    const words = this.#words;
    const tail = this.written;
    const from = this.#place(WRITE_PLACES, tail);
    const to = this.#place(WRITE_PLACES, ~tail);
    const size = RECORD_HEADER + ((message.length + 3) & ~3);
    let number = (words[from + SEGMENT] ?? 0) >>> 0;
    let position = words[from + POSITION] ?? 0;
    if (number === 0 || !this.#hasRoom(number, position + size)) {
      number = this.#grow(number, position, size);
      position = FIRST_RECORD;
    }
    writeRecord(this.#segments.get(number), position, message);
    words[to + SEGMENT] = number;
    words[to + POSITION] = position + size;
    words[to + WEIGHT] = (words[from + WEIGHT] ?? 0) + message.weight;
    Atomics.store(words, this.#at + TAIL, (tail + 1) | 0);
  }

  /** Whether a record that ends there leaves room for the mark of the segment's end. */
  #hasRoom(number: number, end: number): boolean {
    return end + RECORD_HEADER <= this.#segments.capacity(this.#segments.get(number));
  }

  /** Adds a segment. @returns Its number. */
  #grow(last: number, position: number, size: number): number {
    const next = this.#segments.allocate(size + RECORD_HEADER, last === 0);
    if (last === 0) {
      this.#first.words[this.#first.index] = next;
      return next;
    }
    const segment = this.#segments.get(last);
    this.#segments.link(segment, next);
    segment.words[(segment.start + position) / 4] = END;
    return next;
  }

  #take(asBytes: boolean, isBlocking: boolean, isDropped: boolean): unknown {
    const words = this.#words;
    const head = Atomics.load(words, this.#at + HEAD);
    if (!this.#hasNext(head)) return NOTHING;
    const from = this.#place(READ_PLACES, head);
    const to = this.#place(READ_PLACES, ~head);
    const old = (words[from + SEGMENT] ?? 0) >>> 0;
    let number = old === 0 ? (this.#first.words[this.#first.index] ?? 0) >>> 0 : old;
    let position = old === 0 ? FIRST_RECORD : (words[from + POSITION] ?? 0);
    let segment = this.#segments.get(number);
    if (segment.words[(segment.start + position) / 4] === END) {
      number = this.#segments.next(segment);
      segment = this.#segments.get(number);
      position = FIRST_RECORD;
    }
    const at = segment.start + position;
    const header = segment.words[at / 4] ?? 0;
    const isInParcel = isParcel(formOf(header));
    const start = at + RECORD_HEADER;
    const value = isDropped || isInParcel ? undefined : this.#copyOut(segment.target, header, start, asBytes);
    words[to + SEGMENT] = number;
    words[to + POSITION] = position + sizeOf(header);
    words[to + WEIGHT] = (words[from + WEIGHT] ?? 0) + (segment.words[at / 4 + 1] ?? 0);
    Atomics.store(words, this.#at + HEAD, (head + 1) | 0);
    // Only now is it this thread's. Its address list stays readable: only readers give segments back, one at a time.
    const taken = isInParcel && !isDropped ? receive(segment.target, start, asBytes, isBlocking) : value;
    if (isDropped) dropRecord(segment.target, header, start);
    if (old !== number) this.#dropUntil(number);
    return taken;
  }

  /** Gives back the segments before `number`: those that a killed reader left, too. */
  #dropUntil(number: number): void {
    const { words, index } = this.#first;
    for (let first = (words[index] ?? 0) >>> 0; first !== number; first = (words[index] ?? 0) >>> 0) {
      words[index] = this.#segments.next(this.#segments.get(first));
      this.#segments.free(first);
    }
  }

  #copyOut(target: CompactTarget, header: number, start: number, asBytes: boolean): unknown {
    const form = formOf(header);
    const end = payloadEnd(target, header, start);
    if (form === COMPACT) {
      if (asBytes) return withFormat(target.bytes.subarray(start, end));
      this.#cursor.offset = start;
      return readCompact(target, this.#cursor);
    }
    const bytes = form === BUFFER ? bufferOf(target.bytes, start, end) : copyOf(target.bytes, start, end);
    if (form === UINT8_ARRAY || form === BUFFER) return asBytes ? pack(bytes, { outOfBand: Infinity }).bytes : bytes;
    return asBytes ? bytes : new Received(bytes, []);
  }
}

function writeRecord({ words, target, start }: Segment, position: number, message: LaneMessage): void {
  const { form, length, weight, words: payload } = message;
  const at = (start + position) / 4;
  words[at] = headerOf(form, length);
  words[at + 1] = weight;
  const count = (length + 3) >> 2;
  if (count <= LOOP_WORDS && count <= payload.length)
    for (let i = 0; i < count; i++) words[at + 2 + i] = payload[i] ?? 0;
  else target.bytes.set(exactly(message.bytes, length), start + position + RECORD_HEADER);
}

function exactly(bytes: Uint8Array, length: number): Uint8Array {
  return bytes.length === length ? bytes : bytes.subarray(0, length);
}

function copyOf(source: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  if (end - start >= LARGE_COPY) return source.slice(start, end);
  const copy = new Uint8Array(end - start);
  copy.set(source.subarray(start, end));
  return copy;
}

/** As all small Buffers, it shares the memory of Node's pool: half the price of memory of its own. */
function bufferOf(source: Uint8Array, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  copy.set(source.subarray(start, end));
  return copy;
}

/** A compact message begins with its format, which a lane leaves out. */
function withFormat(value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(value.length + 1);
  bytes.set(value, 1);
  return bytes;
}

function receive(target: CompactTarget, at: number, asBytes: boolean, isBlocking: boolean): unknown {
  const parcel = new Parcel(target.view, at, isBlocking ? COPY_BELOW : 0);
  try {
    const bytes = parcel.bytes.slice();
    return asBytes && parcel.buffers.length === 0 ? bytes : new Received(bytes, parcel.buffers);
  } finally {
    parcel.release();
  }
}

onChainEnd(endLane);
