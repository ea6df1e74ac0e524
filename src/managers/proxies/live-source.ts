/** What stands behind an object that looks ordinary: calls that block for one round trip. */
export interface LiveSource {
  readonly typeid: string;
  callMethodSync(name: string, args?: readonly unknown[]): unknown;
}

/** A property as `Object.getOwnPropertyDescriptor` shows it. */
export function shownProperty(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}

/** Gives what `console.log` shows instead of the empty object behind the Proxy. */
export function showAs<T extends object>(target: T, show: () => unknown): T {
  const inspect = Symbol.for('nodejs.util.inspect.custom');
  Object.defineProperty(target, inspect, { value: show, enumerable: false, configurable: true, writable: true });
  return target;
}

/** Steps through elements by index until there are no more, so that what is added meanwhile is seen too. */
export function* elementsOf(source: LiveSource): Generator {
  for (let index = 0; ; index++) {
    const found = source.callMethodSync('item', [index]);
    if (!Array.isArray(found) || found.length === 0) return;
    yield found[0];
  }
}
