import { checkSyncWait, checkWait } from '../base/deadline.ts';
import { PoolClosedError } from '../base/errors.ts';
import { checkInteger, checkIterable } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { AnyFunction, SyncWait, Wait } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { WorkerHost } from '../workers/host.ts';
import { MAX_WORKERS } from '../workers/memory.ts';
import { MAP, STARMAP } from '../workers/modes.ts';
import { poolInsights, type PoolInsights } from '../workers/pool-insights.ts';
import type { AsyncResult } from './async-result.ts';
import type { BroadcastOptions } from './broadcast-job.ts';
import { warnWhenDropped } from './dropped.ts';
import {
  type AsyncMapOptions,
  type AsyncTaskOptions,
  type MapOptions,
  type PoolOptions,
  type TaskOptions,
  poolOptions,
} from './options.ts';
import { openHost } from './open-host.ts';
import { ResultIterator, SyncResultIterator } from './result-iterator.ts';
import { waitForRoom } from './room.ts';
import { type PoolStats, type WorkerInfo, poolStats, workerInfos } from './stats.ts';
import { Submitter } from './submitter.ts';

let poolCount = 0;

/** Options that make each result a `PromiseSettledResult`. */
type SettleOptions = MapOptions & { readonly onError: 'settle' };
/** As above, of the forms that call back. */
type AsyncSettleOptions<R> = AsyncMapOptions<PromiseSettledResult<R>[]> & { readonly onError: 'settle' };

/**
 * Worker processes that run functions.
 *
 * `await using pool = new Pool()` starts one worker for each core. Leaving the scope terminates them, as in Python: await
 * the results first.
 *
 * @see Python `multiprocessing.pool.Pool`
 *
 * @example
 * ```ts
 * await using pool = new Pool();
 * const squares = await pool.map(square, [1, 2, 3]);
 * ```
 */
export class Pool {
  readonly #host: WorkerHost;
  readonly #submitter: Submitter;
  readonly #name: string;
  #terminated: Promise<void> | undefined;

  /**
   * Starts the workers; they prepare while the program goes on.
   *
   * @param processes How many workers (default: the cores this program may use), or options.
   * @throws ProcessError when a worker cannot be started; NotSendableError when the initializer cannot cross.
   */
  constructor(processes?: number | PoolOptions, options?: PoolOptions) {
    const given = poolOptions('Pool', processes, options);
    this.#name = given.name ?? `Pool-${++poolCount}`;
    this.#host = openHost(new.target.name || 'Pool', this.#name, given);
    this.#submitter = new Submitter(this.#host, given);
    warnWhenDropped(this, this.#host);
  }

  /** One call in a worker. @see Python `Pool.apply`, which blocks: that is {@link Pool.applySync}. */
  apply<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A, options?: TaskOptions): Promise<Awaited<R>> {
    return this.#submitter.call<R>('Pool.apply', fn, args, options);
  }

