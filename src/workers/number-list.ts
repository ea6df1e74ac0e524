import { sharesMemory } from '../native/load.ts';
import { type Block, Heap } from '../shared-memory/heap.ts';

/** From here on a block of memory is worth its trouble. */
const FEW = 64;

/** A list as maps need it; arrays are such lists. */
export interface ItemList {
  readonly length: number;
  at(index: number): unknown;
  slice(from: number, to: number): readonly unknown[];
}

/** Some of the items of a list. */
export class ItemRange {
  readonly list: ItemList;
  readonly from: number;
  readonly to: number;

  constructor(list: ItemList, from: number, to: number) {
    this.list = list;
    this.from = from;
    this.to = to;
  }

  toArray(): readonly unknown[] {
    const { list, from, to } = this;
    return Array.isArray(list) && from === 0 && to === list.length ? list : list.slice(from, to);
  }
}

/**
 * Numbers in memory that all workers see: each reads the part that it is given, and nothing of them is copied for it before.
 *
 * Its memory is given back when everybody who uses it has let go.
 */
export class NumberList implements ItemList {
  readonly #block: Block;
  #numbers: Int32Array | Float64Array;
  #users = 1;
  readonly bytesEach: 4 | 8;
  readonly length: number;

  private constructor(block: Block, numbers: Int32Array | Float64Array) {
    this.#block = block;
    this.#numbers = numbers;
    this.bytesEach = numbers instanceof Int32Array ? 4 : 8;
    this.length = numbers.length;
  }

  /** Numbers as they are now, used by the caller. @returns `undefined` when others are among them, or there is no memory for them: then they travel as anything else. */
  static of(list: readonly unknown[]): NumberList | undefined {
    const { length } = list;
    if (length < FEW || typeof list[0] !== 'number' || !sharesMemory()) return undefined;
    return NumberList.#written(list, new Int32Array(0)) ?? NumberList.#written(list, new Float64Array(0));
  }

  static #written(list: readonly unknown[], kind: Int32Array | Float64Array): NumberList | undefined {
    const { length } = list;
    const byteLength = length * kind.BYTES_PER_ELEMENT;
    const block = allocate(byteLength);
    if (!block) return undefined;
    const { buffer, byteOffset } = block.bytes(byteLength);
    if (kind instanceof Int32Array) {
      const integers = new Int32Array(buffer, byteOffset, length);
      if (writeIntegers(list, integers)) return new NumberList(block, integers);
    } else {
      const doubles = new Float64Array(buffer, byteOffset, length);
      if (writeDoubles(list, doubles)) return new NumberList(block, doubles);
    }
    block.free();
    return undefined;
  }

  /** Where the item lies in the program's heap. */
  offsetOf(index: number): number {
    return this.#block.offset + index * this.bytesEach;
  }

  at(index: number): unknown {
    return this.#numbers[index];
  }

  slice(from: number, to: number): readonly unknown[] {
    return Array.from(this.#numbers.subarray(from, to));
  }

  /** One more uses it. */
  use(): void {
    this.#users++;
  }

  /** One of its users lets go. */
  drop(): void {
    if (--this.#users > 0) return;
    this.#numbers = new Int32Array(0);
    this.#block.free();
  }
}

function allocate(byteLength: number): Block | undefined {
  try {
    return Heap.current().allocate(byteLength);
  } catch {
    return undefined;
  }
}

/** @returns Whether all are integers of 32 bits; else some may have been written. */
function writeIntegers(list: readonly unknown[], target: Int32Array): boolean {
  const { length } = target;
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (typeof item !== 'number') return false;
    const integer = item | 0;
    if (integer !== item || (integer === 0 && 1 / item < 0)) return false;
    target[i] = integer;
  }
  return true;
}

/** @returns Whether all are numbers; else some may have been written. */
function writeDoubles(list: readonly unknown[], target: Float64Array): boolean {
  const { length } = target;
  for (let i = 0; i < length; i++) {
    const item = list[i];
    if (typeof item !== 'number') return false;
    target[i] = item;
  }
  return true;
}
