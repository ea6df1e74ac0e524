import { wrongRange } from '../../base/invalid.ts';
import { checkInteger } from '../../base/options.ts';
import { contentsOf } from '../proxies/marks.ts';
import { applyChange, isSame, type Change } from './operations.ts';

/** An array in a manager's server. Each method is one step that nobody sees the middle of. */
export class ManagedList<T = unknown> {
  #items: T[];

  constructor(items: Iterable<T> = []) {
    this.#items = [...contentsOf(items)];
  }

  /** The element at an index; counts from the end when negative; `undefined` when there is none. */
  at(index: number): T | undefined {
    return this.#items.at(index);
  }

  /** The same for loops: empty when the list has ended. */
  item(index: number): [T] | [] {
    return index < this.#items.length ? [this.#items[index] as T] : []; // there is one
  }

  /** @throws RangeError when there is no such element; the index right behind the last appends. */
  set(index: number, value: T): void {
    if (index === this.#items.length) this.#items.push(value);
    else this.#items[this.#place('set', index)] = value;
  }

  length(): number {
    return this.#items.length;
  }

  /** Cuts off what is behind the first `length` elements. */
  truncate(length: number): void {
    checkInteger('list.truncate', 'length', length, 0);
    if (length < this.#items.length) this.#items.length = length;
  }

  push(...items: T[]): number {
    return this.#items.push(...items);
  }

  /** Takes the last element out, or the one at `index`. */
  pop(index?: number): T | undefined {
    if (index === undefined) return this.#items.pop();
    return this.#items.splice(this.#place('pop', index), 1)[0];
  }

  shift(): T | undefined {
    return this.#items.shift();
  }

  unshift(...items: T[]): number {
    return this.#items.unshift(...items);
  }

  splice(start: number, ...rest: [deleteCount?: number, ...items: T[]]): T[] {
    // `splice(1)` and `splice(1, undefined)` differ, in Array too.
    return Reflect.apply(Array.prototype.splice, this.#items, [start, ...rest]) as T[];
  }

  insert(index: number, item: T): void {
    this.#items.splice(index, 0, item);
  }

  extend(items: Iterable<T>): number {
    for (const item of contentsOf(items)) this.#items.push(item);
    return this.#items.length;
  }

  slice(start?: number, end?: number): T[] {
    return this.#items.slice(start, end);
  }

  /** All of it as an array of the caller's own. */
  copy(): T[] {
    return [...this.#items];
  }

  toArray(): T[] {
    return [...this.#items];
  }

  concat(...others: (T | readonly T[])[]): T[] {
    return this.#items.concat(...(others.map(contentsOf) as T[])); // both forms are allowed
  }

  /** A copy in which lists are replaced by what they hold, so many levels deep. */
  flat(depth?: number): unknown[] {
    return this.#items.flat(depth);
  }

  toReversed(): T[] {
    return this.#items.toReversed();
  }

  /** @param compare Runs in the server, as that of {@link ManagedList.sort}. */
  toSorted(compare?: (one: T, other: T) => number): T[] {
    return this.#items.toSorted(compare);
  }

  toSpliced(start: number, ...rest: [deleteCount?: number, ...items: T[]]): T[] {
    const copy = [...this.#items];
    Reflect.apply(Array.prototype.splice, copy, [start, ...rest]);
    return copy;
  }

  /** A copy with another element at `index`. @throws RangeError when there is no such element. */
  with(index: number, value: T): T[] {
    return this.#items.with(this.#place('with', index), value);
  }

  /** Makes it `count` times as long, by repeating it. */
  repeat(count: number): void {
    checkInteger('list.repeat', 'count', count, 0);
    const items = this.#items;
    this.#items = Array.from({ length: count }, () => items).flat(); // one level only
  }

  /** Index of the first equal element, -1 when there is none. Objects are equal by value. */
  indexOf(item: T, from = 0): number {
    const start = from < 0 ? Math.max(0, this.#items.length + from) : from;
    return this.#items.findIndex((one, index) => index >= start && isSame(one, item));
  }

  lastIndexOf(item: T): number {
    return this.#items.findLastIndex((one) => isSame(one, item));
  }

  includes(item: T): boolean {
    return this.indexOf(item) >= 0;
  }

  count(item: T): number {
    return this.#items.filter((one) => isSame(one, item)).length;
  }

  /** Takes the first equal element out. @returns Whether there was one. */
  remove(item: T): boolean {
    const index = this.indexOf(item);
    if (index >= 0) this.#items.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.#items = [];
  }

  reverse(): void {
    this.#items.reverse();
  }

  /** @param compare Runs in the server; the order of `Array.prototype.sort` when absent. */
  sort(compare?: (one: T, other: T) => number): void {
    this.#items.sort(compare);
  }

  fill(value: T, start?: number, end?: number): void {
    this.#items.fill(value, start, end);
  }

  copyWithin(target: number, start: number, end?: number): void {
    this.#items.copyWithin(target, start, end);
  }

  join(separator?: string): string {
    return this.#items.join(separator);
  }

  keys(): number[] {
    return [...this.#items.keys()];
  }

  values(): T[] {
    return [...this.#items];
  }

  entries(): [number, T][] {
    return [...this.#items.entries()];
  }

  /** Changes one element in one step. @returns Its new value. */
  update(index: number, change: Change<T>): T {
    const place = this.#place('update', index);
    const value = applyChange('list.update', change, this.#items[place]) as T; // what the function gives
    this.#items[place] = value;
    return value;
  }

  #place(method: string, index: number): number {
    const { length } = this.#items;
    checkInteger(`list.${method}`, 'index', index);
    const place = index < 0 ? length + index : index;
    if (place >= 0 && place < length) return place;
    throw wrongRange(`list.${method}`, 'index', `the index of one of ${length} elements`, index);
  }
}
