import { CancelledError } from '../base/errors.ts';
import type { Definition } from '../workers/definitions.ts';
import type { WorkerHost } from '../workers/host.ts';
import { type Job, Task } from '../workers/task.ts';
import { MAP } from '../workers/task-ring.ts';
import type { ChunkSize } from './chunk-size.ts';

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
  readonly onItem?: ((failed: boolean) => void) | undefined;
}

/** What the consumer gets next: a result, an error in its place, or the end. */
export type Delivery =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }
  | { readonly kind: 'end' };

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
  readonly #input: Input;
  readonly #tasks = new Set<Task>();
  /** Ordered: by index. Unordered: in order of arrival. */
  readonly #ready = new Map<number, Delivery>();
  /** Items of chunks under way, for those that must run again. */
  readonly #items = new Map<number, unknown>();
  #batch: unknown[] = [];
  #nextIn = 0;
  #nextOut = 0;
  #arrived = 0;
  #inputEnded = false;
  #isReading = false;
  #failure: Delivery | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(plan: StreamPlan, input: Iterable<unknown> | AsyncIterable<unknown>) {
    this.#plan = plan;
    this.#input = openInput(input);
    plan.definition.users++;
  }

  /** Starts reading; errors of the input are delivered, not thrown. */
  start(): void {
    this.#read();
  }

  succeed(index: number, value: unknown): void {
    this.#arrive(index, this.#plan.settles ? settled({ status: 'fulfilled', value }) : { kind: 'value', value }, false);
  }

  fail(index: number, error: unknown): void {
    this.#arrive(index, this.#plan.settles ? settled({ status: 'rejected', reason: error }) : { kind: 'error', error }, true);
  }

  again(_task: Task, from: number, to: number, retries: number): void {
    if (this.#isOver || from >= to) return;
    const items: unknown[] = [];
    for (let i = from; i < to; i++) items.push(this.#items.get(i));
    this.#submit(from, items, retries);
  }

  ended(task: Task, milliseconds: number): void {
    this.#tasks.delete(task);
    this.#plan.chunkSize.measured(task.itemCount, milliseconds);
    // Reading runs the user's iterator, so not inside of the poll that brought this news.
    queueMicrotask(() => this.#read());
  }

  /** The next delivery if there is one. Reads the input as far as that makes room. */
  take(): Delivery | undefined {
    if (this.#isOver) return END;
    this.#read();
    const key = this.#plan.isOrdered ? this.#nextOut : firstKey(this.#ready);
    const delivery = this.#ready.get(key);
    if (delivery) {
      this.#ready.delete(key);
      this.#nextOut++;
      this.#read();
      return delivery;
    }
    if (!this.#inputEnded || this.#nextOut < this.#nextIn || this.#batch.length > 0) return undefined;
    const failure = this.#failure;
    this.stop();
    return failure ?? END;
  }

  /** Calls `wake` once when {@link take} may have something. */
  whenReady(wake: () => void): void {
    this.#wake = wake;
  }

  /** The consumer wants no more: what waits is cancelled, the input is closed. */
  stop(reason: unknown = new CancelledError('imap: the consumer left before the end')): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const task of this.#tasks) this.#plan.host.cancel(task, reason);
    this.#input.close();
    this.#ready.clear();
    this.#items.clear();
    this.#plan.host.release(this.#plan.definition);
    this.#notify();
  }

  #arrive(index: number, delivery: Delivery, failed: boolean): void {
    if (this.#isOver) return;
    this.#items.delete(index);
    this.#ready.set(this.#plan.isOrdered ? index : this.#arrived++, delivery);
    this.#plan.onItem?.(failed);
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
    if (this.#isReading || this.#isOver) return;
    this.#isReading = true;
    while (!this.#inputEnded && !this.#isOver && this.#room > 0) {
      const step = this.#input.next();
      if (step instanceof Promise) {
        this.#flush();
        void this.#readLater(step);
        return;
      }
      this.#take(step);
    }
    this.#isReading = false;
    if (this.#inputEnded || this.#room <= 0) this.#flush();
  }

  async #readLater(step: Promise<Step>): Promise<void> {
    this.#take(await step); // Errors of the input come as a step.
    this.#isReading = false;
    if (!this.#isOver) this.#read();
    this.#notify();
  }

  #take(step: Step): void {
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

  #submit(from: number, items: unknown[], retries: number): void {
    const { host, definition, priority } = this.#plan;
    items.forEach((item, i) => this.#items.set(from + i, item));
    const task = new Task(this, definition, MAP, from, items.length, priority, retries);
    this.#tasks.add(task);
    try {
      host.submit(task, items);
    } catch (error) {
      this.#tasks.delete(task);
      items.forEach((_, i) => this.fail(from + i, error));
    }
  }
}

function settled(result: PromiseSettledResult<unknown>): Delivery {
  return { kind: 'value', value: result };
}

function firstKey(map: Map<number, unknown>): number {
  for (const key of map.keys()) return key;
  return -1;
}

type Step =
  | { readonly kind: 'item'; readonly value: unknown }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: unknown };

/** A sync or async input whose errors are steps. */
interface Input {
  next(): Step | Promise<Step>;
  close(): void;
}

function openInput(input: Iterable<unknown> | AsyncIterable<unknown>): Input {
  return Symbol.asyncIterator in input ? openAsync(input) : openSync(input);
}

function openSync(input: Iterable<unknown>): Input {
  let iterator: Iterator<unknown> | undefined;
  const next = (): Step => {
    try {
      iterator ??= input[Symbol.iterator]();
      const { done, value } = iterator.next();
      return done ? { kind: 'end' } : { kind: 'item', value };
    } catch (error) {
      return { kind: 'error', error };
    }
  };
  return { next, close: () => void iterator?.return?.() };
}

function openAsync(input: AsyncIterable<unknown>): Input {
  let iterator: AsyncIterator<unknown> | undefined;
  const next = async (): Promise<Step> => {
    try {
      iterator ??= input[Symbol.asyncIterator]();
      const { done, value } = await iterator.next();
      return done ? { kind: 'end' } : { kind: 'item', value };
    } catch (error) {
      return { kind: 'error', error };
    }
  };
  // A generator that still waits for its own input ends when that comes; nobody waits for it.
  return { next, close: () => void iterator?.return?.().catch(() => {}) };
}
