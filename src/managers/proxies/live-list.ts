import { elementsOf, shownProperty, showAs, type LiveSource } from './live-source.ts';

/** Methods that the server does in one step. */
const REMOTE = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'indexOf',
  'lastIndexOf',
  'includes',
  'slice',
  'at',
]);
/** The same, and they give the array itself. */
const REMOTE_IN_PLACE = new Set(['sort', 'reverse', 'fill', 'copyWithin']);

/** A list or an Array as an array. Methods that change nothing and are not the server's work on a copy. */
export function liveList(source: LiveSource): object {
  const target = showAs<unknown[]>([], () => source.callMethodSync('toArray'));
  const length = (): number => Number(source.callMethodSync('length'));
  const live: object = new Proxy(target, {
    get(_, key) {
      if (typeof key === 'symbol') return key === Symbol.iterator ? () => elementsOf(source) : Reflect.get(target, key);
      if (key === 'length') return length();
      const index = indexOf(key);
      if (index !== undefined) return elementAt(source, index)[0];
      return method(source, key, () => live);
    },
    set(_, key, value) {
      const index = typeof key === 'string' ? indexOf(key) : undefined;
      if (index !== undefined) source.callMethodSync('set', [index, value]);
      else if (key === 'length') source.callMethodSync('truncate', [value]);
      else return false;
      return true;
    },
    has(_, key) {
      const index = typeof key === 'string' ? indexOf(key) : undefined;
      return index === undefined ? key in target : index < length();
    },
    deleteProperty(_, key) {
      const index = typeof key === 'string' ? indexOf(key) : undefined;
      if (index === undefined) return false;
      if (index < length()) source.callMethodSync('set', [index, undefined]);
      return true;
    },
    ownKeys: () => [...Array(length()).keys()].map(String).concat('length'),
    getOwnPropertyDescriptor(_, key) {
      if (key === 'length') return { value: length(), writable: true, enumerable: false, configurable: false };
      const index = typeof key === 'string' ? indexOf(key) : undefined;
      const found = index === undefined ? [] : elementAt(source, index);
      return found.length > 0 ? shownProperty(found[0]) : undefined;
    },
    defineProperty: (_, key, { value }) => Reflect.set(live, key, value),
  });
  return live;
}

function method(source: LiveSource, name: string, live: () => object): unknown {
  if (REMOTE.has(name)) return (...args: unknown[]) => source.callMethodSync(name, args);
  if (REMOTE_IN_PLACE.has(name)) {
    return (...args: unknown[]) => {
      source.callMethodSync(name, args);
      return live();
    };
  }
  const own: unknown = Reflect.get(Array.prototype, name);
  if (typeof own !== 'function' || name === 'constructor') return own;
  return (...args: unknown[]) => Reflect.apply(own, source.callMethodSync('toArray'), args) as unknown;
}

function elementAt(source: LiveSource, index: number): readonly unknown[] {
  const found = source.callMethodSync('item', [index]);
  return Array.isArray(found) ? found : [];
}

/** The index that a key is; `undefined` for names. */
function indexOf(key: string): number | undefined {
  const index = Number(key);
  return Number.isSafeInteger(index) && index >= 0 && String(index) === key ? index : undefined;
}
