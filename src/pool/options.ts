import type { ResourceLimits } from 'node:worker_threads';
import {
  checkArray,
  checkBoolean,
  checkFunction,
  checkInteger,
  checkIterable,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkSignal,
  checkString,
  checkTimeout,
} from '../base/options.ts';
import { wrongType, wrongUse } from '../base/invalid.ts';
import type { AnyFunction } from '../base/types.ts';
import type { StartMethod } from '../process/launch.ts';
import { MAX_WORKERS } from '../workers/memory.ts';
import { checkTransfer } from '../workers/transfer.ts';
import { checkSurroundings } from '../process/options.ts';
import { checkProgress, type ProgressOption } from './map-progress.ts';
import type { Crossing } from '../reduction/functions/node.ts';
import { checkInsights, type InsightsOption } from '../workers/pool-insights.ts';

/** Options of a pool. Times are milliseconds. */
export interface PoolOptions {
  /** Workers; the number of cores this program may use by default. */
  readonly processes?: number | undefined;
  /** Fewest workers: the pool starts with them, grows up to `processes` when tasks wait, and shrinks again. As many by default. */
  readonly minProcesses?: number | undefined;
  /** Milliseconds for which a worker must have been idle before the pool shrinks; 10,000 by default. */
  readonly idleTimeout?: number | undefined;
  /** Processors that the workers may use; `spread`: each gets one of its own, in turn. */
  readonly cpuAffinity?: readonly number[] | 'spread' | undefined;
  /** Niceness of the workers, -20 to 19. */
  readonly nice?: number | undefined;
  /** Single calls under way at most; later ones wait in this process, unread, until there is room. No limit by default. */
  readonly maxInFlight?: number | undefined;
  /** Whether the workers may not start processes or pools of their own, as in Python; `false` by default. */
  readonly daemon?: boolean | undefined;
  /** Start of the workers' names. `Pool-1` and so on by default. */
  readonly name?: string | undefined;
  /** A start method, or a context that is bound to one. */
  readonly context?: StartMethod | { getStartMethod(): string } | undefined;
  /** Runs in each worker before its first task; the pool fails when it throws. */
  readonly initializer?: AnyFunction | undefined;
  readonly initArgs?: readonly unknown[] | undefined;
  /** Milliseconds that the initializer may take; then the pool fails with `TimeoutError`. No limit by default. */
  readonly initializerTimeout?: number | undefined;
  /** Runs in each worker that ends in an orderly way; its results are in {@link Pool.exitResults}. */
  readonly finalizer?: (() => unknown) | undefined;
  /** Milliseconds that the finalizer may take; then its worker is killed, and its result is a `TimeoutError`. No limit by default. */
  readonly finalizerTimeout?: number | undefined;
  /** Calls after which a worker is replaced by a fresh one. */
  readonly maxTasksPerChild?: number | undefined;
  /**
   * Workers that are kept ready, initialized, to take the place of one that ends: so a replacement costs no time but memory. By
   * default 1 where workers are replaced on purpose (`maxTasksPerChild`, `maxMemoryPerChild`), else 0.
   */
  readonly spares?: number | undefined;
  /** Bytes of resident memory from which on a worker is replaced once its call has ended. */
  readonly maxMemoryPerChild?: number | undefined;
  /**
   * The pool fails when more than `count` workers end within `within` milliseconds. A replacement that the system refuses to start is
   * tried again later as long as other workers live; each try that fails counts, too.
   */
  readonly maxRestarts?: { readonly count: number; readonly within: number } | undefined;
  /** Milliseconds that a call may run which has no time-out of its own; counted from the moment it begins. */
  readonly taskTimeout?: number | undefined;
  /** How often a task runs again whose worker was lost; 0 by default. */
  readonly retries?: number | undefined;
  /** Time that a cancelled task has to heed its signal before its worker is killed; 1000 by default. */
  readonly killGrace?: number | undefined;
  /** Shows how far each map is that does not say otherwise: see {@link MapOptions.progress}. */
  readonly progress?: ProgressOption | undefined;
  /** Measures what each worker does with its time, and which calls are slowest (5 by default): see {@link Pool.insights}. */
  readonly insights?: InsightsOption | undefined;
  readonly env?: Record<string, string | undefined> | undefined;
  readonly execArgv?: readonly string[] | undefined;
  /** Limits of a thread's memory, in MB; processes take flags such as `--max-old-space-size` in their `execArgv`. */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Modules (URLs or absolute paths) that each worker loads before anything else: hooks of the loader, registered functions. */
  readonly preload?: readonly (string | URL)[] | undefined;
}

