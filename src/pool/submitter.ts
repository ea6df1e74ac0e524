import { CancelledError } from '../base/errors.ts';
import { wrongRange, wrongType, wrongUse } from '../base/invalid.ts';
import { checkAnyIterable, checkFunction } from '../base/options.ts';
import type { AnyFunction } from '../base/types.ts';
import { captureContext } from '../workers/carried-context.ts';
import { CallSite } from '../reduction/call-site.ts';
import { CallSites } from '../workers/call-sites.ts';
import type { WorkerHost } from '../workers/host.ts';
import { APPLY, type Mode, STARMAP } from '../workers/modes.ts';
import { NumberList } from '../workers/number-list.ts';
import { Task, type TaskPlan } from '../workers/task.ts';
import { Admission } from './admission.ts';
import { AsyncResult, type ResultCallbacks, type Settler } from './async-result.ts';
import { type BroadcastOptions, BroadcastJob } from './broadcast-job.ts';
import { CallJob } from './call-job.ts';
import { ChunkSize } from './chunk-size.ts';
import { listOf, openInput } from './input.ts';
import { limit } from './limit.ts';
import { MapJob } from './map-job.ts';
import { countOf, type ProgressOption } from './map-progress.ts';
import { JobListeners } from './job-listeners.ts';
import {
  type AsyncMapOptions,
  type AsyncTaskOptions,
  type MapOptions,
  type TaskOptions,
  checkBroadcast,
  checkCall,
  checkMap,
  checkMapOptions,
} from './options.ts';
import { StreamJob, type StreamPlan } from './stream-job.ts';

/** What tasks get that say nothing else. */
export interface TaskDefaults {
  readonly retries?: number | undefined;
  readonly taskTimeout?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly progress?: ProgressOption | undefined;
}

/** A call as its user wants it. */
interface Call {
  readonly owner: string;
  readonly fn: AnyFunction;
  readonly args: readonly unknown[] | undefined;
  readonly options: TaskOptions | undefined;
  readonly listeners: JobListeners | undefined;
}

/** Turns calls and maps into jobs of a host. Checks what users gave; `owner` is the method as they know it. */
export class Submitter {
  readonly #host: WorkerHost;
  readonly #options: TaskDefaults;
  readonly #sites = new CallSites();
  readonly #admission: Admission | undefined;

  constructor(host: WorkerHost, defaults: TaskDefaults) {
    this.#host = host;
    this.#options = defaults;
    if (defaults.maxInFlight !== undefined) this.#admission = new Admission(host, defaults.maxInFlight);
  }

  /** Calls that wait because as many as may be are under way. */
  get held(): number {
    return this.#admission?.held ?? 0;
  }

  callAsync<R>(
    owner: string,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    options: AsyncTaskOptions<Awaited<R>>,
  ): AsyncResult<Awaited<R>> {
    checkCall(owner, fn, args, options);
    const submitted: { task?: Task } = {};
    const cancel = (reason: unknown): boolean =>
      submitted.task !== undefined &&
      this.#canceller.cancel(submitted.task, reason ?? new CancelledError(`${owner}: it was cancelled`));
    const listeners = JobListeners.of({ onReport: options.onReport });
    listeners?.attach(cancel);
    const { callback, errorCallback } = options;
    const { result, settler } = AsyncResult.create<Awaited<R>>(
      { callback, errorCallback, ...listeners?.hooks },
      cancel,
    );
    submitted.task = this.#submit({ owner, fn, args, options, listeners }, settler);
    return result;
  }

  /** The way of `apply`: as {@link Submitter.callAsync}, without a result object unless somebody listens. */
  call<R>(
    owner: string,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    options: TaskOptions | undefined,
  ): Promise<Awaited<R>> {
    if (options?.onReport) return this.callAsync<R>(owner, fn, args, options).get();
    checkCall(owner, fn, args, options);
    return new Promise((resolve, reject) => {
      this.#submit({ owner, fn, args, options, listeners: undefined }, { succeed: resolve, fail: reject });
    });
  }

