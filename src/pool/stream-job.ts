import { AsyncResource } from 'node:async_hooks';
import { CancelledError } from '../base/errors.ts';
import type { Carried } from '../workers/carried-context.ts';
import type { CallSite } from '../reduction/call-site.ts';
import type { Definition } from '../workers/definitions.ts';
import type { WorkerHost } from '../workers/host.ts';
import { giveAway } from '../workers/transfer.ts';
import { type Job, Task, type TaskPlan } from '../workers/task.ts';
import { APPLY, MAP } from '../workers/modes.ts';
import type { ChunkSize } from './chunk-size.ts';
import type { JobListeners } from './job-listeners.ts';
import { Deliveries, type Delivery } from './deliveries.ts';
import type { Input, Step } from './input.ts';

export interface StreamPlan {
  readonly host: WorkerHost;
  readonly definition: Definition;
  readonly chunkSize: ChunkSize;
  /** Items read and not yet given to the consumer, at most; absent: four chunks for each worker. */
  readonly bufferSize: number | undefined;
  readonly isOrdered: boolean;
  readonly settles: boolean;
  readonly priority: number;
  readonly retries: number;
  /** Milliseconds that one item may run. */
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly site: CallSite;
  readonly listeners: JobListeners | undefined;
  /** The stores in which the calls run. */
  readonly carried: Carried | undefined;
  /** Buffers that are given away with the items. */
  readonly transfer: readonly ArrayBuffer[] | undefined;
}

const END: Delivery = { kind: 'end' };
/** Most items in the buffer for each worker, whatever the chunk size grows to. */
const MOST_PER_WORKER = 4096;
const CHUNKS_PER_WORKER = 4;

/**
 * A call for each item of an input that may be endless; results as they are wanted.
 *
 * Reads its input only as far as there is room: items under way plus results unread never exceed the buffer.
 */
