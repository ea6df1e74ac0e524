import { CancelledError } from '../base/errors.ts';
import { shortText } from '../base/short-text.ts';
import type { Carried } from '../workers/carried-context.ts';
import type { CallSite } from '../reduction/call-site.ts';
import type { Definition } from '../workers/definitions.ts';
import type { WorkerHost } from '../workers/host.ts';
import { type ItemList, ItemRange, NumberList } from '../workers/number-list.ts';
import type { ItemValues } from '../workers/item-values.ts';
import { giveAway } from '../workers/transfer.ts';
import { type Job, Task, type TaskPlan } from '../workers/task.ts';
import type { Mode } from '../workers/modes.ts';
import type { Settler } from './async-result.ts';
import type { ChunkSize } from './chunk-size.ts';
import type { JobListeners } from './job-listeners.ts';

/** Failed items that the message of many names, and the longest text of each. */
const NAMED = 5;
const NAMED_LENGTH = 40;
/** Chunks that are handed out ahead for each worker, so that none waits for the host. */
const AHEAD = 3;
/** So many results have room from the start. To make room for millions takes as long as many calls: workers should have plenty to do then. */
const EARLY = 65_536;

export interface MapPlan {
  readonly host: WorkerHost;
  readonly definition: Definition;
  readonly mode: Mode;
  /** It is given to the job. */
  readonly items: ItemList;
  readonly chunkSize: ChunkSize;
  readonly priority: number;
  readonly retries: number;
  /** Milliseconds that one item may run. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly site: CallSite;
  /** Collect `PromiseSettledResult`s instead of failing. */
  readonly settles: boolean;
  /** Fail with all errors where there are several, instead of with the first. */
  readonly aggregates: boolean;
  /** Fail at the first error and cancel the rest. */
  readonly failFast: boolean;
  readonly listeners: JobListeners | undefined;
  /** The stores in which the calls run. */
  readonly carried: Carried | undefined;
  /** Buffers that are given away with the items. */
  readonly transfer: readonly ArrayBuffer[] | undefined;
}

/** Items that are to run, again or for the first time. */
interface Range {
  from: number;
  readonly to: number;
  readonly retries: number;
}

/** A call for each item of a list; all results together. */
export class MapJob implements Job {
  readonly #plan: MapPlan;
  readonly #taskPlan: TaskPlan;
  readonly #settler: Settler<unknown[]>;
  #results: unknown[];
  readonly #tasks = new Set<Task>();
  /** What was not handed out yet; what must run again comes first. */
  readonly #ranges: Range[];
  /** Items that were not handed out yet. */
  #left: number;
  /** Items that have not ended. */
  #open: number;
  /** Errors by item: those of all where they are collected, else that of the first one. */
  readonly #failures = new Map<number, unknown>();
  #firstFailure = Infinity;
  #isOver = false;
  readonly #abort = (): void => void this.cancel(this.#plan.signal?.reason);

  constructor(plan: MapPlan, settler: Settler<unknown[]>) {
    this.#plan = plan;
    const { definition, mode, priority, timeout, carried } = plan;
    this.#taskPlan = { job: this, definition, mode, priority, timeout, mayCut: !plan.chunkSize.isFixed, carried };
    this.#settler = settler;
    this.#open = plan.items.length;
    this.#left = plan.items.length;
    this.#results = new Array<unknown>(Math.min(EARLY, plan.items.length));
    this.#ranges = [{ from: 0, to: plan.items.length, retries: plan.retries }];
  }

