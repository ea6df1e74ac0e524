import { checkIterable, checkOptions } from '../base/options.ts';
import { BaseManager } from './base-manager.ts';
import type { DictSource } from './objects/managed-dict.ts';
import type { ManagerOptions } from './options.ts';
import type { ManagedPoolOptions } from './pool-options.ts';
import type { ArrayProxy, DictProxy, ListProxy, NamespaceProxy, SetProxy, ValueProxy } from './proxies/containers.ts';
import type { BoundedSemaphoreProxy, ConditionProxy, LockProxy, RLockProxy, SemaphoreProxy } from './proxies/locks.ts';
import type { BarrierProxy, EventProxy } from './proxies/meeting.ts';
import type { PoolProxy } from './proxies/pool-proxy.ts';
import type { JoinableQueueProxy, QueueProxy } from './proxies/queues.ts';

/** How a barrier of a manager is made. */
export interface ManagedBarrierOptions {
  /** Runs in the server, once for each time that all have come. */
  readonly action?: (() => unknown) | undefined;
  /** Milliseconds that parties wait if they say nothing else. */
  readonly timeout?: number | undefined;
}

/**
 * A manager with the usual containers, locks and queues. See {@link Manager}.
 *
 * @see Python `multiprocessing.managers.SyncManager`
 */
export class SyncManager extends BaseManager {
  /** A Map for all. Keys are primitives or proxies. */
  dict<K = string, V = unknown>(entries?: DictSource<K, V>): Promise<DictProxy<K, V>> {
    return this.#make('dict', entries);
  }

  /** An array for all. */
  list<T = unknown>(items?: Iterable<T>): Promise<ListProxy<T>> {
    return this.#make('list', listed('list', items));
  }

  /** A Set for all. Elements are primitives or proxies. */
  set<T = unknown>(items?: Iterable<T>): Promise<SetProxy<T>> {
    return this.#make('set', listed('set', items));
  }

  /** Named attributes for all. */
  Namespace(attributes?: Readonly<Record<string, unknown>>): Promise<NamespaceProxy> {
    return this.#make('Namespace', attributes);
  }

  /** @param maxsize How many items fit in; 0: any number. */
  Queue<T = unknown>(maxsize?: number): Promise<QueueProxy<T>> {
    return this.#make('Queue', maxsize);
  }

  JoinableQueue<T = unknown>(maxsize?: number): Promise<JoinableQueueProxy<T>> {
    return this.#make('JoinableQueue', maxsize);
  }

  Lock(): Promise<LockProxy> {
    return this.#make('Lock');
  }

  RLock(): Promise<RLockProxy> {
    return this.#make('RLock');
  }

  Semaphore(value?: number): Promise<SemaphoreProxy> {
    return this.#make('Semaphore', value);
  }

  BoundedSemaphore(value?: number): Promise<BoundedSemaphoreProxy> {
    return this.#make('BoundedSemaphore', value);
  }

  /** @param lock A Lock or RLock of this manager; a fresh RLock when absent. */
  Condition(lock?: LockProxy | RLockProxy): Promise<ConditionProxy> {
    return this.#make('Condition', lock);
  }

  Event(): Promise<EventProxy> {
    return this.#make('Event');
  }

  Barrier(parties: number, options: ManagedBarrierOptions = {}): Promise<BarrierProxy> {
    checkOptions('Barrier', options, ['action', 'timeout']);
    const { action, timeout } = options;
    return this.#make('Barrier', parties, action, timeout);
  }

  /** One number; `typecode` as of `Value`, or `O` for any value. */
  Value<T = number>(typecode: string, value: T): Promise<ValueProxy<T>> {
    return this.#make('Value', typecode, value);
  }

  /** Numbers of one type, as many as at the start. */
  Array<T = number>(typecode: string, source: number | Iterable<T>): Promise<ArrayProxy<T>> {
    return this.#make('Array', typecode, typeof source === 'number' ? source : [...source]);
  }

  /** A pool whose workers are the server's: all processes that have the proxy share them. */
  Pool(processes?: number | ManagedPoolOptions): Promise<PoolProxy> {
    return this.#make('Pool', processes);
  }

  protected override hasBuiltins(): boolean {
    return true;
  }

  async #make<P>(typeid: string, ...args: readonly unknown[]): Promise<P> {
    // Trailing arguments that are absent must not hide the defaults there.
    const last = args.findLastIndex((argument) => argument !== undefined);
    return (await this.create(typeid, ...args.slice(0, last + 1))) as P; // the library's own proxy of that type
  }
}

/** Iterables other than these do not travel. */
function listed<T>(owner: string, items: Iterable<T> | undefined): Iterable<T> | undefined {
  if (items === undefined) return items;
  checkIterable(owner, 'items', items);
  if (Array.isArray(items) || items instanceof Set) return items;
  return [...items];
}

/**
 * Starts a manager with the usual containers, locks and queues, in a process of its own.
 *
 * @returns The manager, which runs.
 * @see Python `multiprocessing.Manager`
 *
 * @example
 * ```ts
 * await using manager = await Manager();
 * const results = await manager.dict<string, number>();
 * await pool.map(work, items.map((item) => [item, results]));
 * console.log(await results.copy());
 * ```
 */
export async function Manager(options: ManagerOptions = {}): Promise<SyncManager> {
  return new SyncManager(options).start();
}
