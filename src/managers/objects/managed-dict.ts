import { ProcessError } from '../../base/errors.ts';
import { applyChange, type Change } from './operations.ts';
import { checkKey, entriesOf } from './keys.ts';

/** What dicts are filled from. */
export type DictSource<K, V> = ReadonlyMap<K, V> | Iterable<readonly [K, V]> | Readonly<Record<string, V>>;

/** A Map in a manager's server. Each method is one step that nobody sees the middle of. */
export class ManagedDict<K = unknown, V = unknown> {
  readonly #map = new Map<K, V>();
  /** Counts what changes the size, for iterators. */
  #version = 0;

  constructor(entries: DictSource<K, V> = []) {
    this.#fill(entries);
  }

  get(key: K, fallback?: V): V | undefined {
    const value = this.#map.get(key);
    return value === undefined && !this.#map.has(key) ? fallback : value;
  }

  set(key: K, value: V): void {
    if (!this.#map.has(key)) {
      checkKey('dict', 'key', key);
      this.#version++;
    }
    this.#map.set(key, value);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  delete(key: K): boolean {
    const had = this.#map.delete(key);
    if (had) this.#version++;
    return had;
  }

  clear(): void {
    this.#map.clear();
    this.#version++;
  }

  size(): number {
    return this.#map.size;
  }

  keys(): K[] {
    return [...this.#map.keys()];
  }

  values(): V[] {
    return [...this.#map.values()];
  }

  entries(): [K, V][] {
    return [...this.#map.entries()];
  }

  /** The keys, youngest first. */
  reversedKeys(): K[] {
    return [...this.#map.keys()].toReversed();
  }

  /** All of it as a Map of the caller's own. */
  copy(): Map<K, V> {
    return new Map(this.#map);
  }

  /** As {@link ManagedDict.copy}, with the entries of `other` on top. */
  merged(other: DictSource<K, V>): Map<K, V> {
    const map = new Map<unknown, unknown>(this.#map);
    for (const [key, value] of entriesOf('dict.merged', other)) map.set(key, value);
    return map as Map<K, V>; // of the types of both
  }

  /** A Map with the same value under each of these keys. */
  fromKeys<Key, Value>(keys: Iterable<Key>, value: Value): Map<Key, Value> {
    return new Map([...keys].map((key) => [key, value]));
  }

  /** Takes the entry out; `fallback` when there is none. */
  pop(key: K, fallback?: V): V | undefined {
    const value = this.get(key, fallback);
    this.delete(key);
    return value;
  }

  /** Takes the youngest entry out; `undefined` when it is empty. */
  popItem(): [K, V] | undefined {
    const last = [...this.#map.entries()].at(-1);
    if (last) this.delete(last[0]);
    return last;
  }

  /** The value of a key, which is set first if there was none. */
  setDefault(key: K, value: V): V {
    if (!this.#map.has(key)) this.set(key, value);
    return this.#map.get(key) as V; // it is there now
  }

  /**
   * With one argument, sets all entries of another dict, Map, object or list of pairs. With two, changes the value of one key
   * in one step; the function gets `undefined` (or `initial`) when there is none.
   *
   * @returns The new value of the key.
   */
  update(...args: [entries: DictSource<K, V>] | [key: K, change: Change<V>, initial?: V]): V | undefined {
    if (args.length === 1) {
      this.#fill(args[0]);
      return undefined;
    }
    const [key, change, initial] = args;
    const value = applyChange('dict.update', change, this.get(key, initial)) as V; // what the function gives
    this.set(key, value);
    return value;
  }

  /** For loops: ends with an error when the size changes meanwhile. */
  *iterate(): Generator<[K, V]> {
    const version = this.#version;
    for (const entry of this.#map) {
      if (version !== this.#version) throw changed();
      yield entry;
    }
    if (version !== this.#version) throw changed();
  }

  #fill(entries: DictSource<K, V>): void {
    // The keys and values are of the types that the caller was asked for.
    for (const [key, value] of entriesOf('dict', entries)) this.set(key as K, value as V);
  }
}

function changed(): ProcessError {
  return new ProcessError(
    'the dict changed its size while it was iterated; loop over `await dict.entries()` instead, a copy',
  );
}
