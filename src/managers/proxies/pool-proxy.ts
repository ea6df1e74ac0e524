import { checkFunction } from '../../base/options.ts';
import { BaseProxy, call, callSync } from './base-proxy.ts';
import type { RemoteIterator } from './proxy-types.ts';

/** Proxy of a pool that a manager's server owns: several processes submit to the same workers. */
export class PoolProxy extends BaseProxy<object> {
  /** Calls a function in a worker of the pool. */
  async apply<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A): Promise<Awaited<R>> {
    checkFunction('Pool.apply', 'fn', fn);
    return (await call(this, 'apply', [fn, args ?? []])) as Awaited<R>; // what `fn` gave
  }

  applySync<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A): Awaited<R> {
    checkFunction('Pool.applySync', 'fn', fn);
    return callSync(this, 'apply', [fn, args ?? []]) as Awaited<R>; // what `fn` gave
  }

  /** Calls a function with each item; results in the order of the items. */
  async map<T, R>(fn: (item: T) => R, items: Iterable<T>): Promise<Awaited<R>[]> {
    checkFunction('Pool.map', 'fn', fn);
    return (await call(this, 'map', [fn, [...items]])) as Awaited<R>[]; // what `fn` gave
  }

  mapSync<T, R>(fn: (item: T) => R, items: Iterable<T>): Awaited<R>[] {
    checkFunction('Pool.mapSync', 'fn', fn);
    return callSync(this, 'map', [fn, [...items]]) as Awaited<R>[]; // what `fn` gave
  }

  async starmap<A extends readonly unknown[], R>(fn: (...args: A) => R, items: Iterable<A>): Promise<Awaited<R>[]> {
    checkFunction('Pool.starmap', 'fn', fn);
    return (await call(this, 'starmap', [fn, [...items]])) as Awaited<R>[]; // what `fn` gave
  }

  /** Results one by one, in the order of the items. */
  async imap<T, R>(fn: (item: T) => R, items: Iterable<T>): Promise<RemoteIterator<Awaited<R>>> {
    checkFunction('Pool.imap', 'fn', fn);
    return (await call(this, 'imap', [fn, [...items]])) as RemoteIterator<Awaited<R>>; // an iterator of the server
  }

  /** Results one by one, as they come. */
  async imapUnordered<T, R>(fn: (item: T) => R, items: Iterable<T>): Promise<RemoteIterator<Awaited<R>>> {
    checkFunction('Pool.imapUnordered', 'fn', fn);
    return (await call(this, 'imapUnordered', [fn, [...items]])) as RemoteIterator<Awaited<R>>; // as above
  }

  /** Takes no more work. */
  async close(): Promise<void> {
    await call(this, 'close', []);
  }

  /** Ends the workers at once. */
  async terminate(): Promise<void> {
    await call(this, 'terminate', []);
  }

  /** Waits for the workers' end after {@link PoolProxy.close} or {@link PoolProxy.terminate}. */
  async join(timeout?: number): Promise<void> {
    await call(this, 'join', timeout === undefined ? [] : [timeout]);
  }

  /** Terminates the pool, whoever else uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.terminate();
    this[Symbol.dispose]();
  }
}
