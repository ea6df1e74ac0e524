import { shownProperty, showAs, type LiveSource } from './live-source.ts';

/**
 * A dict or a Namespace as an object with properties. Keys that are no texts do not show; `for … of` gives all entries.
 *
 * @param keepsPrivate Whether names that start with an underscore stay here and are never sent.
 */
export function liveDict(source: LiveSource, keepsPrivate: boolean): object {
  const local: object = {};
  const target = showAs({}, () => source.callMethodSync('copy'));
  const isHere = (key: PropertyKey): key is symbol | string =>
    typeof key === 'symbol' || (keepsPrivate && String(key).startsWith('_'));
  const has = (key: PropertyKey): boolean => source.callMethodSync('has', [key]) === true;
  const read = (key: PropertyKey): unknown => source.callMethodSync('get', [key]);
  return new Proxy(target, {
    get(_, key) {
      if (key === Symbol.iterator && !keepsPrivate) return () => entriesOf(source);
      if (isHere(key)) return Reflect.get(Object.hasOwn(local, key) ? local : target, key);
      const value = read(key);
      // What every object has (`toString`, `hasOwnProperty`) is there unless the dict has it itself.
      return value === undefined && key in Object.prototype && !has(key) ? Reflect.get(target, key) : value;
    },
    set(_, key, value) {
      if (isHere(key)) return Reflect.set(local, key, value);
      source.callMethodSync('set', [key, value]);
      return true;
    },
    has: (_, key) => (isHere(key) ? key in local : has(key)),
    deleteProperty(_, key) {
      if (isHere(key)) return Reflect.deleteProperty(local, key);
      source.callMethodSync('delete', [key]);
      return true;
    },
    ownKeys: () => keysOf(source),
    getOwnPropertyDescriptor(_, key) {
      if (isHere(key)) return Object.getOwnPropertyDescriptor(local, key);
      return has(key) ? shownProperty(read(key)) : undefined;
    },
    defineProperty(_, key, { value }) {
      if (isHere(key)) return Reflect.set(local, key, value);
      source.callMethodSync('set', [key, value]);
      return true;
    },
  });
}

function keysOf(source: LiveSource): string[] {
  const keys = source.callMethodSync('keys');
  return Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : [];
}

function* entriesOf(source: LiveSource): Generator {
  const iterator = source.callMethodSync('iterate');
  yield* iterator as Iterable<unknown>; // the proxy of an iterator
}
