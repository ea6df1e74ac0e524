const proxies = new WeakMap<object, () => unknown>();

/** Says that `proxy` stands for an object, which `referent` gives where it lives and nowhere else. */
export function markReferent(proxy: object, referent: () => unknown): void {
  proxies.set(proxy, referent);
}

/** Whether a value is a proxy. */
export function isReferent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && proxies.has(value);
}

/** In the server: the object that a proxy of this server stands for. Anything else as it is. */
export function referentOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return proxies.get(value)?.() ?? value;
}

/** In the server: what a container proxy of this server holds, as a value; anything else as it is. */
export function contentsOf<T>(value: T): T {
  const object = referentOf(value);
  if (object === value || typeof object !== 'object' || object === null) return value;
  // A container stands in for its contents wherever those are asked for.
  if ('copy' in object && typeof object.copy === 'function') return object.copy() as T;
  if ('toArray' in object && typeof object.toArray === 'function') return object.toArray() as T;
  return value;
}

/** How the object of a class of proxies looks through `live`. */
export type LiveKind = 'dict' | 'list' | 'set' | 'namespace' | 'value' | 'methods';

/** Property of classes of proxies with their {@link LiveKind}. */
export const LIVE_KIND: unique symbol = Symbol.for('manycore.managers.live');