  /** Hands out the first chunks. An item that cannot cross fails the whole job. */
  start(): void {
    const { host, definition, signal } = this.#plan;
    host.enter(this, definition);
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#abort();
    this.#handOut();
    if (this.#open === 0) this.#end();
  }

  succeed(index: number, value: unknown): void {
    this.#makeRoom(index + 1);
    this.#results[index] = this.#plan.settles ? { status: 'fulfilled', value } : value;
    this.#itemsEnded(1, false);
  }

  succeedMany(index: number, values: ItemValues, at: number, count: number): void {
    this.#makeRoom(index + count);
    const results = this.#results;
    if (!this.#plan.settles) values.copyTo(results, index, at, count);
    else for (let i = 0; i < count; i++) results[index + i] = { status: 'fulfilled', value: values.at(at + i) };
    this.#itemsEnded(count, false);
  }

  fail(index: number, error: unknown): void {
    const { settles, failFast, aggregates } = this.#plan;
    this.#makeRoom(index + 1);
    if (settles) this.#results[index] = { status: 'rejected', reason: error };
    else if (aggregates) this.#failures.set(index, error);
    else if (index < this.#firstFailure) {
      this.#firstFailure = index;
      this.#failures.clear();
      this.#failures.set(index, error);
    }
    if (!failFast || settles) {
      this.#itemsEnded(1, true);
      return;
    }
    if (!this.#isOver) this.#plan.listeners?.items(1, true);
    this.cancel(error);
  }

  itemAt(index: number): unknown {
    return this.#plan.items.at(index);
  }

  report(index: number, value: unknown): void {
    if (!this.#isOver) this.#plan.listeners?.report(value, index);
  }

  again(_task: Task, from: number, to: number, retries: number): void {
    if (this.#isOver || from >= to) return;
    this.#ranges.unshift({ from, to, retries });
    this.#left += to - from;
  }

  ended(task: Task, items: number, milliseconds: number): void {
    this.#tasks.delete(task);
    this.#plan.chunkSize.measured(items, milliseconds);
    this.#handOut();
  }

  abort(error: unknown): void {
    this.cancel(error);
  }

  /** Ends the whole job with `reason`. @returns Whether it was still going on. */
  cancel(reason: unknown): boolean {
    if (this.#isOver) return false;
    this.#failures.clear();
    this.#failures.set(-1, reason ?? new CancelledError('map: it was cancelled before it had all results'));
    this.#end();
    for (const task of this.#tasks) this.#plan.host.cancel(task, reason);
    return true;
  }

  #handOut(): void {
    const { host, chunkSize } = this.#plan;
    const size = Math.max(1, host.size);
    while (!this.#isOver && this.#tasks.size < size * AHEAD) {
      const range = this.#ranges[0];
      if (!range) return;
      const { from } = range;
      const count = Math.min(range.to - from, chunkSize.next(this.#left, size));
      range.from += count;
      if (range.from >= range.to) this.#ranges.shift();
      this.#left -= count;
      if (count > 0) this.#submit(from, from + count, range.retries);
    }
  }

  #submit(from: number, to: number, retries: number): void {
    const { host, items, site } = this.#plan;
    const task = new Task(this.#taskPlan, from, to - from, retries);
    task.attempt += this.#plan.retries - retries;
    task.site = site;
    task.attempt = this.#plan.retries - retries + 1;
    this.#tasks.add(task);
    try {
      host.submit(task, new ItemRange(items, from, to));
    } catch (error) {
      // An item that cannot be sent fails the whole job, as it does in Python.
      this.#tasks.delete(task);
      this.cancel(error);
    }
  }

  #itemsEnded(count: number, failed: boolean): void {
    if (this.#isOver) return;
    this.#plan.listeners?.items(count, failed);
    this.#open -= count;
    if (this.#open === 0) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const { host, definition, signal, transfer, items } = this.#plan;
    signal?.removeEventListener('abort', this.#abort);
    giveAway(transfer);
    if (this.#failures.size === 0) this.#settler.succeed(this.#results);
    else this.#settler.fail(this.#failure());
    host.leave(this, definition);
    if (items instanceof NumberList) items.drop();
  }

  #makeRoom(end: number): void {
    const early = this.#results;
    if (end <= early.length) return;
    this.#results = new Array<unknown>(this.#plan.items.length);
    for (let i = 0; i < early.length; i++) this.#results[i] = early[i];
  }

  /** What the job fails with: the one error, or all in the order of the items. */
  #failure(): unknown {
    const failures = [...this.#failures].toSorted(([a], [b]) => a - b);
    const [first] = failures;
    if (failures.length === 1) return first?.[1];
    const { items, definition, site } = this.#plan;
    const which = failures.slice(0, NAMED).map(([index]) => `${index} (${shortText(items.at(index), NAMED_LENGTH)})`);
    const more = failures.length > NAMED ? `, and ${failures.length - NAMED} more` : '';
    const error = new AggregateError(
      failures.map(([, one]) => one),
      `${definition.name} failed for ${failures.length} of ${items.length} items: ${which.join(', ')}${more}`,
    );
    // It was made while messages were read: what tells something is where the map was called. Each error has its own frames.
    const frames = site.text.split('\n').slice(1);
    error.stack = [`AggregateError: ${error.message}`, ...frames].join('\n');
    return error;
  }
}
