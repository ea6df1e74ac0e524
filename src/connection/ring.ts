/*
 * A ring of bytes with one writer and one reader, in memory that both map.
 *
 *   words  0 tail   bytes written for good        (writer's cache line)
 *         16 head   bytes read                    (reader's cache line)
 *         17 writer waits for room: reader wakes it and clears the flag
 *         18 closed by the reader   2 closed by the writer
 *   bytes 128 …     records, each 8-byte aligned and never split:
 *                   [ byte length with header: u32 | kind << 24 ][ id: i32 ][ payload … ]
 *
 * A record becomes visible by one store of the tail, after all its bytes are there: a writer killed at any instruction
 * leaves whole records only. Counters run on modulo 2^32; capacity is a power of two.
 */

const HEADER_BYTES = 128;
const TAIL = 0;
const WRITER_CLOSED = 2;
const HEAD = 16;
const WANTED = 17;
const READER_CLOSED = 18;

const RECORD_HEADER = 8;
const LENGTH_MASK = 0xffffff;
const KIND_SHIFT = 24;
/** Fills the end of the buffer where the next record would not fit in one piece. */
const PAD = 0;

/** Bytes of shared memory for a ring of `capacity` bytes. */
export function ringBytes(capacity: number): number {
  return HEADER_BYTES + capacity;
}

/** Called for each record; the payload lies in the ring's buffer and is valid during the call only. */
export type RecordHandler = (kind: number, id: number, offset: number, end: number) => void;

/** Where a ring lies. */
export interface RingPlace {
  readonly memory: Uint8Array<ArrayBuffer>;
  /** Byte of `memory`; so are all offsets here. */
  readonly byteOffset: number;
  /** Bytes for records; a power of two. */
  readonly capacity: number;
}

class RingSide {
  readonly view: DataView;
  protected readonly words: Int32Array<ArrayBuffer>;
  /** First byte of the records in the buffer. */
  protected readonly base: number;
  protected readonly capacity: number;

  constructor(place: RingPlace) {
    const { buffer, byteOffset, byteLength } = place.memory;
    this.words = new Int32Array(buffer, byteOffset + place.byteOffset, HEADER_BYTES / 4);
    this.view = new DataView(buffer, byteOffset, byteLength);
    this.base = place.byteOffset + HEADER_BYTES;
    this.capacity = place.capacity;
  }
}

/** The writing side. */
export class RingWriter extends RingSide {
  #tail: number;
  /** Where the record that is being written starts. */
  #start = 0;
  /** What the reader had read when it was last asked: asked again only when that is not enough. */
  #head: number;

  constructor(place: RingPlace) {
    super(place);
    this.#tail = Atomics.load(this.words, TAIL);
    this.#head = Atomics.load(this.words, HEAD);
  }

  /** The largest payload that any record may have. */
  get largest(): number {
    return this.capacity / 4 - RECORD_HEADER;
  }

