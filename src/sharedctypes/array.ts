import { wrongType } from '../base/invalid.ts';
import { checkInteger } from '../base/options.ts';
import { registerHandler, sendAs } from '../reduction/handlers.ts';
import type { Holdable } from '../synchronize/holdable.ts';
import type { RLock } from '../synchronize/lock.ts';
import { guard, type Guarded, type LockOption, lockOf } from './guard.ts';
import { allocate } from './memory.ts';
import { Records } from './records.ts';
import { Struct, type Fields, type RecordOf } from './struct.ts';
import { addText, type Text } from './text.ts';
import { type AnyTypedArray, type ArrayOf, type ElementType, isOfBigInts, type ViewClass, viewClass } from './types.ts';

/** How many elements of zeros, or what they are at the start. */
export type ArrayInit<T> = number | Iterable<T>;

type TextOf<T> = T extends 'c' ? Text : unknown;
type InitOf<T extends ElementType> = T extends 'c' ? number | string | Iterable<number> : ArrayInit<ArrayOf<T>[number]>;

/**
 * A typed array in memory that processes share, without a lock: a real one, as fast as any.
 *
 * Sendable in any message, and so are views on a part of it: the receiver writes to the same memory. `Atomics` work on
 * arrays of integers.
 *
 * @param type A type code such as `'d'`, or a typed-array constructor. `'c'` is an array of characters, with a `value`.
 * @param init Number of elements, all 0 then, or an iterable of their values.
 * @throws RangeError for a negative size, an unknown code, or (with code `ENOMEM`) when there is not enough memory.
 *
 * @see Python `multiprocessing.RawArray`
 */
export function RawArray<T extends ElementType>(type: T, init: InitOf<T>): ArrayOf<T> & TextOf<T>;
export function RawArray<F extends Fields>(type: Struct<F>, init: ArrayInit<Partial<RecordOf<F>>>): RecordOf<F>[];
export function RawArray(type: unknown, init: unknown): unknown {
  return type instanceof Struct ? Records.create('RawArray', type, init).proxy() : newArray('RawArray', type, init);
}

/**
 * As {@link RawArray}, together with a lock: `getLock()` gives the lock, `getObj()` the array without these two methods.
 *
 * Access takes no lock by itself: `using held = array.getLock().holdSync()`.
 *
 * @param options `lock`: `true` (an `RLock` of its own, the default), `false` (none, as `RawArray`), or the lock to use.
 *
 * @see Python `multiprocessing.Array`
 *
 * @example
 * ```ts
 * const numbers = Array('d', 1_000_000);
 * await pool.apply(fill, [numbers]);
 * ```
 */
export function SharedArray<T extends ElementType>(
  type: T,
  init: InitOf<T>,
  options: { readonly lock: false },
): ArrayOf<T> & TextOf<T>;
export function SharedArray<T extends ElementType, L extends Holdable = RLock>(
  type: T,
  init: InitOf<T>,
  options?: LockOption<L | true>,
): ArrayOf<T> & TextOf<T> & Guarded<ArrayOf<T> & TextOf<T>, L>;
export function SharedArray<F extends Fields, L extends Holdable = RLock>(
  type: Struct<F>,
  init: ArrayInit<Partial<RecordOf<F>>>,
  options?: LockOption<L | true>,
): RecordOf<F>[] & Guarded<RecordOf<F>[], L>;
export function SharedArray(type: unknown, init: unknown, options?: LockOption): unknown {
  const lock = lockOf('Array', options);
  if (type instanceof Struct) return Records.create('Array', type, init, lock).proxy();
  const raw = newArray('Array', type, init);
  return lock === undefined ? raw : new GuardedArray(raw, type === 'c', lock).open();
}

function newArray(owner: string, type: unknown, init: unknown): AnyTypedArray {
  const View = viewClass(owner, type);
  const values = valuesOf(owner, init, type === 'c');
  const length = typeof values === 'number' ? values : values.length;
  const array = new View(allocate(owner, length * View.BYTES_PER_ELEMENT), 0, length);
  if (typeof values !== 'number') fill(owner, View, array, values);
  return type === 'c' ? sendText(addText(array as Uint8Array<ArrayBuffer>)) : array;
}

/** The array itself checks each value: bigints for those of bigints, numbers for the others. */
function fill(owner: string, View: ViewClass, array: AnyTypedArray, values: readonly unknown[] | Buffer): void {
  try {
    array.set(values as never);
  } catch (error) {
    const kind = isOfBigInts(View) ? 'bigint' : 'number';
    const wrong = values.find((value: unknown) => typeof value !== kind);
    if (wrong === undefined) throw error;
    throw wrongType(owner, 'init', `an iterable of ${kind}s`, wrong);
  }
}

/** The size, or a list of the values. */
export function valuesOf(owner: string, init: unknown, isText: boolean): number | readonly unknown[] | Buffer {
  if (typeof init === 'number') {
    checkInteger(owner, 'init', init, 0);
    return init;
  }
  if (typeof init === 'string' && isText) return Buffer.from(init, 'latin1');
  if (typeof init !== 'object' || init === null || !(Symbol.iterator in init)) {
    throw wrongType(owner, 'init', 'a size or an iterable of values', init);
  }
  return Array.from(init as Iterable<unknown>); // looked at just now
}

/** What travels in place of an array with a lock or text, whose class is that of any typed array. */
class GuardedArray {
  readonly raw: AnyTypedArray;
  readonly isText: boolean;
  readonly lock: Holdable | undefined;

  constructor(raw: AnyTypedArray, isText: boolean, lock: Holdable | undefined) {
    this.raw = raw;
    this.isText = isText;
    this.lock = lock;
  }

  /** The array that users see. */
  open(): AnyTypedArray {
    const { raw, lock } = this;
    // A second view on the same memory, as the methods must not be on the first.
    const array = anotherView(raw);
    if (this.isText) addText(array as Uint8Array<ArrayBuffer>);
    if (lock !== undefined) guard(array, raw, lock);
    sendAs(array, this);
    return array;
  }

  static {
    registerHandler<GuardedArray, Parts>('sharedctypes.Array', GuardedArray, {
      home: import.meta.url,
      take: ({ raw, isText, lock }) => ({ raw: anotherView(raw), isText, lock }),
      // What the class stands for is the array.
      make: ({ raw, isText, lock }) => new GuardedArray(raw, isText, lock).open() as never,
    });
  }
}

interface Parts {
  readonly raw: AnyTypedArray;
  readonly isText: boolean;
  readonly lock: Holdable | undefined;
}

function sendText(array: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  sendAs(array, new GuardedArray(anotherView(array), true, undefined));
  return array;
}

function anotherView<View extends AnyTypedArray>(view: View): View {
  const Class = view.constructor as new (buffer: ArrayBuffer, byteOffset: number, length: number) => View; // made by `newArray`
  return new Class(view.buffer, view.byteOffset, view.length);
}
