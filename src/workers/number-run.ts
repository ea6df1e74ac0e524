import type { Channel } from '../connection/channel.ts';
import { OPEN_RUN } from './memory.ts';
import { ITEM_NUMBERS } from './protocol.ts';

/*
 * Results of a chunk that are numbers, booleans, `null` or `undefined` travel many in one record:
 *
 *   [ index of the first: u32 ][ task: i32 ][ f64 ] [ f64 ] …
 *
 * While the worker fills it, the word OPEN_RUN of its slot says where it is and how many numbers are there. So the host can
 * take them at any time, also after the worker was killed: no finished result is held back or lost.
 *
 *   OPEN_RUN   byte offset of the payload / 8, shifted by 9   |   count
 */

/** Numbers in one record. */
const MOST = 256;
const COUNT_BITS = 9;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
const HEADER_BYTES = 8;

/** Bytes that a full record takes in the ring. */
export const RUN_BYTES: number = HEADER_BYTES + MOST * 8;

/** High words of doubles that are no numbers and stand for other values; the low word is 0. A number that is NaN has another. */
const SPECIAL = 0x7ff4_0000;
const SPECIALS: readonly unknown[] = [undefined, null, false, true];
const NAN = 0x7ff8_0000;

/** Values as records hold them. */
export class RunValues {
  readonly #doubles: Float64Array;
  readonly #words: Uint32Array;

  /** @param memory Aligned, and a multiple of 8 bytes long. */
  constructor({ buffer, byteOffset, byteLength }: Uint8Array) {
    this.#doubles = new Float64Array(buffer, byteOffset, byteLength / 8);
    this.#words = new Uint32Array(buffer, byteOffset, byteLength / 4);
  }

  /** Whether a value can be held. */
  static holds(value: unknown): boolean {
    return typeof value === 'number' || value === undefined || value === null || typeof value === 'boolean';
  }

  get length(): number {
    return this.#doubles.length;
  }

  /** The value in that place. */
  at(place: number): unknown {
    const value = this.#doubles[place];
    if (value === undefined || !Number.isNaN(value)) return value;
    const code = (this.#words[place * 2 + 1] ?? 0) - SPECIAL;
    return code >= 0 && code < SPECIALS.length ? SPECIALS[code] : value;
  }

  set(place: number, value: unknown): void {
    if (typeof value === 'number' && !Number.isNaN(value)) {
      this.#doubles[place] = value;
      return;
    }
    this.#words[place * 2] = 0;
    this.#words[place * 2 + 1] = typeof value === 'number' ? NAN : SPECIAL + SPECIALS.indexOf(value);
  }
}

/** The worker's side: a record that grows. */
export class NumberRun {
  readonly #channel: Channel;
  readonly #values: RunValues;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #open: number;
  #task = 0;
  #start = 0;
  #count = 0;

  /** @param slot First word of the worker's slot in `words`. */
  constructor(channel: Channel, words: Int32Array<ArrayBuffer>, slot: number) {
    this.#channel = channel;
    this.#values = new RunValues(channel.target.bytes);
    this.#words = words;
    this.#open = slot + OPEN_RUN;
  }

  /** Whether a record is open, and so has the writer of the ring for itself. */
  get isOpen(): boolean {
    return this.#count > 0;
  }

  /** Appends to the open record. @returns Whether there was one with room. */
  append(value: unknown): boolean {
    const count = this.#count;
    if (count === 0 || count === MOST) return false;
    this.#values.set(this.#start / 8 + 1 + count, value);
    this.#note(count + 1);
    return true;
  }

  /** Opens a record in the room that was reserved at `offset`, with its first number. */
  begin(offset: number, task: number, index: number, value: unknown): void {
    const { view } = this.#channel.target;
    view.setUint32(offset, index, true);
    view.setInt32(offset + 4, task, true);
    this.#task = task;
    this.#start = offset;
    this.#values.set(offset / 8 + 1, value);
    this.#note(1);
  }

  /** Makes the open record an ordinary one. */
  commit(): void {
    if (this.#count === 0) return;
    this.#channel.writer.commit(ITEM_NUMBERS, this.#task, this.#start + HEADER_BYTES + this.#count * 8);
    this.#count = 0;
    Atomics.store(this.#words, this.#open, 0);
  }

  #note(count: number): void {
    this.#count = count;
    Atomics.store(this.#words, this.#open, ((this.#start / 8) << COUNT_BITS) | count);
  }
}

/** Called for results of a task, from item `index` on; they lie in `values` from `at` on. */
export type NumbersHandler = (task: number, index: number, values: RunValues, at: number, count: number) => void;

/** The host's side. */
export class NumberRunReader {
  readonly #view: DataView;
  readonly #values: RunValues;
  readonly #handle: NumbersHandler;

  constructor(channel: Channel, handle: NumbersHandler) {
    this.#view = channel.target.view;
    this.#values = new RunValues(channel.target.bytes);
    this.#handle = handle;
  }

  /** A whole record. */
  take(offset: number, end: number): void {
    this.#give(offset, (end - offset - HEADER_BYTES) / 8);
  }

  /** The record that is being filled, as the worker's slot notes it. */
  peek(open: number): void {
    if (open !== 0) this.#give((open >>> COUNT_BITS) * 8, open & COUNT_MASK);
  }

  #give(offset: number, count: number): void {
    const index = this.#view.getUint32(offset, true);
    this.#handle(this.#view.getInt32(offset + 4, true), index, this.#values, offset / 8 + 1, count);
  }
}
