import type { Channel } from '../connection/channel.ts';
import { EqualValues, type ItemValues, RunValues } from './item-values.ts';
import { type OpenRun, OPEN_COUNT, OPEN_RUN } from './memory.ts';
import { ITEM_EQUALS, ITEM_NUMBERS } from './protocol.ts';

/*
 * Results of a chunk that are numbers, booleans, `null` or `undefined` travel many in one record:
 *
 *   ITEM_NUMBERS   [ index of the first: u32 ][ task: i32 ][ f64 ] [ f64 ] …
 *   ITEM_EQUALS    [ index of the first: u32 ][ task: i32 ][ f64 ][ how many: u32 ]    all of them equal
 *
 * A record begins as one of equal values. With the first that differs it becomes one of numbers, unless it is so long that it is better
 * ended. While the worker fills it, two words of its slot say where it is and how many values are there. So the host can take
 * them at any time, also after the worker was killed: no finished result is held back or lost.
 *
 *   OPEN_RUN     byte offset of the payload / 8, shifted by 1   |   1: equal values
 *   OPEN_COUNT   how many values
 */

/** Values in one record, unless they are equal. */
const MOST = 256;
const HEADER_BYTES = 8;
const EQUALS_BYTES = HEADER_BYTES + 12;

/** Is equal to no value. */
const NOTHING = Symbol('nothing');

/** Bytes that a full record takes in the ring. */
export const RUN_BYTES: number = HEADER_BYTES + MOST * 8;

/** The worker's side: a record that grows. */
export class NumberRun {
  readonly #channel: Channel;
  readonly #values: RunValues;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #openWord: number;
  readonly #countWord: number;
  #task = 0;
  #start = 0;
  #isEqual = false;
  #first: unknown;

  /** @param slot First word of the worker's slot in `words`. */
  constructor(channel: Channel, words: Int32Array<ArrayBuffer>, slot: number) {
    this.#channel = channel;
    this.#values = new RunValues(channel.target.bytes);
    this.#words = words;
    this.#openWord = slot + OPEN_RUN;
    this.#countWord = slot + OPEN_COUNT;
  }

  /**
   * What may be appended to the open record by nothing but counting, as {@link NumberRun.place} stays the same; else something
   * that no value equals.
   */
  get same(): unknown {
    // Zero equals another zero, and NaN nothing.
    return this.#isEqual && this.#first !== 0 && this.#count > 0 ? this.#first : NOTHING;
  }

  /** Appends to the open record. @returns Whether there was one that had room for this value. */
  append(value: unknown): boolean {
    const count = this.#count;
    if (count === 0) return false;
    if (value !== this.same) {
      if (count >= MOST || !RunValues.holds(value)) return false;
      if (this.#isEqual) this.#spread(count);
      this.#values.set(this.#start / 8 + 1 + count, value);
    }
    Atomics.store(this.#words, this.#countWord, count + 1);
    return true;
  }

  /** Opens a record in the room that was reserved at `offset`, with its first value. */
  begin(offset: number, task: number, index: number, value: unknown): void {
    const { view } = this.#channel.target;
    view.setUint32(offset, index, true);
    view.setInt32(offset + 4, task, true);
    this.#task = task;
    this.#start = offset;
    this.#isEqual = true;
    this.#first = value;
    this.#values.set(offset / 8 + 1, value);
    // Whoever reads looks at the place before and after: only a count that belongs to it is believed.
    Atomics.store(this.#words, this.#countWord, 1);
    this.#noteOpen();
  }

  /** Makes the open record an ordinary one. */
  commit(): void {
    const count = this.#count;
    if (count === 0) return;
    const { target, writer } = this.#channel;
    if (this.#isEqual) {
      target.view.setUint32(this.#start + EQUALS_BYTES - 4, count, true);
      writer.commit(ITEM_EQUALS, this.#task, this.#start + EQUALS_BYTES);
    } else writer.commit(ITEM_NUMBERS, this.#task, this.#start + HEADER_BYTES + count * 8);
    Atomics.store(this.#words, this.#openWord, 0);
  }

  /** Writes each of the equal values, as others will follow. */
  #spread(count: number): void {
    for (let i = 1; i < count; i++) this.#values.set(this.#start / 8 + 1 + i, this.#first);
    this.#isEqual = false;
    this.#noteOpen();
  }

  /** Values in the open record; 0: there is none. */
  get #count(): number {
    return this.#words[this.#openWord] === 0 ? 0 : (this.#words[this.#countWord] ?? 0);
  }

  #noteOpen(): void {
    Atomics.store(this.#words, this.#openWord, ((this.#start / 8) << 1) | (this.#isEqual ? 1 : 0));
  }
}

/** Called for results of a task, from item `index` on; they lie in `values` from `at` on. */
export type NumbersHandler = (task: number, index: number, values: ItemValues, at: number, count: number) => void;

/** The host's side. */
export class NumberRunReader {
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #values: RunValues;

  constructor(channel: Channel) {
    this.#view = channel.target.view;
    this.#bytes = channel.target.bytes;
    this.#values = new RunValues(channel.target.bytes);
  }

  /** A whole record. */
  take(kind: number, offset: number, end: number, handle: NumbersHandler): void {
    const isEqual = kind === ITEM_EQUALS;
    const count = isEqual ? this.#view.getUint32(end - 4, true) : (end - offset - HEADER_BYTES) / 8;
    this.#give(offset, count, isEqual, handle);
  }

  /** The record that is being filled. */
  peek({ place, count }: OpenRun, handle: NumbersHandler): void {
    if (place !== 0) this.#give((place >>> 1) * 8, count, (place & 1) !== 0, handle);
  }

  /** A whole record, for later: the memory it lies in is used again. @returns What gives it. */
  keep(kind: number, offset: number, end: number, handle: NumbersHandler): () => void {
    const values =
      kind === ITEM_EQUALS ? this.#equal(offset) : new RunValues(this.#bytes.slice(offset + HEADER_BYTES, end));
    const index = this.#view.getUint32(offset, true);
    const task = this.#view.getInt32(offset + 4, true);
    const count = values instanceof RunValues ? values.length : this.#view.getUint32(end - 4, true);
    return () => handle(task, index, values, 0, count);
  }

  #give(offset: number, count: number, isEqual: boolean, handle: NumbersHandler): void {
    const index = this.#view.getUint32(offset, true);
    const task = this.#view.getInt32(offset + 4, true);
    handle(task, index, isEqual ? this.#equal(offset) : this.#values, offset / 8 + 1, count);
  }

  #equal(offset: number): EqualValues {
    return new EqualValues(this.#values.at(offset / 8 + 1));
  }
}
