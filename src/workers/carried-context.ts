import type { AsyncLocalStorage } from 'node:async_hooks';
import { sharedState } from '../base/globals.ts';
import { wrongType, wrongUse } from '../base/invalid.ts';
import { checkString } from '../base/options.ts';

/** Stores that travel with a task, by the names of their storages. */
export type Carried = readonly (readonly [name: string, store: unknown])[];

const storages: Map<string, AsyncLocalStorage<unknown>> = sharedState('workers.carried-context.1', () => new Map());

/**
 * Lets the store of an `AsyncLocalStorage` travel with every task that is submitted while it is set, so that the task finds it.
 *
 * Program and workers must both call it with the same name: in the module that makes the storage, which the modules of the tasks
 * import. The store is copied as arguments are; in a worker without such a storage it is not set.
 *
 * @returns The storage itself.
 * @throws Error with code `ERR_MP_INVALID_ARG` when another storage has the name.
 *
 * @example
 * ```ts
 * export const request = carryContext(new AsyncLocalStorage<{ id: string }>(), 'request');
 * ```
 */
export function carryContext<S>(storage: AsyncLocalStorage<S>, name: string): AsyncLocalStorage<S> {
  checkString('carryContext', 'name', name);
  const isStorage = typeof storage === 'object' && storage !== null && typeof storage.getStore === 'function';
  if (!isStorage) throw wrongType('carryContext', 'storage', 'an AsyncLocalStorage', storage);
  const known = storages.get(name);
  if (known && known !== storage)
    throw wrongUse('carryContext', `the name '${name}' belongs to another storage; take another name`);
  storages.set(name, storage);
  return storage;
}

/** The stores that are set now; `undefined` when there are none. */
export function captureContext(): Carried | undefined {
  if (storages.size === 0) return undefined;
  const stores: (readonly [string, unknown])[] = [];
  for (const [name, storage] of storages) {
    const store = storage.getStore();
    if (store !== undefined) stores.push([name, store]);
  }
  return stores.length === 0 ? undefined : stores;
}

/** Runs `body`, and all that it starts, with those stores set. */
export function runCarried<R>(carried: Carried, body: () => R): R {
  const [first, ...rest] = carried;
  if (!first) return body();
  const [name, store] = first;
  const storage = storages.get(name);
  const next = (): R => runCarried(rest, body);
  return storage ? storage.run(store, next) : next();
}
