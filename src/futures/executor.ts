import type { ResourceLimits } from 'node:worker_threads';
import { Deadline } from '../base/deadline.ts';
import { PoolClosedError } from '../base/errors.ts';
import { wrongRange, wrongType } from '../base/invalid.ts';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkIterable,
  checkNumber,
  checkOptions,
  checkTimeout,
} from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { AnyFunction } from '../base/types.ts';
import { cpuCount } from '../process/cpu-count.ts';
import type { StartMethod } from '../process/launch.ts';
import { checkStartMethod } from '../process/methods.ts';
import { Parker } from '../shared-memory/parker.ts';
import { checkSurroundings } from '../process/options.ts';
import { captureContext } from '../workers/carried-context.ts';
import { CallSites } from '../workers/call-sites.ts';
import { WorkerHost } from '../workers/host.ts';
import { MAX_WORKERS } from '../workers/memory.ts';
import { assertMayStartWorkers } from '../workers/may-start.ts';
import { APPLY, type Mode, STARMAP } from '../workers/modes.ts';
import {
  checkInsights,
  type InsightsOption,
  poolInsights,
  type PoolInsights,
  slowestOf,
} from '../workers/pool-insights.ts';
import { type Job, Task } from '../workers/task.ts';
import { ChunkJob, FutureJob, type Outcome } from './jobs.ts';
import { chunksOf, flatten, results, zip } from './map-results.ts';
import { Future, type FutureControl } from './future.ts';

export interface ExecutorOptions {
  /** Most workers; the number of cores this program may use by default. They start as they are needed. */
  readonly maxWorkers?: number | undefined;
  readonly context?: StartMethod | { getStartMethod(): string } | undefined;
  /** Runs in each worker before its first call; the executor is broken when it throws. */
  readonly initializer?: AnyFunction | undefined;
  readonly initArgs?: readonly unknown[] | undefined;
  /** Milliseconds that the initializer may take; the executor is broken when it takes longer. No limit by default. */
  readonly initializerTimeout?: number | undefined;
  /** Calls after which a worker is replaced by a fresh one. */
  readonly maxTasksPerChild?: number | undefined;
  /** Milliseconds for which a worker must have been idle before it ends; 60,000 by default. */
  readonly idleTimeout?: number | undefined;
  readonly env?: Record<string, string | undefined> | undefined;
  readonly execArgv?: readonly string[] | undefined;
  /** Limits of a thread's memory, in MB; processes take flags such as `--max-old-space-size` in their `execArgv`. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Modules (URLs or absolute paths) that each worker loads before anything else: hooks of the loader, registered functions. */
  readonly preload?: readonly (string | URL)[] | undefined;
  /** Measures what each worker does with its time, and which calls are slowest (5 by default): see {@link ProcessPoolExecutor.insights}. */
  readonly insights?: InsightsOption | undefined;
}

export interface ExecutorMapOptions {
  /** Milliseconds from the call of `map` for all results. */
  readonly timeout?: number | undefined;
  /** Calls that go to a worker at once; 1 by default. More is faster for many short calls, but results come by the chunk. */
  readonly chunkSize?: number | undefined;
}

export interface ShutdownOptions {
  /** Whether the promise waits until all workers have ended; `true` by default. */
  readonly wait?: boolean | undefined;
  /** Whether calls that do not run yet are cancelled. */
  readonly cancelFutures?: boolean | undefined;
}

const dropped = new FinalizationRegistry<WorkerHost>((host) => host.close());

const KEYS = [
  'maxWorkers',
  'context',
  'initializer',
  'initArgs',
  'maxTasksPerChild',
  'idleTimeout',
  'initializerTimeout',
  'env',
  'execArgv',
  'resourceLimits',
  'preload',
  'insights',
];
const DEFAULT_IDLE_MS = 60_000;
const KILL_GRACE_MS = 1000;
let count = 0;

/**
 * Makes calls in worker processes, which start as they are needed.
 *
 * @see Python `concurrent.futures.ProcessPoolExecutor`
 */
export class ProcessPoolExecutor {
  readonly #host: WorkerHost;
  readonly #sites = new CallSites();
  readonly #open = new Set<Future<unknown>>();