  /** As {@link Pool.apply}, and gives a result object that can be asked, cancelled, and calls back. */
  applyAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options: AsyncTaskOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    return this.#submitter.callAsync<R>('Pool.applyAsync', fn, args, options);
  }

  /** As {@link Pool.apply}, but blocks the calling thread. */
  applySync<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A, options: TaskOptions = {}): Awaited<R> {
    const result = this.#submitter.callAsync<R>('Pool.applySync', fn, args, options);
    return result.getSync();
  }

  /**
   * A call for each item; all results, in the order of the items.
   *
   * @param options Options, or the chunk size.
   * @throws What the first failing call threw, after all have ended (at once with `failFast`), or all of it in an
   *   `AggregateError` with `onError: 'aggregate'`; what the input itself throws.
   */
  map<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options: SettleOptions,
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): Promise<Awaited<R>[]>;
  map(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): Promise<unknown[]> {
    return this.#submitter.mapLater('Pool.map', fn, items, options, MAP);
  }

  /** As {@link Pool.map}, and gives a result object that can be asked, cancelled, and calls back. */
  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options: AsyncSettleOptions<Awaited<R>>,
  ): AsyncResult<PromiseSettledResult<Awaited<R>>[]>;
  mapAsync<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options?: number | AsyncMapOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]>;
  mapAsync(
    fn: AnyFunction,
    items: Iterable<unknown>,
    options?: number | AsyncMapOptions<never>,
  ): AsyncResult<unknown[]> {
    return this.#submitter.map('Pool.mapAsync', fn, items, options, MAP);
  }

  /** As {@link Pool.map}, but blocks the calling thread. */
  mapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options: SettleOptions): PromiseSettledResult<Awaited<R>>[];
  mapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): Awaited<R>[];
  mapSync(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): unknown[] {
    return this.#submitter.map('Pool.mapSync', fn, items, options, MAP).getSync();
  }

  /** As {@link Pool.map} for items that are arrays of arguments. */
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options: SettleOptions,
  ): Promise<PromiseSettledResult<Awaited<R>>[]>;
  starmap<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: number | MapOptions,
  ): Promise<Awaited<R>[]>;
  starmap(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): Promise<unknown[]> {
    return this.#submitter.mapLater('Pool.starmap', fn, items, options, STARMAP);
  }

  /** As {@link Pool.mapAsync} for items that are arrays of arguments. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options: AsyncSettleOptions<Awaited<R>>,
  ): AsyncResult<PromiseSettledResult<Awaited<R>>[]>;
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: number | AsyncMapOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]>;
  starmapAsync(
    fn: AnyFunction,
    items: Iterable<unknown>,
    options?: number | AsyncMapOptions<never>,
  ): AsyncResult<unknown[]> {
    return this.#submitter.map('Pool.starmapAsync', fn, items, options, STARMAP);
  }

  /** As {@link Pool.starmap}, but blocks the calling thread. */
  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options: SettleOptions,
  ): PromiseSettledResult<Awaited<R>>[];
  starmapSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: number | MapOptions,
  ): Awaited<R>[];
  starmapSync(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): unknown[] {
    return this.#submitter.map('Pool.starmapSync', fn, items, options, STARMAP).getSync();
  }

  /** A call for each item of an input that may be endless; results in order, as they are wanted. */
  imap<T, R>(
    fn: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options: SettleOptions,
  ): ResultIterator<PromiseSettledResult<Awaited<R>>>;
  imap<T, R>(
    fn: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: number | MapOptions,
  ): ResultIterator<Awaited<R>>;
  imap(
    fn: AnyFunction,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: number | MapOptions,
  ): ResultIterator<unknown> {
    return new ResultIterator(this.#submitter.stream('Pool.imap', fn, items, options, true));
  }

  /** As {@link Pool.imap}, results as they come. */
  imapUnordered<T, R>(
    fn: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options: SettleOptions,
  ): ResultIterator<PromiseSettledResult<Awaited<R>>>;
  imapUnordered<T, R>(
    fn: (item: T) => R,
    items: Iterable<T> | AsyncIterable<T>,
    options?: number | MapOptions,
  ): ResultIterator<Awaited<R>>;
  imapUnordered(
    fn: AnyFunction,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options?: number | MapOptions,
  ): ResultIterator<unknown> {
    return new ResultIterator(this.#submitter.stream('Pool.imapUnordered', fn, items, options, false));
  }

  /** As {@link Pool.imap}, as an ordinary iterator whose `next` blocks the calling thread. */
  imapSync<T, R>(
    fn: (item: T) => R,
    items: Iterable<T>,
    options: SettleOptions,
  ): SyncResultIterator<PromiseSettledResult<Awaited<R>>>;
  imapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): SyncResultIterator<Awaited<R>>;
  imapSync(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): SyncResultIterator<unknown> {
    checkIterable('Pool.imapSync', 'items', items);
    return new SyncResultIterator(this.#submitter.stream('Pool.imapSync', fn, items, options, true, true));
  }

  /**
   * One call in every worker; those that start or are busy are waited for. All results, in the order of the workers' numbers.
   *
   * @throws What the first failing call threw, after all have ended.
   */
  broadcast<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options?: BroadcastOptions,
  ): Promise<Awaited<R>[]> {
    // The list holds what `fn` gave.
    return this.#submitter.broadcast('Pool.broadcast', fn, args, options) as Promise<Awaited<R>[]>;
  }

  /** As {@link Pool.broadcast}, but blocks the calling thread. */
  broadcastSync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options?: BroadcastOptions,
  ): Awaited<R>[] {
    // As above.
    return this.#submitter.broadcastSync('Pool.broadcastSync', fn, args, options) as Awaited<R>[];
  }

  /**
   * Changes the number of workers: new ones start now, or when others that start have begun; surplus ones end when their task has ended. A pool that grows and
   * shrinks by itself (`minProcesses`) has at most so many from now on.
   *
   * @param processes An integer from 1 to 1,024.
   */
  resize(processes: number): void {
    checkInteger('Pool.resize', 'processes', processes, 1, MAX_WORKERS);
    this.#host.assertOpen();
    this.#host.limit(processes);
    this.#host.resize(processes);
  }

  /**
   * Waits until a call would be under way at once: for producers that must not run ahead of the workers. For pools with
   * `maxInFlight`.
   *
   * @returns Whether there is room; `false` after `timeout` milliseconds.
   * @throws `signal.reason`; PoolClosedError; Error with code `ERR_MP_INVALID_ARG` when the pool has no `maxInFlight`.
   *
   * @example
   * ```ts
   * for (const file of files) {
   *   await pool.waitForRoom();
   *   results.push(pool.apply(convert, [file]));
   * }
   * ```
   */
  async waitForRoom(timeout?: Wait): Promise<boolean> {
    const wait = checkWait('Pool.waitForRoom', timeout);
    return waitForRoom(this.#submitter.admission('Pool.waitForRoom'), this.#host, wait);
  }

  /** As {@link Pool.waitForRoom}, but blocks the calling thread. */
  waitForRoomSync(timeout?: SyncWait): boolean {
    const deadline = checkSyncWait('Pool.waitForRoomSync', timeout);
    const admission = this.#submitter.admission('Pool.waitForRoomSync');
    return Parker.current().wait(() => admission.hasRoom, deadline);
  }

  /** What the pool has done and has to do. */
  stats(): PoolStats {
    return poolStats(this.#host, this.#submitter.held);
  }

  /** The workers that live, as they are now. */
  get workers(): readonly WorkerInfo[] {
    return workerInfos(this.#host);
  }

  /**
   * Where the workers' time went, and the slowest calls; `String(pool.insights())` is a table. Also after the pool has ended.
   *
   * @throws Error with code `ERR_MP_INVALID_ARG` unless the pool was made with `insights`.
   * @see MPIRE `WorkerPool.get_insights`
   */
  insights(): PoolInsights {
    return poolInsights('Pool.insights', this.#host);
  }

  /** What the finalizers of ended workers returned. */
  exitResults(): unknown[] {
    return [...this.#host.exitResults];
  }

  /** No more work is taken; the workers end when what was given is done. @see {@link Pool.join} */
  close(): void {
    this.#host.close();
  }

  /** Ends all work and all workers at once: what is pending fails with `PoolClosedError`. */
  terminate(): Promise<void> {
    this.#terminated ??= this.#terminate();
    return this.#terminated;
  }

  /**
   * Waits until all workers have ended, after {@link Pool.close} or {@link Pool.terminate}.
   *
   * @param timeout Milliseconds, or an object; after the time it just returns.
   * @throws PoolClosedError when neither was called before.
   */
  async join(timeout?: Wait): Promise<void> {
    const wait = checkWait('Pool.join', timeout);
    this.#assertClosing('join');
    await waitFor(wait, (callback) => this.#host.whenJoined(callback));
  }

  /** As {@link Pool.join}, but blocks the calling thread. */
  joinSync(timeout?: SyncWait): void {
    const deadline = checkSyncWait('Pool.joinSync', timeout);
    this.#assertClosing('joinSync');
    Parker.current().wait(() => this.#host.hasEnded, deadline);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.terminate();
  }

  toString(): string {
    return `<${this.constructor.name} name='${this.#name}' ${this.#host.isClosing ? 'closed' : 'open'} workers=${this.#host.workers.size}>`;
  }

  static {
    showAsText(this.prototype);
  }

  async #terminate(): Promise<void> {
    this.#host.terminate(
      new PoolClosedError(`${this.#name} was terminated before this was done; await the results before its scope ends`),
    );
    await new Promise<void>((resolve) => this.#host.whenJoined(resolve));
  }

  #assertClosing(method: string): void {
    if (!this.#host.isClosing)
      throw new PoolClosedError(`${this.#name}: call close() or terminate() before ${method}()`);
  }
}
