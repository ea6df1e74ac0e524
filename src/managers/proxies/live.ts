import { registerHandler, sendAs } from '../../reduction/handlers.ts';
import { liveDict } from './live-dict.ts';
import { liveList } from './live-list.ts';
import { showAs, type LiveSource } from './live-source.ts';
import { LIVE_KIND, type LiveKind } from './marks.ts';

/** What is sent for a live object: the proxy behind it. */
class LiveStandIn {
  readonly proxy: object;

  constructor(proxy: object) {
    this.proxy = proxy;
  }
}

registerHandler<LiveStandIn, object>('manycore.live', LiveStandIn, {
  home: new URL('../routes.js', import.meta.url).href,
  take: ({ proxy }) => proxy,
  // What comes out is the live object and no instance of the class.
  make: (proxy) => Reflect.get(proxy, 'live') as LiveStandIn,
});

/** An object of a manager that looks ordinary. Sendable as its proxy is. */
export function makeLive(proxy: LiveSource): object {
  // Set on the prototypes of the library's own proxies.
  const kind = (Reflect.get(proxy, LIVE_KIND) as LiveKind | undefined) ?? 'methods';
  const live = make(proxy, kind);
  sendAs(live, new LiveStandIn(proxy));
  return live;
}

function make(source: LiveSource, kind: LiveKind): object {
  switch (kind) {
    case 'dict':
      return liveDict(source, false);
    case 'namespace':
      return liveDict(source, true);
    case 'list':
      return liveList(source);
    case 'set':
      return liveSet(source);
    case 'value':
      return liveValue(source);
    case 'methods':
      return liveMethods(
        source,
        showAs({}, () => `${source.typeid} {}`),
      );
  }
}

function liveSet(source: LiveSource): object {
  const target = showAs(new Set<unknown>(), () => source.callMethodSync('copy'));
  const values = function* values(): Generator {
    yield* source.callMethodSync('iterate') as Iterable<unknown>; // the proxy of an iterator
  };
  const live: object = new Proxy(target, {
    get(_, key) {
      if (key === 'size') return source.callMethodSync('size');
      if (key === Symbol.iterator || key === 'values' || key === 'keys') return values;
      if (typeof key === 'symbol') return Reflect.get(target, key, target);
      if (key === 'add') {
        return (item: unknown) => {
          source.callMethodSync('add', [item]);
          return live;
        };
      }
      if (key === 'forEach')
        return (run: (one: unknown, same: unknown, set: object) => void) => eachOf(source, run, live);
      return key === 'then' || key === 'constructor'
        ? Reflect.get(target, key)
        : (...args: unknown[]) => source.callMethodSync(key, args);
    },
  });
  return live;
}

function eachOf(source: LiveSource, run: (one: unknown, same: unknown, set: object) => void, live: object): void {
  for (const item of source.callMethodSync('values') as unknown[]) run(item, item, live); // an array
}

function liveValue(source: LiveSource): object {
  const target = showAs({ value: undefined }, () => ({ value: source.callMethodSync('get') }));
  return new Proxy(target, {
    get: (_, key) => (key === 'value' ? source.callMethodSync('get') : Reflect.get(target, key)),
    set(_, key, value) {
      if (key !== 'value') return false;
      source.callMethodSync('set', [value]);
      return true;
    },
    getOwnPropertyDescriptor: (_, key) =>
      key === 'value'
        ? { value: source.callMethodSync('get'), writable: true, enumerable: true, configurable: true }
        : Reflect.getOwnPropertyDescriptor(target, key),
  });
}

/** Any other object: each name is a method that blocks. */
function liveMethods(source: LiveSource, target: object): object {
  return new Proxy(target, {
    get(_, key) {
      if (typeof key === 'symbol' || key === 'then' || key in Object.prototype) return Reflect.get(target, key);
      return (...args: unknown[]) => source.callMethodSync(key, args);
    },
  });
}
