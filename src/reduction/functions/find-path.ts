import { types } from 'node:util';

/** Objects with more members than this are tables of data, not collections of functions. */
const MOST_MEMBERS = 1_000;

type Reader = (holder: object, name: string) => unknown;

/** As {@link findPath}, but no getter runs at the first step either. */
export function findOwnPath(root: unknown, fn: Function): readonly string[] | undefined {
  return search(root, fn, ownValue);
}

/**
 * Names that lead from `root` to the function `fn`, at most two steps and a `prototype` deep; `undefined` when there are none.
 *
 * Only data properties are followed below the first step, so that no getter runs and nothing lazy is woken.
 */
export function findPath(root: unknown, fn: Function): readonly string[] | undefined {
  return search(root, fn, read);
}

function search(root: unknown, fn: Function, reader: Reader): readonly string[] | undefined {
  if (root === fn) return [];
  if (!isOpen(root)) return undefined;
  const names = likelyFirst(Reflect.ownKeys(root), fn.name);
  for (const name of names) if (reader(root, name) === fn) return [name];
  for (const name of names) {
    const rest = findMember(reader(root, name), fn);
    if (rest) return [name, ...rest];
  }
  return undefined;
}

/** What `path` leads to from `root`; `undefined` when a step is missing or is not there yet. */
export function follow(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return undefined;
    value = read(value, name);
  }
  return value;
}

function findMember(holder: unknown, fn: Function): readonly string[] | undefined {
  const own = findOwn(holder, fn);
  if (own !== undefined) return [own];
  if (typeof holder !== 'function' || types.isProxy(holder)) return undefined;
  const inherited = findOwn(Object.getOwnPropertyDescriptor(holder, 'prototype')?.value, fn);
  return inherited === undefined ? undefined : ['prototype', inherited];
}

function findOwn(holder: unknown, fn: Function): string | undefined {
  if (!isOpen(holder)) return undefined;
  if (Object.getOwnPropertyDescriptor(holder, fn.name)?.value === fn) return fn.name;
  const keys = Reflect.ownKeys(holder);
  if (keys.length > MOST_MEMBERS) return undefined;
  return keys.find((key): key is string => typeof key === 'string' && ownValue(holder, key) === fn);
}

function isOpen(value: unknown): value is object {
  return ((typeof value === 'object' && value !== null) || typeof value === 'function') && !types.isProxy(value);
}

function likelyFirst(keys: readonly PropertyKey[], likely: string): string[] {
  const names = keys.filter((key): key is string => typeof key === 'string');
  const at = names.indexOf(likely);
  if (at > 0) names.unshift(...names.splice(at, 1));
  return names;
}

/** A binding in its dead zone throws; it cannot be what is looked for. */
function read(holder: object, name: string): unknown {
  try {
    // Exports of compiled CommonJS modules are getters, so the first step reads them.
    return Reflect.get(holder, name) as unknown;
  } catch {
    return undefined;
  }
}

function ownValue(holder: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(holder, key)?.value;
}
