import { ProcessError } from '../../base/errors.ts';
import { contentsOf } from '../proxies/marks.ts';
import { checkKey } from './keys.ts';

/** A Set in a manager's server. Each method is one step that nobody sees the middle of. */
export class ManagedSet<T = unknown> {
  #items = new Set<T>();
  #version = 0;

  constructor(items: Iterable<T> = []) {
    for (const item of contentsOf(items)) this.add(item);
  }

  add(item: T): void {
    if (this.#items.has(item)) return;
    checkKey('set', 'item', item);
    this.#items.add(item);
    this.#version++;
  }

  has(item: T): boolean {
    return this.#items.has(item);
  }

  delete(item: T): boolean {
    const had = this.#items.delete(item);
    if (had) this.#version++;
    return had;
  }

  clear(): void {
    this.#items.clear();
    this.#version++;
  }

  size(): number {
    return this.#items.size;
  }

  values(): T[] {
    return [...this.#items];
  }

  keys(): T[] {
    return [...this.#items];
  }

  entries(): [T, T][] {
    return [...this.#items.entries()];
  }

  /** All of it as a Set of the caller's own. */
  copy(): Set<T> {
    return new Set(this.#items);
  }

  /** Takes the oldest element out; `undefined` when it is empty. */
  pop(): T | undefined {
    for (const item of this.#items) {
      this.delete(item);
      return item;
    }
    return undefined;
  }

  union<U>(other: Iterable<U>): Set<T | U> {
    return new Set<T | U>([...this.#items, ...contentsOf(other)]);
  }

  intersection(other: Iterable<unknown>): Set<T> {
    const others = new Set(contentsOf(other));
    return new Set([...this.#items].filter((item) => others.has(item)));
  }

  difference(other: Iterable<unknown>): Set<T> {
    const others = new Set(contentsOf(other));
    return new Set([...this.#items].filter((item) => !others.has(item)));
  }

  symmetricDifference<U>(other: Iterable<U>): Set<T | U> {
    const others = new Set<T | U>(contentsOf(other));
    const mine: ReadonlySet<T | U> = this.#items;
    return new Set<T | U>([...this.difference(others), ...[...others].filter((item) => !mine.has(item))]);
  }

  isSubsetOf(other: Iterable<unknown>): boolean {
    const others = new Set(contentsOf(other));
    return [...this.#items].every((item) => others.has(item));
  }

  isSupersetOf(other: Iterable<unknown>): boolean {
    const mine: ReadonlySet<unknown> = this.#items;
    return [...contentsOf(other)].every((item) => mine.has(item));
  }

  isDisjointFrom(other: Iterable<unknown>): boolean {
    const mine: ReadonlySet<unknown> = this.#items;
    return ![...contentsOf(other)].some((item) => mine.has(item));
  }

  /** Adds all of them (`|=`). */
  addAll(items: Iterable<T>): void {
    for (const item of contentsOf(items)) this.add(item);
  }

  /** Takes all of them out (`-=`). */
  deleteAll(items: Iterable<T>): void {
    for (const item of contentsOf(items)) this.delete(item);
  }

  /** Takes out all but these (`&=`). */
  retainAll(items: Iterable<T>): void {
    this.#replace(this.intersection(items));
  }

  /** Adds those that are missing and takes out those that are there (`^=`). */
  toggleAll(items: Iterable<T>): void {
    this.#replace(this.symmetricDifference(items));
  }

  /** For loops: ends with an error when the size changes meanwhile. */
  *iterate(): Generator<T> {
    const version = this.#version;
    for (const item of this.#items) {
      if (version !== this.#version) throw changed();
      yield item;
    }
    if (version !== this.#version) throw changed();
  }

  #replace(items: Set<T>): void {
    this.#items = items;
    this.#version++;
  }
}

function changed(): ProcessError {
  return new ProcessError(
    'the set changed its size while it was iterated; loop over `await set.values()` instead, a copy',
  );
}