  /**
   * Finds room for a payload of up to `byteLength` bytes.
   *
   * @returns Its offset in the buffer, or -1 when the ring is too full; nothing is visible before {@link commit}.
   */
  reserve(byteLength: number): number {
    const needed = (RECORD_HEADER + byteLength + 7) & ~7;
    const at = this.#tail & (this.capacity - 1);
    const untilEnd = this.capacity - at;
    const padding = needed > untilEnd ? untilEnd : 0;
    if (!this.#hasRoom(needed + padding)) return -1;
    if (padding > 0) {
      this.view.setUint32(this.base + at, padding | (PAD << KIND_SHIFT), true);
      this.#tail = (this.#tail + padding) | 0;
    }
    this.#start = this.base + (this.#tail & (this.capacity - 1));
    return this.#start + RECORD_HEADER;
  }

  /** Makes the reserved record visible, its payload ending at `end`. `kind` is 1 to 255. */
  commit(kind: number, id: number, end: number): void {
    const byteLength = end - this.#start;
    this.view.setUint32(this.#start, byteLength | (kind << KIND_SHIFT), true);
    this.view.setInt32(this.#start + 4, id, true);
    this.#tail = (this.#tail + ((byteLength + 7) & ~7)) | 0;
    Atomics.store(this.words, TAIL, this.#tail);
  }

  /** Hands every record that the reader, which is gone, has not passed to `handle`. */
  unread(handle: RecordHandler): void {
    let position = Atomics.load(this.words, HEAD);
    while (position !== this.#tail) {
      const start = this.base + (position & (this.capacity - 1));
      const header = this.view.getUint32(start, true);
      const byteLength = header & LENGTH_MASK;
      const kind = header >>> KIND_SHIFT;
      if (kind !== PAD) handle(kind, this.view.getInt32(start + 4, true), start + RECORD_HEADER, start + byteLength);
      position = (position + ((byteLength + 7) & ~7)) | 0;
    }
  }

  /** Asks the reader to wake this side when it made room. Look again for room after the call, before sleeping. */
  wantRoom(): void {
    Atomics.store(this.words, WANTED, 1);
  }

  /** Whether all that was committed has been read. */
  get isDrained(): boolean {
    return Atomics.load(this.words, HEAD) === this.#tail;
  }

  get isClosedByReader(): boolean {
    return Atomics.load(this.words, READER_CLOSED) !== 0;
  }

  close(): void {
    Atomics.store(this.words, WRITER_CLOSED, 1);
  }

  #hasRoom(needed: number): boolean {
    if (this.capacity - ((this.#tail - this.#head) >>> 0) >= needed) return true;
    this.#head = Atomics.load(this.words, HEAD);
    return this.capacity - ((this.#tail - this.#head) >>> 0) >= needed;
  }
}

/** The reading side. */
export class RingReader extends RingSide {
  #head: number;

  constructor(place: RingPlace) {
    super(place);
    this.#head = Atomics.load(this.words, HEAD);
  }

  get isEmpty(): boolean {
    return Atomics.load(this.words, TAIL) === this.#head;
  }

  get isClosedByWriter(): boolean {
    return Atomics.load(this.words, WRITER_CLOSED) !== 0;
  }

  /**
   * Hands every visible record to `handle`, in order.
   *
   * @param limit How many records at most; the others stay.
   * @returns Whether the writer waits for the room that this made: wake it.
   * @throws RangeError when the bytes are not records (a peer that writes what it must not).
   */
  drain(handle: RecordHandler, limit: number = Infinity): boolean {
    const tail = Atomics.load(this.words, TAIL);
    if (tail === this.#head) return false;
    let left = limit;
    while (left > 0 && this.#head !== tail) if (this.#readOne(tail, handle)) left--;
    return this.#giveRoom();
  }

  /** Says, while a record is handled, that its bytes were read: the writer may use them, and what they describe is the reader's. */
  pass(): void {
    Atomics.store(this.words, HEAD, this.#head);
  }

  /** Says that no more will be read: the writer sees a closed ring. */
  close(): void {
    Atomics.store(this.words, READER_CLOSED, 1);
  }

  /** @returns Whether it was a record, and not padding. */
  #readOne(tail: number, handle: RecordHandler): boolean {
    const start = this.base + (this.#head & (this.capacity - 1));
    const header = this.view.getUint32(start, true);
    const byteLength = header & LENGTH_MASK;
    const advance = (byteLength + 7) & ~7;
    if (
      byteLength < RECORD_HEADER ||
      advance > (tail - this.#head) >>> 0 ||
      start + byteLength > this.base + this.capacity
    ) {
      throw new RangeError(`manycore: damaged ring: a record of ${byteLength} bytes at ${start}`);
    }
    // The head moves in private first, so that a handler that throws does not get the same record for ever.
    this.#head = (this.#head + advance) | 0;
    const kind = header >>> KIND_SHIFT;
    if (kind === PAD) return false;
    handle(kind, this.view.getInt32(start + 4, true), start + RECORD_HEADER, start + byteLength);
    return true;
  }

  #giveRoom(): boolean {
    Atomics.store(this.words, HEAD, this.#head);
    return Atomics.load(this.words, WANTED) === 1 && Atomics.exchange(this.words, WANTED, 0) === 1;
  }
}
