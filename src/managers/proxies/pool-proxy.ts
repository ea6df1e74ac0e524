import { checkFunction, checkIterable } from '../../base/options.ts';
import type { ManagedMapOptions, ManagedTaskOptions } from '../pool-options.ts';
import { BaseProxy, call, callSync } from './base-proxy.ts';
import type { RemoteIterator } from './proxy-types.ts';

/** What the pool's own `stats` says; its type lies beside managers and is not seen here. */
export type ManagedPoolStats = Readonly<Record<string, unknown>>;

/** Proxy of a pool that a manager's server owns: several processes submit to the same workers. */
export class PoolProxy extends BaseProxy<object> {
  /** Calls a function in a worker of the pool. */
  async apply<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options?: ManagedTaskOptions,
  ): Promise<Awaited<R>> {
    checkFunction('Pool.apply', 'fn', fn);
    return (await call(this, 'apply', given(fn, args ?? [], options))) as Awaited<R>; // what `fn` gave
  }

  applySync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options?: ManagedTaskOptions,
  ): Awaited<R> {
    checkFunction('Pool.applySync', 'fn', fn);
    return callSync(this, 'apply', given(fn, args ?? [], options)) as Awaited<R>; // what `fn` gave
  }

  /** Calls a function with each item; results in the order of the items. */
  async map<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: ManagedMapOptions): Promise<Awaited<R>[]> {
    return (await call(this, 'map', mapped('map', fn, items, options))) as Awaited<R>[]; // what `fn` gave
  }

  mapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: ManagedMapOptions): Awaited<R>[] {
    return callSync(this, 'map', mapped('mapSync', fn, items, options)) as Awaited<R>[]; // what `fn` gave
  }

  async starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: ManagedMapOptions,
  ): Promise<Awaited<R>[]> {
    return (await call(this, 'starmap', mapped('starmap', fn, items, options))) as Awaited<R>[]; // what `fn` gave
  }

  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: ManagedMapOptions,
  ): Awaited<R>[] {
    return callSync(this, 'starmap', mapped('starmapSync', fn, items, options)) as Awaited<R>[]; // what `fn` gave
  }

  /** Results one by one, in the order of the items. */
  async imap<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options?: ManagedMapOptions,
  ): Promise<RemoteIterator<Awaited<R>>> {
    const args = mapped('imap', fn, items, options);
    return (await call(this, 'imap', args)) as RemoteIterator<Awaited<R>>; // an iterator of the server
  }

  /** Results one by one, as they come. */
  async imapUnordered<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options?: ManagedMapOptions,
  ): Promise<RemoteIterator<Awaited<R>>> {
    const args = mapped('imapUnordered', fn, items, options);
    return (await call(this, 'imapUnordered', args)) as RemoteIterator<Awaited<R>>; // as above
  }

  /** Calls a function once on every worker. */
  async broadcast<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A): Promise<Awaited<R>[]> {
    checkFunction('Pool.broadcast', 'fn', fn);
    return (await call(this, 'broadcast', [fn, args ?? []])) as Awaited<R>[]; // what `fn` gave
  }

  /** Changes the number of workers. */
  async resize(processes: number): Promise<void> {
    await call(this, 'resize', [processes]);
  }

  /** As `Pool.stats`. */
  async stats(): Promise<ManagedPoolStats> {
    return (await call(this, 'stats', [])) as ManagedPoolStats; // an object
  }

  /** As `Pool.workers`, at this moment. */
  async workers(): Promise<readonly ManagedPoolStats[]> {
    return (await call(this, 'workers', [])) as ManagedPoolStats[]; // an array of objects
  }

  /** What the `finalizer` gave in workers that ended in an orderly way. */
  async exitResults(): Promise<unknown[]> {
    return (await call(this, 'exitResults', [])) as unknown[]; // an array
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

/** Arguments without options that are absent. */
function given(...args: readonly unknown[]): readonly unknown[] {
  return args.at(-1) === undefined ? args.slice(0, -1) : args;
}

function mapped(name: string, fn: unknown, items: unknown, options: unknown): readonly unknown[] {
  checkFunction(`Pool.${name}`, 'fn', fn);
  checkIterable(`Pool.${name}`, 'items', items);
  return given(fn, [...items], options);
}