/** Options of one call. */
export interface TaskOptions {
  /**
   * Milliseconds; then the call fails with `TimeoutError`. Counted from the submission for single calls, and for each item of
   * a map from the moment it begins to run.
   */
  readonly timeout?: number | undefined;
  /** Ends the call early; it then fails with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  readonly retries?: number | undefined;
  /** Higher runs first; 0 by default. */
  readonly priority?: number | undefined;
  /** Forces the way in which the function crosses; `auto` by default. */
  readonly by?: Crossing | undefined;
  /** Is given what tasks tell by `task().report(value)`, and for which item; 0 for single calls. */
  readonly onReport?: ((value: unknown, index: number) => unknown) | undefined;
  /**
   * Buffers among the arguments that are given away: they are detached here (length 0) once their bytes are on their way; of a map
   * when it has ended. Memory that processes share stays.
   */
  readonly transfer?: readonly ArrayBuffer[] | undefined;
}

/** Callbacks that throw, or whose promise rejects, make that the error of the job; whoever waits for it waits for their promise, too. */
export interface AsyncTaskOptions<R> extends TaskOptions {
  readonly callback?: ((value: R) => unknown) | undefined;
  readonly errorCallback?: ((error: unknown) => unknown) | undefined;
}

/** Options of the maps. */
export interface MapOptions extends TaskOptions {
  /** Items that go to a worker at once; adapts to what an item costs by default. */
  readonly chunkSize?: number | undefined;
  /** `imap` only: items read and not yet consumed; four chunks for each worker by default. */
  readonly bufferSize?: number | undefined;
  /**
   * `throw` (the default): fail with the error of the first failing item. `aggregate`: where several fail, with an
   * `AggregateError` of all in the order of the items. `settle`: the results are `PromiseSettledResult`s.
   */
  readonly onError?: 'throw' | 'aggregate' | 'settle' | undefined;
  /** Fail at the first error instead of after all items. */
  readonly failFast?: boolean | undefined;
  /**
   * Shows rate, time left and failures on standard error: a bar on a terminal, lines in a file, nothing in a pipe; or calls back
   * ten times a second and at the end.
   */
  readonly progress?: ProgressOption | undefined;
}

export interface AsyncMapOptions<R> extends MapOptions {
  readonly callback?: ((value: R) => unknown) | undefined;
  readonly errorCallback?: ((error: unknown) => unknown) | undefined;
}

const POOL_KEYS = [
  'processes', 'minProcesses', 'idleTimeout', 'cpuAffinity', 'nice', 'maxInFlight', 'daemon', 'name', 'context', 'initializer', 'initArgs', 'initializerTimeout', 'finalizer', 'finalizerTimeout', 'maxTasksPerChild', 'spares', 'maxMemoryPerChild', 'maxRestarts', 'taskTimeout',
  'retries', 'killGrace', 'progress', 'insights', 'env', 'execArgv', 'resourceLimits', 'preload',
] as const; // prettier-ignore
const TASK_KEYS = [
  'timeout',
  'signal',
  'retries',
  'priority',
  'by',
  'onReport',
  'transfer',
  'callback',
  'errorCallback',
] as const;
const BROADCAST_KEYS = ['timeout', 'signal', 'by'] as const;
const MAP_KEYS = [...TASK_KEYS, 'chunkSize', 'bufferSize', 'onError', 'failFast', 'progress'] as const;

/**
 * What a user gave to a pool's constructor, as one object: `2`, `2, options` or `options`.
 *
 * @throws TypeError or RangeError for the first of it that is wrong.
 */
export function poolOptions(
  owner: string,
  processes: number | PoolOptions | undefined,
  options: PoolOptions | undefined,
): PoolOptions {
  if (options !== undefined) checkOptions(owner, options, POOL_KEYS);
  if (typeof processes === 'object' && options !== undefined)
    throw wrongUse(owner, 'options were given twice; the first argument is a number when the second has the options');
  if (processes !== undefined && options?.processes !== undefined)
    throw wrongUse(owner, '`processes` was given twice, as the first argument and among the options');
  const given =
    typeof processes === 'object' ? processes : { ...options, ...(processes === undefined ? {} : { processes }) };
  checkPoolOptions(owner, given);
  return given;
}

/** Checks what a user gave to a pool's constructor. */
function checkPoolOptions(owner: string, options: PoolOptions): void {
  checkOptions(owner, options, POOL_KEYS);
  const {
    processes,
    name,
    initializer,
    initArgs,
    finalizer,
    maxTasksPerChild,
    maxMemoryPerChild,
    maxRestarts,
    taskTimeout,
    retries,
    killGrace,
  } = options;
  if (processes !== undefined) checkInteger(owner, 'processes', processes, 1, MAX_WORKERS);
  checkSize(owner, options);
  if (options.daemon !== undefined) checkBoolean(owner, 'daemon', options.daemon);
  if (name !== undefined) checkString(owner, 'name', name);
  if (initializer !== undefined) checkFunction(owner, 'initializer', initializer);
  if (initArgs !== undefined) checkIterable(owner, 'initArgs', initArgs);
  if (finalizer !== undefined) checkFunction(owner, 'finalizer', finalizer);
  if (maxTasksPerChild !== undefined) checkInteger(owner, 'maxTasksPerChild', maxTasksPerChild, 1);
  if (maxMemoryPerChild !== undefined) checkNumber(owner, 'maxMemoryPerChild', maxMemoryPerChild, 1);
  if (maxRestarts !== undefined) {
    checkOptions(owner, maxRestarts, ['count', 'within'], 'maxRestarts');
    checkInteger(owner, 'maxRestarts.count', maxRestarts.count, 0);
    checkNumber(owner, 'maxRestarts.within', maxRestarts.within, 0);
  }
  checkTimeout(owner, taskTimeout, 'taskTimeout');
  checkTimeout(owner, options.initializerTimeout, 'initializerTimeout');
  checkTimeout(owner, options.finalizerTimeout, 'finalizerTimeout');
  if (retries !== undefined) checkInteger(owner, 'retries', retries, 0);
  if (killGrace !== undefined) checkNumber(owner, 'killGrace', killGrace, 0);
  checkSurroundings(owner, options);
  checkProgress(owner, options.progress);
  checkInsights(owner, options.insights);
}