  constructor(options: number | ExecutorOptions = {}) {
    const given = typeof options === 'number' ? { maxWorkers: options } : options;
    const owner = new.target.name;
    checkExecutorOptions(owner, given);
    const max = given.maxWorkers ?? cpuCount();
    const method = given.context === undefined ? undefined : checkStartMethod(owner, 'context', given.context);
    assertMayStartWorkers(owner, method);
    this.#host = new WorkerHost(1, {
      name: `${owner}-${++count}`,
      method,
      env: given.env,
      execArgv: given.execArgv,
      resourceLimits: given.resourceLimits,
      preload: given.preload,
      maxRestarts: undefined,
      initializer: given.initializer,
      initArgs: given.initArgs ?? [],
      finalizer: undefined,
      initializerTimeout: given.initializerTimeout,
      finalizerTimeout: undefined,
      maxTasksPerChild: given.maxTasksPerChild,
      maxMemoryPerChild: undefined,
      killGrace: KILL_GRACE_MS,
      elastic: { min: 1, max, idleTimeout: given.idleTimeout ?? DEFAULT_IDLE_MS },
      slowest: slowestOf(given.insights),
      mayHaveChildren: true,
      spares: 0,
      placement: { cpuAffinity: undefined, nice: undefined },
    });
    // One that nobody holds any more ends its workers when its calls are made.
    dropped.register(this, this.#host);
  }

  /** Processes that live now. */
  get pids(): readonly number[] {
    return [...this.#host.workers].map((worker) => worker.pid);
  }

  /** Whether it takes no more calls. */
  get isShutDown(): boolean {
    return this.#host.isClosing;
  }

  /**
   * Where the workers' time went, and the slowest calls; `String(executor.insights())` is a table. Also after the shutdown.
   *
   * @throws Error with code `ERR_MP_INVALID_ARG` unless the executor was made with `insights`.
   */
  insights(): PoolInsights {
    return poolInsights('ProcessPoolExecutor.insights', this.#host);
  }

  /**
   * Calls `fn` in a worker.
   *
   * @throws PoolClosedError after {@link ProcessPoolExecutor.shutdown}; NotSendableError when function or arguments cannot cross.
   */
  submit<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    checkFunction('ProcessPoolExecutor.submit', 'fn', fn);
    this.#host.assertOpen();
    const { future, settler, attach } = Future.make<Awaited<R>>();
    const task = this.#task(new FutureJob(settler), fn, APPLY);
    this.#host.submit(task, args);
    attach(this.#controlOf(task));
    this.#keep(future);
    return future;
  }

  /**
   * Calls `fn` with the first items of all iterables, then with the second ones, until the shortest ends; all at once.
   *
   * @param rest Iterables, and options as the last one if it is not iterable.
   * @returns Results in order; an error comes in its place.
   */
  map<R>(
    fn: (...args: never[]) => R,
    ...rest: (Iterable<unknown> | ExecutorMapOptions)[]
  ): AsyncIterableIterator<Awaited<R>> {
    checkFunction('ProcessPoolExecutor.map', 'fn', fn);
    const last = rest.at(-1);
    if (Symbol.asyncIterator in Object(last))
      throw wrongType(
        'ProcessPoolExecutor.map',
        'iterables',
        'iterables that do not wait; `Pool.imap` takes async ones',
        last,
      );
    const hasOptions = last !== undefined && !(Symbol.iterator in Object(last));
    const options: ExecutorMapOptions = hasOptions ? (rest.pop() as ExecutorMapOptions) : {};
    for (const one of rest) checkIterable('ProcessPoolExecutor.map', 'iterables', one);
    checkOptions('ProcessPoolExecutor.map', options, ['timeout', 'chunkSize']);
    checkTimeout('ProcessPoolExecutor.map', options.timeout);
    const { chunkSize = 1, timeout } = options;
    checkInteger('ProcessPoolExecutor.map', 'chunkSize', chunkSize, 1);
    // What is left are the iterables; what does not fit the function is the caller's affair, as types cannot say it.
    const calls = zip(rest as Iterable<unknown>[]);
    if (chunkSize === 1)
      return results(
        this.#all(calls, (args) => this.submit(fn, ...(args as never[]))),
        timeout,
      );
    const chunks = this.#all(chunksOf(calls, chunkSize), (chunk) => this.#submitChunk<Awaited<R>>(fn, chunk));
    return flatten(results(chunks, timeout));
  }

  /**
   * Takes no more calls; workers end when all are made.
   *
   * @returns A promise of the end of all workers, or of nothing with `wait: false`.
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    if (this.#close('ProcessPoolExecutor.shutdown', options))
      await new Promise<void>((resolve) => this.#host.whenJoined(resolve));
  }

  /** As {@link ProcessPoolExecutor.shutdown}, but blocks the calling thread. */
  shutdownSync(options: ShutdownOptions = {}): void {
    if (this.#close('ProcessPoolExecutor.shutdownSync', options))
      Parker.current().wait(() => this.#host.hasEnded, Deadline.never);
  }

  /** @returns Whether the end of the workers is to be waited for. */
  #close(owner: string, options: ShutdownOptions): boolean {
    checkOptions(owner, options, ['wait', 'cancelFutures']);
    const { wait = true, cancelFutures = false } = options;
    checkBoolean(owner, 'wait', wait);
    checkBoolean(owner, 'cancelFutures', cancelFutures);
    if (cancelFutures) for (const future of [...this.#open].toReversed()) future.cancel();
    this.#host.close();
    return wait;
  }

  /** Ends all workers, by SIGTERM and a second later by SIGKILL; what is pending fails. Harmless when they have ended. */
  terminateWorkers(): Promise<void> {
    return this.#endWorkers('SIGTERM');
  }

  /** Ends all workers at once, by SIGKILL; what is pending fails. Harmless when they have ended. */
  killWorkers(): Promise<void> {
    return this.#endWorkers('SIGKILL');
  }

  /** Changes how many workers there may be: more start when they are needed, surplus ones end when their call has ended. */
  resize(maxWorkers: number): void {
    checkInteger('ProcessPoolExecutor.resize', 'maxWorkers', maxWorkers, 1, MAX_WORKERS);
    this.#host.assertOpen();
    this.#host.limit(maxWorkers);
  }

  toString(): string {
    const state = this.isShutDown ? 'closed' : 'open';
    return `<${this.constructor.name} name='${this.#host.name}' ${state} workers=${this.#host.workers.size}>`;
  }

  static {
    showAsText(this.prototype);
  }

  async #endWorkers(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const how = signal === 'SIGKILL' ? 'killed' : 'terminated';
    this.#host.terminate(new PoolClosedError(`the workers of this executor were ${how} before this was done`), signal);
    await new Promise<void>((resolve) => this.#host.whenJoined(resolve));
  }

  #submitChunk<R>(fn: AnyFunction, calls: readonly (readonly unknown[])[]): Future<readonly Outcome<R>[]> {
    this.#host.assertOpen();
    const { future, settler, attach } = Future.make<readonly Outcome<R>[]>();
    const submit = (from: number, to: number): void => {
      const task = this.#task(job, fn, STARMAP, from, to - from);
      this.#host.submit(task, calls.slice(from, to));
      attach(this.#controlOf(task));
    };
    const job: Job = new ChunkJob<R>(settler, calls.length, submit);
    submit(0, calls.length);
    this.#keep(future);
    return future;
  }

  #task(job: Job, fn: AnyFunction, mode: Mode, from = 0, calls = 1): Task {
    const definition = this.#host.define(fn, 'auto');
    const carried = captureContext();
    const plan = { job, definition, mode, priority: 0, timeout: undefined, mayCut: false, carried };
    const task = new Task(plan, from, calls, 0);
    task.site = this.#sites.of(definition);
    return task;
  }

  #controlOf(task: Task): FutureControl {
    return {
      withdraw: () => this.#host.canceller.withdraw(task),
      isRunning: () => this.#host.canceller.isRunning(task),
    };
  }

  /** Knows the future until it is done, to cancel it at a shutdown. */
  #keep(future: Future<unknown>): void {
    this.#open.add(future);
    const forget = (): void => void this.#open.delete(future);
    future.then(forget, forget);
  }

  /** Submits all, or none: those before one that cannot be sent are taken back. */
  #all<T, F extends Future<unknown>>(list: readonly T[], submit: (one: T) => F): F[] {
    const futures: F[] = [];
    try {
      for (const one of list) futures.push(submit(one));
    } catch (error) {
      for (const future of futures.toReversed()) future.cancel();
      throw error;
    }
    return futures;
  }

  /** Shuts down and waits, as Python's scope does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.shutdown();
  }
}

/** As {@link ProcessPoolExecutor}, in threads of this process. @see Python `concurrent.futures.ThreadPoolExecutor` */
export class ThreadPoolExecutor extends ProcessPoolExecutor {
  constructor(options: number | Omit<ExecutorOptions, 'context'> = {}) {
    const given: ExecutorOptions = typeof options === 'number' ? { maxWorkers: options } : options;
    checkOptions('ThreadPoolExecutor', given, KEYS);
    if (given.context !== undefined) {
      throw wrongRange('ThreadPoolExecutor', 'context', 'left out: an executor of processes has it', given.context);
    }
    super({ ...given, context: 'thread' });
  }
}

function checkExecutorOptions(owner: string, options: ExecutorOptions): void {
  checkOptions(owner, options, KEYS);
  const { maxWorkers, initializer, initArgs, maxTasksPerChild, idleTimeout } = options;
  if (maxWorkers !== undefined) checkInteger(owner, 'maxWorkers', maxWorkers, 1, MAX_WORKERS);
  if (initializer !== undefined) checkFunction(owner, 'initializer', initializer);
  if (initArgs !== undefined) checkArray(owner, 'initArgs', initArgs);
  if (maxTasksPerChild !== undefined) checkInteger(owner, 'maxTasksPerChild', maxTasksPerChild, 1);
  if (idleTimeout !== undefined) checkNumber(owner, 'idleTimeout', idleTimeout, 1);
  checkTimeout(owner, options.initializerTimeout, 'initializerTimeout');
  checkSurroundings(owner, options);
  checkInsights(owner, options.insights);
}
