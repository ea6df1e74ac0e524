import { CancelledError } from '../base/errors.ts';
import { wrongType } from '../base/invalid.ts';
import { checkAnyIterable, checkFunction } from '../base/options.ts';
import type { AnyFunction } from '../base/types.ts';
import { CallSite, CallSites } from '../workers/call-site.ts';
import type { WorkerHost } from '../workers/host.ts';
import { APPLY, type Mode, STARMAP } from '../workers/modes.ts';
import { Task, type TaskPlan } from '../workers/task.ts';
import { Admission } from './admission.ts';
import { AsyncResult, type ResultCallbacks, type Settler } from './async-result.ts';
import { type BroadcastOptions, BroadcastJob } from './broadcast-job.ts';
import { CallJob } from './call-job.ts';
import { ChunkSize } from './chunk-size.ts';
import { openInput } from './input.ts';
import { limit } from './limit.ts';
import { MapJob } from './map-job.ts';
import { countOf, MapProgress, type ProgressOption, reportTo } from './map-progress.ts';
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
    const { result, settler } = AsyncResult.create<Awaited<R>>(options, cancel);
    submitted.task = this.call(owner, fn, args, options, settler);
    return result;
  }

  call<R>(
    owner: string,
    fn: AnyFunction,
    args: readonly unknown[] | undefined,
    options: TaskOptions | undefined,
    settler: Settler<R>,
  ): Task {
    this.#host.assertOpen();
    const definition = this.#host.define(fn, options?.by ?? 'auto');
    const plan: TaskPlan = {
      job: new CallJob(settler, reportTo(options?.onReport), this.#admission && (() => this.#admission?.callEnded())),
      definition,
      mode: APPLY,
      priority: options?.priority ?? 0,
      // One that is the call's own counts from the submission.
      timeout: options?.timeout === undefined ? this.#options.taskTimeout : undefined,
      mayCut: false,
    };
    const task = new Task(plan, 0, 1, options?.retries ?? this.#options.retries ?? 0);
    task.site = this.#sites.of(definition);
    if (this.#admission) this.#admission.submit(task, args ?? [], (error) => this.#failHeld(task, settler, error));
    else this.#host.submit(task, args ?? []);
    if (options?.timeout !== undefined || options?.signal)
      limit(owner, this.#canceller, task, options.timeout, options.signal);
    return task;
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
    const list = mode === STARMAP ? Array.from(items, (item, i) => toArguments(owner, item, i)) : Array.from(items);
    const begun: { job?: MapJob } = {};
    const cancel = (reason: unknown): boolean =>
      begun.job?.cancel(reason ?? new CancelledError(`${owner}: it was cancelled`)) ?? false;
    const { result, settler } = AsyncResult.create<R[]>(given as ResultCallbacks<R[]>, cancel);
    const plan = {
      ...this.#plan(fn, given, list.length),
      mode,
      items: list,
      failFast: given.failFast ?? false,
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
    this.#host.assertOpen();
    const chunkSize = new ChunkSize(given.chunkSize, 1, given.bufferSize);
    const job = new StreamJob(
      { ...this.#plan(fn, given, countOf(items)), chunkSize, bufferSize: given.bufferSize, isOrdered },
      openInput(items, isSync),
    );
    job.start();
    return job;
  }

  broadcast(owner: string, fn: AnyFunction, args?: readonly unknown[], options?: BroadcastOptions): Promise<unknown[]> {
    checkBroadcast(owner, fn, args, options);
    return new Promise((resolve, reject) => {
      this.#host.assertOpen();
      const job = new BroadcastJob({ succeed: resolve, fail: reject });
      job.start(this.#host, { ...options, fn, args: args ?? [], by: options?.by ?? 'auto', site: new CallSite() });
    });
  }

  /** What all maps have in common. */
  #plan(
    fn: AnyFunction,
    given: MapOptions,
    total: number | undefined,
  ): Omit<StreamPlan, 'chunkSize' | 'bufferSize' | 'isOrdered'> {
    const definition = this.#host.define(fn, given.by ?? 'auto');
    const shown = given.progress ?? this.#options.progress ?? false;
    const progress = shown === false ? undefined : new MapProgress(shown, total);
    return {
      host: this.#host,
      definition,
      settles: given.onError === 'settle',
      priority: given.priority ?? 0,
      retries: given.retries ?? this.#options.retries ?? 0,
      timeout: given.timeout ?? this.#options.taskTimeout,
      signal: given.signal,
      site: new CallSite(),
      onItems: progress?.items,
      onEnd: progress?.end,
      onReport: reportTo(given.onReport),
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