export class StreamJob implements Job {
  readonly #plan: StreamPlan;
  readonly #taskPlan: TaskPlan;
  /** A chunk of one item is a call: its result and its end are one message. */
  readonly #isSingle: boolean;
  readonly #input: Input;
  /** Tasks under way with their items, for those that must run again. */
  readonly #tasks = new Map<Task, readonly unknown[]>();
  readonly #ready: Deliveries;
  #batch: unknown[] = [];
  #nextIn = 0;
  #nextOut = 0;
  #inputEnded = false;
  #isReading = false;
  #failure: Delivery | undefined;
  #isAborted = false;
  #isOver = false;
  #wake: (() => void) | undefined;
  #isReadQueued = false;
  /** Reads in the asynchronous context in which the stream was made. */
  readonly #readSoon: () => void = AsyncResource.bind(() => {
    this.#isReadQueued = false;
    this.#read();
  });
  readonly #abort = (): void => this.abort(this.#plan.signal?.reason);

  /** Tells those who listen, for a thread that blocks; absent when nobody does. */
  readonly meanwhile: (() => void) | undefined;

  constructor(plan: StreamPlan, input: Input) {
    this.#plan = plan;
    const { listeners } = plan;
    this.meanwhile = listeners && ((): void => listeners.meanwhile());
    const { definition, priority, timeout, chunkSize, carried } = plan;
    this.#isSingle = chunkSize.isFixed && chunkSize.current === 1;
    const mode = this.#isSingle ? APPLY : MAP;
    this.#taskPlan = { job: this, definition, mode, priority, timeout, mayCut: !chunkSize.isFixed, carried };
    this.#input = input;
    this.#ready = new Deliveries(plan.isOrdered);
  }

  /** Starts reading; errors of the input are delivered, not thrown. */
  start(): void {
    const { host, definition, signal } = this.#plan;
    host.enter(this, definition);
    signal?.addEventListener('abort', this.#abort);
    if (signal?.aborted) this.#abort();
    this.#read();
  }

  succeed(index: number, value: unknown): void {
    this.#arrive(index, { kind: 'value', value: this.#plan.settles ? { status: 'fulfilled', value } : value }, false);
  }

  fail(index: number, error: unknown): void {
    const value = { status: 'rejected', reason: error };
    this.#arrive(index, this.#plan.settles ? { kind: 'value', value } : { kind: 'error', error }, true);
  }

  itemAt(index: number): unknown {
    for (const [task, items] of this.#tasks)
      if (index >= task.firstItem && index < task.endItem) return items[index - task.firstItem];
    return undefined;
  }

  report(index: number, value: unknown): void {
    if (!this.#isOver) this.#plan.listeners?.report(value, index);
  }

  again(task: Task, from: number, to: number, retries: number): void {
    const items = this.#tasks.get(task);
    if (this.#isOver || from >= to || !items) return;
    this.#submit(from, items.slice(from - task.firstItem, to - task.firstItem), retries);
  }

  ended(task: Task, items: number, milliseconds: number): void {
    this.#tasks.delete(task);
    this.#plan.chunkSize.measured(items, milliseconds);
    // Reading runs the user's iterator, so not inside of the poll that brought this news.
    this.#leaveWhenDone();
    if (this.#inputEnded || this.#isOver || this.#isReadQueued) return;
    this.#isReadQueued = true;
    queueMicrotask(this.#readSoon);
  }

  /** Delivers `error` next, and then the end. */
  abort(error: unknown): void {
    this.end(error);
  }

  /** As {@link StreamJob.abort}. @returns Whether it was still going on. */
  end(error: unknown): boolean {
    if (this.#isOver || this.#isAborted) return false;
    this.#isAborted = true;
    this.#failure = { kind: 'error', error };
    this.#inputEnded = true;
    this.#batch = [];
    this.#ready.clear();
    this.#nextOut = this.#nextIn;
    this.#leave(error);
    this.#notify();
    return true;
  }

  /** The next delivery if there is one. Reads the input as far as that makes room. */
  take(): Delivery | undefined {
    if (this.#isOver) return END;
    const delivery = this.#ready.take();
    if (delivery) this.#nextOut++;
    this.#read();
    if (delivery) return delivery;
    if (!this.#inputEnded || this.#nextOut < this.#nextIn || this.#batch.length > 0) return undefined;
    const failure = this.#failure ?? this.#listenersFailure();
    this.drop();
    return failure ?? END;
  }

  /** What a listener throws at the end comes in the place of the end. */
  #listenersFailure(): Delivery | undefined {
    try {
      this.#plan.listeners?.finish();
      return undefined;
    } catch (error) {
      return { kind: 'error', error };
    }
  }

  /** Calls `wake` once when {@link take} may have something. */
  whenReady(wake: () => void): () => void {
    this.#wake = wake;
    return () => (this.#wake = undefined);
  }

  /** The consumer wants no more: what waits is cancelled, the input is closed. */
  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ready.clear();
    this.#batch = [];
    try {
      this.#input.close();
    } finally {
      this.#leave(new CancelledError('imap: the consumer left before the end'));
      this.#notify();
    }
  }

  /** As {@link StreamJob.stop}, where nobody is who could be told what the input throws when it is closed. */
  drop(): void {
    try {
      this.stop();
    } catch {
      // The consumer has heard of the end, or is gone.
    }
  }

  #leave(reason: unknown): void {
    const { host, definition, signal, listeners, transfer } = this.#plan;
    signal?.removeEventListener('abort', this.#abort);
    listeners?.finishSoon();
    giveAway(transfer);
    for (const task of this.#tasks.keys()) host.cancel(task, reason);
    this.#tasks.clear();
    host.leave(this, definition);
  }

  #arrive(index: number, delivery: Delivery, failed: boolean): void {
    if (this.#isOver || this.#isAborted) return;
    this.#ready.put(index, delivery);
    this.#plan.listeners?.items(1, failed);
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  get #room(): number {
    const { host, chunkSize, bufferSize } = this.#plan;
    const size = Math.max(1, host.size);
    const most = bufferSize ?? Math.min(MOST_PER_WORKER * size, CHUNKS_PER_WORKER * size * chunkSize.current);
    return most - (this.#nextIn - this.#nextOut) - this.#batch.length;
  }

  /** Reads the input as far as there is room, and hands out full chunks. */
  #read(): void {
    if (this.#isOver) return;
    if (this.#isReading) {
      if (this.#isHungry) this.#flush();
      return;
    }
    this.#isReading = true;
    let room = this.#room;
    while (!this.#inputEnded && !this.#isOver && room > 0) {
      const step = this.#input.next();
      if (step instanceof Promise) {
        if (this.#isHungry) this.#flush();
        void this.#readLater(step);
        return;
      }
      this.#take(step);
      room = --room > 0 ? room : this.#room;
    }
    this.#isReading = false;
    if (this.#inputEnded || this.#isHungry) this.#flush();
    this.#leaveWhenDone();
  }

  /** Nothing is left to run: results that nobody has read yet do not hold a pool that is closed. */
  #leaveWhenDone(): void {
    const { host, definition } = this.#plan;
    if (this.#inputEnded && this.#batch.length === 0 && this.#tasks.size === 0) host.leave(this, definition);
  }

  /** Whether workers may have nothing to do: then a chunk that is not full is better than none. */
  get #isHungry(): boolean {
    return this.#tasks.size < this.#plan.host.size;
  }

  async #readLater(step: Promise<Step>): Promise<void> {
    this.#take(await step); // Errors of the input come as a step.
    this.#isReading = false;
    if (!this.#isOver) this.#read();
    this.#notify();
  }

  #take(step: Step): void {
    if (this.#inputEnded) return; // Aborted while the input was being read.
    if (step.kind === 'item') {
      this.#batch.push(step.value);
      if (this.#batch.length >= this.#plan.chunkSize.current) this.#flush();
      return;
    }
    this.#inputEnded = true;
    if (step.kind === 'error') this.#failure = { kind: 'error', error: step.error };
    // As in Python, items of the chunk that the error cut off are not run.
    if (step.kind === 'error') this.#batch = [];
    this.#notify();
  }

  #flush(): void {
    if (this.#batch.length === 0 || this.#isOver) return;
    const items = this.#batch;
    this.#batch = [];
    const from = this.#nextIn;
    this.#nextIn += items.length;
    this.#submit(from, items, this.#plan.retries);
  }

  #submit(from: number, items: readonly unknown[], retries: number): void {
    const { host, site } = this.#plan;
    const task = new Task(this.#taskPlan, from, items.length, retries);
    task.attempt += this.#plan.retries - retries;
    task.site = site;
    task.attempt = this.#plan.retries - retries + 1;
    this.#tasks.set(task, items);
    try {
      host.submit(task, items);
    } catch (error) {
      this.#tasks.delete(task);
      if (items.length === 1) this.fail(from, error);
      // One of them cannot be sent: the others of the chunk are not to blame.
      else for (const [i, item] of items.entries()) this.#submit(from + i, [item], retries);
    }
  }
}