  #submit<R>({ owner, fn, args, options, listeners }: Call, settler: Settler<R>): Task {
    this.#host.assertOpen();
    const definition = this.#host.define(fn, options?.by ?? 'auto');
    const plan: TaskPlan = {
      job: new CallJob(settler, listeners, this.#admission),
      definition,
      mode: APPLY,
      priority: options?.priority ?? 0,
      // One that is the call's own counts from the submission.
      timeout: options?.timeout === undefined ? this.#options.taskTimeout : undefined,
      mayCut: false,
      carried: captureContext(),
    };
    const task = new Task(plan, 0, 1, options?.retries ?? this.#options.retries ?? 0);
    task.site = this.#sites.of(definition);
    task.transfer = options?.transfer;
    if (this.#admission) this.#admission.submit(task, args ?? [], (error) => this.#failHeld(task, settler, error));
    else this.#host.submit(task, args ?? []);
    if (options?.timeout !== undefined || options?.signal)
      limit(owner, this.#canceller, task, options.timeout, options.signal);
    return task;
  }

  /** What decides when calls may be made. @throws Error with code `ERR_MP_INVALID_ARG` when there is no limit. */
  admission(owner: string): Admission {
    this.#host.assertOpen();
    if (this.#admission) return this.#admission;
    throw wrongUse(owner, 'this pool has room for any number of calls; make it with `maxInFlight`');
  }

  get #canceller(): Pick<WorkerHost, 'cancel' | 'timers'> {
    const { timers } = this.#host;
    const admission = this.#admission;
    return admission ? { timers, cancel: (task, error) => admission.cancel(task, error) } : this.#host;
  }

  #failHeld<R>(task: Task, settler: Settler<R>, error: unknown): void {
    task.release?.();
    task.release = undefined;
    settler.fail(error);
  }

  /** What the input or the submission throws is the promise's; only wrong arguments throw at once. */
  mapLater(
    owner: string,
    fn: AnyFunction,
    items: Iterable<unknown>,
    options: number | MapOptions | undefined,
    mode: Mode,
  ): Promise<unknown[]> {
    checkMap(owner, fn, items, options);
    try {
      return this.map(owner, fn, items, options, mode).get();
    } catch (error) {
      return Promise.reject(toError(error));
    }
  }

  map<R>(
    owner: string,
    fn: AnyFunction,
    items: Iterable<unknown>,
    options: number | AsyncMapOptions<never> | undefined,
    mode: Mode,
  ): AsyncResult<R[]> {
    const given: AsyncMapOptions<never> = checkMap(owner, fn, items, options);
    this.#host.assertOpen();
    const list = mode === STARMAP ? Array.from(items, (item, i) => toArguments(owner, item, i)) : listOf(items);
    const begun: { job?: MapJob } = {};
    const cancel = (reason: unknown): boolean =>
      begun.job?.cancel(reason ?? new CancelledError(`${owner}: it was cancelled`)) ?? false;
    const common = this.#plan(fn, given, list.length);
    const { listeners } = common;
    listeners?.attach(cancel);
    const { callback, errorCallback } = given as ResultCallbacks<R[]>;
    const { result, settler } = AsyncResult.create<R[]>({ callback, errorCallback, ...listeners?.hooks }, cancel);
    const plan = {
      ...common,
      mode,
      // What the caller does with the list from now on is not seen.
      items: NumberList.of(list) ?? (list === items ? [...list] : list),
      failFast: given.failFast ?? false,
      aggregates: given.onError === 'aggregate',
      chunkSize: new ChunkSize(given.chunkSize, 1),
    };
    begun.job = new MapJob(plan, settler);
    begun.job.start();
    return result;
  }

  stream(
    owner: string,
    fn: AnyFunction,
    items: Iterable<unknown> | AsyncIterable<unknown>,
    options: number | MapOptions | undefined,
    isOrdered: boolean,
    isSync = false,
  ): StreamJob {
    checkFunction(owner, 'fn', fn);
    checkAnyIterable(owner, 'items', items);
    const given: MapOptions = checkMapOptions(owner, options);
    // Each error comes in its own place.
    if (given.onError === 'aggregate') throw wrongRange(owner, 'onError', "'throw' or 'settle'", given.onError);
    this.#host.assertOpen();
    const chunkSize = new ChunkSize(given.chunkSize, 1, given.bufferSize);
    const common = this.#plan(fn, given, countOf(items));
    const plan = { ...common, chunkSize, bufferSize: given.bufferSize, isOrdered };
    const job = new StreamJob(plan, openInput(items, isSync));
    common.listeners?.attach((error) => job.end(error));
    job.start();
    return job;
  }

  broadcast(owner: string, fn: AnyFunction, args?: readonly unknown[], options?: BroadcastOptions): Promise<unknown[]> {
    checkBroadcast(owner, fn, args, options);
    const call = { ...options, fn, args: args ?? [], by: options?.by ?? 'auto', site: new CallSite() };
    return new Promise((resolve, reject) => {
      this.#host.assertOpen();
      new BroadcastJob({ succeed: resolve, fail: reject }).start(this.#host, call);
    });
  }

  broadcastSync(owner: string, fn: AnyFunction, args?: readonly unknown[], options?: BroadcastOptions): unknown[] {
    checkBroadcast(owner, fn, args, options);
    this.#host.assertOpen();
    const { result, settler } = AsyncResult.create<unknown[]>({}, () => false);
    const call = { ...options, fn, args: args ?? [], by: options?.by ?? 'auto', site: new CallSite() };
    new BroadcastJob(settler).start(this.#host, call);
    return result.getSync();
  }

  /** What all maps have in common. */
  #plan(
    fn: AnyFunction,
    given: MapOptions,
    total: number | undefined,
  ): Omit<StreamPlan, 'chunkSize' | 'bufferSize' | 'isOrdered'> {
    const definition = this.#host.define(fn, given.by ?? 'auto');
    const progress = given.progress ?? this.#options.progress;
    return {
      host: this.#host,
      definition,
      settles: given.onError === 'settle',
      priority: given.priority ?? 0,
      retries: given.retries ?? this.#options.retries ?? 0,
      timeout: given.timeout ?? this.#options.taskTimeout,
      signal: given.signal,
      site: new CallSite(),
      carried: captureContext(),
      transfer: given.transfer,
      listeners: JobListeners.of({ onReport: given.onReport, progress, total }),
    };
  }
}

function toArguments(owner: string, item: unknown, index: number): readonly unknown[] {
  if (Array.isArray(item)) return item;
  throw wrongType(owner, `items[${index}]`, 'an array of arguments', item);
}

/** A promise may reject with anything: whatever was thrown is passed on as it is. */
function toError(thrown: unknown): Error {
  return thrown as Error;
}
