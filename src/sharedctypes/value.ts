import { checkString } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import { registerHandler } from '../reduction/handlers.ts';
import type { Holdable } from '../synchronize/holdable.ts';
import type { RLock } from '../synchronize/lock.ts';
import { guard, type Guarded, type LockOption, lockOf } from './guard.ts';
import { allocate } from './memory.ts';
import { type Fields, type RecordOf, Struct } from './struct.ts';
import { readText, writeText } from './text.ts';
import {
  type AnyTypedArray,
  checkElement,
  type ElementOf,
  type ElementType,
  type ViewClass,
  viewClass,
} from './types.ts';

/** One value in memory that processes share. */
export interface RawValue<V> {
  value: V;
}

/** As {@link RawValue}, with a lock. Access takes no lock by itself: `value.value++` of two processes can lose one. */
export type Value<V, L extends Holdable = RLock> = RawValue<V> & Guarded<RawValue<V>, L>;

/** A copy of a value in other memory; `undefined` for what is none. Set by the class of values. */
export let copyCell: (cell: object, allocateBytes: (byteLength: number) => ArrayBuffer) => object | undefined;

/**
 * One value in shared memory, without a lock.
 *
 * @param type A type code, a typed-array constructor, or a `Struct`, whose record has its fields as properties.
 * @param init What it is at the start; zeros when absent.
 *
 * @see Python `multiprocessing.RawValue`
 */
export function RawValue<T extends ElementType>(type: T, init?: ElementOf<T>): RawValue<ElementOf<T>>;
export function RawValue<F extends Fields>(type: Struct<F>, init?: Partial<RecordOf<F>>): RecordOf<F>;
export function RawValue(type: unknown, init?: unknown): unknown {
  return newCell('RawValue', type, init);
}

/**
 * One value in shared memory, together with a lock.
 *
 * @param options `lock`: `true` (an `RLock` of its own, the default), `false` (none, as `RawValue`), or the lock to use.
 *
 * @see Python `multiprocessing.Value`
 *
 * @example
 * ```ts
 * const total = Value('d', 0);
 * await total.getLock().use(() => total.value++);
 * ```
 */
export function Value<T extends ElementType>(
  type: T,
  init: ElementOf<T> | undefined,
  options: { readonly lock: false },
): RawValue<ElementOf<T>>;
export function Value<T extends ElementType, L extends Holdable = RLock>(
  type: T,
  init?: ElementOf<T>,
  options?: LockOption<L | true>,
): Value<ElementOf<T>, L>;
export function Value<F extends Fields, L extends Holdable = RLock>(
  type: Struct<F>,
  init?: Partial<RecordOf<F>>,
  options?: LockOption<L | true>,
): RecordOf<F> & Guarded<RecordOf<F>, L>;
export function Value(type: unknown, init?: unknown, options?: LockOption): unknown {
  const lock = lockOf('Value', options);
  return newCell('Value', type, init, lock);
}

function newCell(owner: string, type: unknown, init: unknown, lock?: Holdable): object {
  if (type instanceof Struct) {
    const record = type.at(new Uint8Array(allocate(owner, type.byteLength), 0, type.byteLength), lock);
    if (typeof init === 'object' && init !== null) type.fill(record, init);
    return record;
  }
  const View = viewClass(owner, type);
  if (init !== undefined && type === 'c') checkString(owner, 'init', init);
  else if (init !== undefined) checkElement(owner, 'init', View, init);
  const view = new View(allocate(owner, View.BYTES_PER_ELEMENT), 0, 1);
  const cell = new Cell(view, type === 'c', lock);
  if (init !== undefined) cell.value = init;
  return cell;
}

/** One element of shared memory. */
class Cell {
  readonly #parts: Parts;

  constructor(view: AnyTypedArray, isText: boolean, lock: Holdable | undefined) {
    this.#parts = { view, isText, lock };
    if (lock !== undefined) guard(this, new Cell(view, isText, undefined), lock);
  }

  get value(): unknown {
    const { view, isText } = this.#parts;
    return isText ? readText(view as Uint8Array) : view[0]; // the class of that code
  }

  set value(value: unknown) {
    const { view, isText } = this.#parts;
    if (isText) writeText('Value', view as Uint8Array, String(value));
    else {
      // Asked first, because the check takes longer than the rest.
      if (typeof value !== typeof view[0]) checkElement('Value', 'value', view.constructor as ViewClass, value);
      view[0] = value as never;
    }
  }

  toString(): string {
    return `<Value ${String(this.value)}>`;
  }

  static {
    showAsText(this.prototype);
    registerHandler<Cell, Parts>('sharedctypes.Value', Cell, {
      home: import.meta.url,
      take: (cell) => cell.#parts,
      make: ({ view, isText, lock }) => new Cell(view, isText, lock),
    });
    copyCell = (cell, allocateBytes) => {
      if (!(cell instanceof Cell)) return undefined;
      const { view, isText } = cell.#parts;
      const View = view.constructor as ViewClass; // made by `newCell`
      const other = new View(allocateBytes(view.byteLength), 0, 1);
      other.set(view as never);
      return new Cell(other, isText, undefined);
    };
  }
}

interface Parts {
  readonly view: AnyTypedArray;
  readonly isText: boolean;
  readonly lock: Holdable | undefined;
}
