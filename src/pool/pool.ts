import { availableParallelism } from 'node:os';
import { CancelledError, PoolClosedError, TimeoutError } from '../base/errors.ts';
import { checkAnyIterable, checkFunction, checkIterable } from '../base/options.ts';
import { wrongType } from '../base/invalid.ts';
import type { AnyFunction, Wait } from '../base/types.ts';
import { checkWait } from '../base/deadline.ts';
import { WorkerHost } from '../workers/host.ts';
import { Task } from '../workers/task.ts';
import { APPLY, MAP, type Mode, STARMAP } from '../workers/task-ring.ts';
import { AsyncResult, type ResultCallbacks, type Settler } from './async-result.ts';
import { CallJob } from './call-job.ts';
import { ChunkSize } from './chunk-size.ts';
import { MapJob } from './map-job.ts';
import {
  type AsyncMapOptions, type AsyncTaskOptions, type MapOptions, type PoolOptions, type TaskOptions,
  checkMapOptions, checkPoolOptions, checkTaskOptions,
} from './options.ts'; // prettier-ignore
import { ResultIterator, SyncResultIterator } from './result-iterator.ts';
import { StreamJob } from './stream-job.ts';

const DEFAULT_KILL_GRACE_MS = 1000;
let poolCount = 0;

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
  readonly #options: PoolOptions;
  readonly #name: string;
  #terminated: Promise<void> | undefined;

  /**
   * Starts the workers; they prepare while the program goes on.
   *
   * @param processes How many workers (default: the cores this program may use), or options.
   * @throws ProcessError when a worker cannot be started; NotSendableError when the initializer cannot cross.
   */
  constructor(processes?: number | PoolOptions, options?: PoolOptions) {
    const given = typeof processes === 'object' ? processes : { ...options, ...(processes === undefined ? {} : { processes }) };
    checkPoolOptions('Pool', given);
    this.#options = given;
    this.#name = given.name ?? `Pool-${++poolCount}`;
    this.#host = new WorkerHost(given.processes ?? availableParallelism(), {
      name: this.#name,
      method: given.context,
      env: given.env,
      execArgv: given.execArgv,
      maxRestarts: given.maxRestarts,
      initializer: given.initializer,
      initArgs: [...(given.initArgs ?? [])],
      finalizer: given.finalizer,
      maxTasksPerChild: given.maxTasksPerChild,
      killGrace: given.killGrace ?? DEFAULT_KILL_GRACE_MS,
    });
  }

  /** One call in a worker. @see Python `Pool.apply`, which blocks: that is {@link Pool.applySync}. */
  apply<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A, options?: TaskOptions): Promise<Awaited<R>> {
    return new Promise((resolve, reject) => {
      this.#call('Pool.apply', fn, args, options, { succeed: resolve, fail: reject });
    });
  }

  /** As {@link Pool.apply}, and gives a result object that can be asked, cancelled, and calls back. */
  applyAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    args?: A,
    options: AsyncTaskOptions<Awaited<R>> = {},
  ): AsyncResult<Awaited<R>> {
    return this.#asyncCall<R>('Pool.applyAsync', fn, args, options);
  }

  /** As {@link Pool.apply}, but blocks the calling thread. */
  applySync<A extends readonly unknown[], R>(fn: (...args: A) => R, args?: A, options: TaskOptions = {}): Awaited<R> {
    return this.#asyncCall<R>('Pool.applySync', fn, args, options).getSync();
  }

  /**
   * A call for each item; all results, in the order of the items.
   *
   * @param options Options, or the chunk size.
   * @throws What the first failing call threw, after all have ended (at once with `failFast`); what the input itself throws.
   */
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, options: MapOptions & { onError: 'settle' }): Promise<PromiseSettledResult<Awaited<R>>[]>;
  map<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): Promise<Awaited<R>[]>;
  map(fn: AnyFunction, items: Iterable<unknown>, options?: number | MapOptions): Promise<unknown[]> {
    return this.#map('Pool.map', fn, items, options, MAP).get();
  }

  /** As {@link Pool.map}, and gives a result object that can be asked, cancelled, and calls back. */
  mapAsync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | AsyncMapOptions<Awaited<R>[]>): AsyncResult<Awaited<R>[]> {
    // What `fn` gives is what the list holds.
    return this.#map('Pool.mapAsync', fn, items, options, MAP) as AsyncResult<Awaited<R>[]>;
  }

  /** As {@link Pool.map}, but blocks the calling thread. */
  mapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): Awaited<R>[] {
    // As above.
    return this.#map('Pool.mapSync', fn, items, options, MAP).getSync() as Awaited<R>[];
  }

  /** As {@link Pool.map} for items that are arrays of arguments. */
  starmap<A extends readonly unknown[], R>(fn: (...args: A) => R, items: Iterable<A>, options?: number | MapOptions): Promise<Awaited<R>[]> {
    // As above.
    return this.#map('Pool.starmap', fn, items, options, STARMAP).get() as Promise<Awaited<R>[]>;
  }

  /** As {@link Pool.mapAsync} for items that are arrays of arguments. */
  starmapAsync<A extends readonly unknown[], R>(
    fn: (...args: A) => R,
    items: Iterable<A>,
    options?: number | AsyncMapOptions<Awaited<R>[]>,
  ): AsyncResult<Awaited<R>[]> {
    // As above.
    return this.#map('Pool.starmapAsync', fn, items, options, STARMAP) as AsyncResult<Awaited<R>[]>;
  }

  /** As {@link Pool.starmap}, but blocks the calling thread. */
  starmapSync<A extends readonly unknown[], R>(fn: (...args: A) => R, items: Iterable<A>, options?: number | MapOptions): Awaited<R>[] {
    // As above.
    return this.#map('Pool.starmapSync', fn, items, options, STARMAP).getSync() as Awaited<R>[];
  }

  /** A call for each item of an input that may be endless; results in order, as they are wanted. */
  imap<T, R>(fn: (item: T) => R, items: Iterable<T> | AsyncIterable<T>, options?: number | MapOptions): ResultIterator<Awaited<R>> {
    return new ResultIterator(this.#stream('Pool.imap', fn, items, options, true));
  }

  /** As {@link Pool.imap}, results as they come. */
  imapUnordered<T, R>(fn: (item: T) => R, items: Iterable<T> | AsyncIterable<T>, options?: number | MapOptions): ResultIterator<Awaited<R>> {
    return new ResultIterator(this.#stream('Pool.imapUnordered', fn, items, options, false));
  }

  /** As {@link Pool.imap}, as an ordinary iterator whose `next` blocks the calling thread. */
  imapSync<T, R>(fn: (item: T) => R, items: Iterable<T>, options?: number | MapOptions): SyncResultIterator<Awaited<R>> {
    checkIterable('Pool.imapSync', 'items', items);
    return new SyncResultIterator(this.#stream('Pool.imapSync', fn, items, options, true));
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
   * @param timeout Milliseconds; afterwards it just returns.
   * @throws PoolClosedError when neither was called before.
   */
  async join(timeout?: Wait): Promise<void> {
    const { deadline } = checkWait('Pool.join', timeout);
    if (!this.#host.isClosing) throw new PoolClosedError(`${this.#name}: call close() or terminate() before join()`);
    const joined = this.#host.joined();
    if (deadline.unlimited) return joined;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, deadline.remaining())));
    await Promise.race([joined, late]);
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.terminate();
  }

  async #terminate(): Promise<void> {
    this.#host.terminate(new PoolClosedError(`${this.#name} was terminated before this was done; await the results before its scope ends`));
    await this.#host.joined();
  }

  #asyncCall<R>(
    owner: string,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    options: AsyncTaskOptions<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    let task: Task | undefined;
    const cancel = (reason: unknown): boolean => task !== undefined && this.#host.cancel(task, reason ?? new CancelledError(`${owner}: it was cancelled`));
    const { result, settler } = AsyncResult.create<Awaited<R>>(options, cancel);
    task = this.#call(owner, fn, args, options, settler);
    return result;
  }

  #call<R>(owner: string, fn: AnyFunction, args: readonly unknown[] | undefined, options: TaskOptions | undefined, settler: Settler<R>): Task {
    if (typeof fn !== 'function') checkFunction(owner, 'fn', fn);
    if (args !== undefined && !Array.isArray(args)) throw wrongType(owner, 'args', 'an array of arguments', args);
    if (options) checkTaskOptions(owner, options);
    this.#host.assertOpen();
    const definition = this.#host.define(fn, options?.by ?? 'auto');
    const task = new Task(new CallJob(settler), definition, APPLY, 0, 1, options?.priority ?? 0, options?.retries ?? this.#options.retries ?? 0);
    this.#host.submit(task, args ?? []);
    const timeout = options?.timeout ?? this.#options.taskTimeout;
    if (timeout !== undefined || options?.signal) this.#limit(owner, task, timeout, options?.signal);
    return task;
  }

  #map<R>(
    owner: string,
    fn: AnyFunction,
    items: Iterable<unknown>,
    options: number | AsyncMapOptions<never> | undefined,
    mode: Mode,
  ): AsyncResult<R[]> {
    checkFunction(owner, 'fn', fn);
    checkIterable(owner, 'items', items);
    const given: AsyncMapOptions<never> = checkMapOptions(owner, options);
    this.#host.assertOpen();
    const list = mode === STARMAP ? Array.from(items, (item, i) => toArguments(owner, item, i)) : Array.from(items);
    const definition = this.#host.define(fn, given.by ?? 'auto');
    let job: MapJob | undefined;
    const cancel = (reason: unknown): boolean => job?.cancel(reason ?? new CancelledError(`${owner}: it was cancelled`)) ?? false;
    const { result, settler } = AsyncResult.create<R[]>(given as ResultCallbacks<R[]>, cancel);
    job = new MapJob(
      {
        host: this.#host,
        definition,
        mode,
        items: list,
        chunkSize: new ChunkSize(given.chunkSize, Math.ceil(list.length / (this.#host.size * 16))),
        priority: given.priority ?? 0,
        retries: given.retries ?? this.#options.retries ?? 0,
        settles: given.onError === 'settle',
        failFast: given.failFast ?? false,
      },
      // The list holds what `fn` gave.
      settler as Settler<unknown[]>,
    );
    job.start();
    return result;
  }

  #stream(
    owner: string,
    fn: AnyFunction,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: number | MapOptions | undefined,
    isOrdered: boolean,
  ): StreamJob {
    checkFunction(owner, 'fn', fn);
    checkAnyIterable(owner, 'items', items);
    const given: MapOptions = checkMapOptions(owner, options);
    this.#host.assertOpen();
    const job = new StreamJob(
      {
        host: this.#host,
        definition: this.#host.define(fn, given.by ?? 'auto'),
        chunkSize: new ChunkSize(given.chunkSize, 1, given.bufferSize),
        bufferSize: given.bufferSize,
        isOrdered,
        settles: given.onError === 'settle',
        priority: given.priority ?? 0,
        retries: given.retries ?? this.#options.retries ?? 0,
      },
      items,
    );
    job.start();
    return job;
  }

  /** Ends a call after its time, or when its signal fires. */
  #limit(owner: string, task: Task, timeout: number | undefined, signal: AbortSignal | undefined): void {
    const abort = (): void => void this.#host.cancel(task, signal?.reason);
    const late = (): void => void this.#host.cancel(task, new TimeoutError(`${owner}: ${task.definition.name} did not end within ${timeout} ms`));
    if (signal?.aborted) {
      abort();
      return;
    }
    const timer = timeout === undefined || timeout === Infinity ? undefined : setTimeout(late, timeout);
    signal?.addEventListener('abort', abort);
    task.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
  }
}

function toArguments(owner: string, item: unknown, index: number): readonly unknown[] {
  if (Array.isArray(item)) return item;
  throw wrongType(owner, `items[${index}]`, 'an array of arguments', item);
}