function checkSize(owner: string, options: PoolOptions): void {
  const { processes, minProcesses, idleTimeout, cpuAffinity, nice, maxInFlight } = options;
  if (minProcesses !== undefined) checkInteger(owner, 'minProcesses', minProcesses, 1, processes);
  if (idleTimeout !== undefined) checkNumber(owner, 'idleTimeout', idleTimeout, 1);
  if (nice !== undefined) checkInteger(owner, 'nice', nice, -20, 19);
  if (options.spares !== undefined) checkInteger(owner, 'spares', options.spares, 0);
  if (maxInFlight !== undefined) checkInteger(owner, 'maxInFlight', maxInFlight, 1);
  if (cpuAffinity === undefined || cpuAffinity === 'spread') return;
  checkArray(owner, 'cpuAffinity', cpuAffinity);
  for (const [i, cpu] of cpuAffinity.entries()) checkInteger(owner, `cpuAffinity[${i}]`, cpu, 0);
}

/** Checks what a user gave to a call. */
export function checkCall(
  owner: string,
  fn: unknown,
  args: unknown,
  options: AsyncTaskOptions<never> | undefined,
): void {
  if (typeof fn !== 'function') checkFunction(owner, 'fn', fn);
  if (args !== undefined && !Array.isArray(args)) throw wrongType(owner, 'args', 'an array of arguments', args);
  if (options === undefined) return;
  checkOptions(owner, options, TASK_KEYS);
  checkCommon(owner, options);
}

/** Checks what a user gave to a broadcast. */
export function checkBroadcast(owner: string, fn: unknown, args: unknown, options: object | undefined): void {
  checkCall(owner, fn, args, options);
  if (options !== undefined) checkOptions(owner, options, BROADCAST_KEYS);
}

/** Checks what a user gave to a map of a list. */
export function checkMap<O extends AsyncMapOptions<never>>(
  owner: string,
  fn: unknown,
  items: unknown,
  options: number | O | undefined,
): O | { chunkSize: number } {
  checkFunction(owner, 'fn', fn);
  checkIterable(owner, 'items', items);
  return checkMapOptions(owner, options);
}

/** Checks the options of a map; a number is short for `{ chunkSize }`. */
export function checkMapOptions<O extends AsyncMapOptions<never>>(
  owner: string,
  options: number | O | undefined,
): O | { chunkSize: number } {
  if (options === undefined) return {} as O; // No option is required.
  const object = typeof options === 'number' ? { chunkSize: options } : options;
  checkOptions(owner, object, MAP_KEYS);
  const given: AsyncMapOptions<never> = object;
  checkCommon(owner, given);
  if (given.chunkSize !== undefined) checkInteger(owner, 'chunkSize', given.chunkSize, 1);
  if (given.bufferSize !== undefined) checkInteger(owner, 'bufferSize', given.bufferSize, 1);
  checkProgress(owner, given.progress);
  if (given.failFast !== undefined) checkBoolean(owner, 'failFast', given.failFast);
  if (given.onError !== undefined) checkOneOf(owner, 'onError', given.onError, ['throw', 'aggregate', 'settle']);
  return object;
}

function checkCommon(owner: string, options: AsyncTaskOptions<never>): void {
  const { retries, priority, by, callback, errorCallback } = options;
  checkTimeout(owner, options.timeout);
  checkSignal(owner, options.signal);
  checkTransfer(owner, options.transfer);
  if (retries !== undefined) checkInteger(owner, 'retries', retries, 0);
  if (priority !== undefined) checkNumber(owner, 'priority', priority);
  if (by !== undefined) checkOneOf(owner, 'by', by, ['auto', 'reference', 'value']);
  if (options.onReport !== undefined) checkFunction(owner, 'onReport', options.onReport);
  if (callback !== undefined) checkFunction(owner, 'callback', callback);
  if (errorCallback !== undefined) checkFunction(owner, 'errorCallback', errorCallback);
}
