import { checkFunction } from '../../base/options.ts';
import { call, callSync, type AnyProxy } from './base-proxy.ts';

// Methods of arrays, Maps and Sets that take a function and change nothing. They run here, on a copy that is taken in one step:
// the function may be any, also one that no server would take, and the object may change meanwhile without harm.

/** Methods of arrays that take a function. `list` in its arguments is the copy. */
const OF_LISTS = [
  'forEach',
  'map',
  'filter',
  'find',
  'findIndex',
  'findLast',
  'findLastIndex',
  'some',
  'every',
  'reduce',
  'reduceRight',
  'flatMap',
] as const;

type Visit<T, R> = (item: T, index: number, list: readonly T[]) => R;
type Reduce<T, R> = (before: R, item: T, index: number, list: readonly T[]) => R;

/** What {@link installListReading} gives a class of proxies. */
export interface ListReading<T> {
  forEach(visit: Visit<T, void>): Promise<void>;
  forEachSync(visit: Visit<T, void>): void;
  map<R>(visit: Visit<T, R>): Promise<R[]>;
  mapSync<R>(visit: Visit<T, R>): R[];
  filter<S extends T>(visit: (item: T, index: number, list: readonly T[]) => item is S): Promise<S[]>;
  filter(visit: Visit<T, unknown>): Promise<T[]>;
  filterSync<S extends T>(visit: (item: T, index: number, list: readonly T[]) => item is S): S[];
  filterSync(visit: Visit<T, unknown>): T[];
  find(visit: Visit<T, unknown>): Promise<T | undefined>;
  findSync(visit: Visit<T, unknown>): T | undefined;
  findIndex(visit: Visit<T, unknown>): Promise<number>;
  findIndexSync(visit: Visit<T, unknown>): number;
  findLast(visit: Visit<T, unknown>): Promise<T | undefined>;
  findLastSync(visit: Visit<T, unknown>): T | undefined;
  findLastIndex(visit: Visit<T, unknown>): Promise<number>;
  findLastIndexSync(visit: Visit<T, unknown>): number;
  some(visit: Visit<T, unknown>): Promise<boolean>;
  someSync(visit: Visit<T, unknown>): boolean;
  every(visit: Visit<T, unknown>): Promise<boolean>;
  everySync(visit: Visit<T, unknown>): boolean;
  reduce(reduce: Reduce<T, T>): Promise<T>;
  reduce<R>(reduce: Reduce<T, R>, initial: R): Promise<R>;
  reduceSync(reduce: Reduce<T, T>): T;
  reduceSync<R>(reduce: Reduce<T, R>, initial: R): R;
  reduceRight(reduce: Reduce<T, T>): Promise<T>;
  reduceRight<R>(reduce: Reduce<T, R>, initial: R): Promise<R>;
  reduceRightSync(reduce: Reduce<T, T>): T;
  reduceRightSync<R>(reduce: Reduce<T, R>, initial: R): R;
  flatMap<R>(visit: Visit<T, R | readonly R[]>): Promise<R[]>;
  flatMapSync<R>(visit: Visit<T, R | readonly R[]>): R[];
}

/** What {@link installForEach} gives a class of proxies whose copy is a Map or a Set. */
export interface ForEach<K, V, Copy> {
  /** Runs here, on a copy that is taken in one step. */
  forEach(visit: (value: V, key: K, copy: Copy) => void): Promise<void>;
  forEachSync(visit: (value: V, key: K, copy: Copy) => void): void;
}

/** Gives proxies of lists the methods of arrays that take a function. */
export function installListReading(Class: abstract new (...args: never[]) => AnyProxy): void {
  for (const name of OF_LISTS) installReading(Class, name, 'toArray', Array.prototype[name]);
}

/** Gives proxies of Maps or Sets their `forEach`. */
export function installForEach(
  Class: abstract new (...args: never[]) => AnyProxy,
  Copied: MapConstructor | SetConstructor,
): void {
  installReading(Class, 'forEach', 'copy', Copied.prototype.forEach);
}

/** @param copy Method that gives the copy on which `method` runs. */
function installReading(
  Class: abstract new (...args: never[]) => AnyProxy,
  name: string,
  copy: string,
  method: (...args: never[]) => unknown,
): void {
  const define = (key: string, value: Function): void => {
    Object.defineProperty(value, 'name', { value: key });
    // Every class has one.
    Object.defineProperty(Class.prototype as object, key, { value, writable: true, configurable: true });
  };
  define(name, async function reading(this: AnyProxy, visit: unknown, ...rest: unknown[]) {
    checkFunction(`${this.typeid}.${name}`, 'function', visit);
    return Reflect.apply(method, await call(this, copy, []), [visit, ...rest]) as unknown;
  });
  define(`${name}Sync`, function readingSync(this: AnyProxy, visit: unknown, ...rest: unknown[]) {
    checkFunction(`${this.typeid}.${name}Sync`, 'function', visit);
    return Reflect.apply(method, callSync(this, copy, []), [visit, ...rest]) as unknown;
  });
}
