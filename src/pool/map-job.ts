import { CancelledError } from '../base/errors.ts';
import type { Definition } from '../workers/definitions.ts';
import type { WorkerHost } from '../workers/host.ts';
import { type Job, Task } from '../workers/task.ts';
import type { Mode } from '../workers/task-ring.ts';
import type { Settler } from './async-result.ts';
import type { ChunkSize } from './chunk-size.ts';

/** Chunks that are handed out ahead for each worker, so that none waits for the host. */
const AHEAD = 3;

export interface MapPlan {
  readonly host: WorkerHost;
  readonly definition: Definition;
  readonly mode: Mode;
  readonly items: readonly unknown[];
  readonly chunkSize: ChunkSize;
  readonly priority: number;
  readonly retries: number;
  /** Collect `PromiseSettledResult`s instead of failing. */
  readonly settles: boolean;
  /** Fail at the first error and cancel the rest. */
  readonly failFast: boolean;
  /** Called for each item that has ended. */
  readonly onItem?: ((failed: boolean) => void) | undefined;
}

/** A call for each item of a list; all results together. */
export class MapJob implements Job {
  readonly #plan: MapPlan;
  readonly #settler: Settler<unknown[]>;
  readonly #results: unknown[];
  readonly #tasks = new Set<Task>();
  #next = 0;
  #open: number;
  #firstFailure = Infinity;
  #error: unknown;
  #isOver = false;

  constructor(plan: MapPlan, settler: Settler<unknown[]>) {
    this.#plan = plan;
    this.#settler = settler;
    this.#open = plan.items.length;
    this.#results = Array.from({ length: plan.items.length });
  }

  /** @throws NotSendableError when one of the first items cannot cross; nothing runs then. */
  start(): void {
    // A definition that nobody uses may be forgotten: this job uses it until its end.
    this.#plan.definition.users++;
    this.#handOut();
    if (this.#open === 0) this.#end();
  }

  succeed(index: number, value: unknown): void {
    this.#results[index] = this.#plan.settles ? { status: 'fulfilled', value } : value;
    this.#itemEnded(false);
  }

  fail(index: number, error: unknown): void {
    if (this.#plan.settles) this.#results[index] = { status: 'rejected', reason: error };
    else if (index < this.#firstFailure) {
      this.#firstFailure = index;
      this.#error = error;
    }
    this.#itemEnded(true);
    if (this.#plan.failFast && !this.#isOver && !this.#plan.settles) this.cancel(error);
  }

  again(_task: Task, from: number, to: number, retries: number): void {
    if (this.#isOver || from >= to) return;
    this.#submit(from, to, retries);
  }

  ended(task: Task, milliseconds: number): void {
    this.#tasks.delete(task);
    this.#plan.chunkSize.measured(task.itemCount, milliseconds);
    if (!this.#isOver) this.#handOut();
  }

  /** Ends the whole job with `reason`. @returns Whether it was still going on. */
  cancel(reason: unknown): boolean {
    if (this.#isOver) return false;
    this.#error = reason ?? new CancelledError('map: it was cancelled before it had all results');
    this.#firstFailure = -1;
    this.#end();
    for (const task of this.#tasks) this.#plan.host.cancel(task, reason);
    return true;
  }

  #handOut(): void {
    const { host, items, chunkSize, retries } = this.#plan;
    const most = Math.max(1, host.size) * AHEAD;
    while (this.#next < items.length && this.#tasks.size < most && !this.#isOver) {
      const from = this.#next;
      this.#next += chunkSize.next(items.length - from, Math.max(1, host.size));
      this.#submit(from, this.#next, retries);
    }
  }

  #submit(from: number, to: number, retries: number): void {
    const { host, definition, mode, items, priority } = this.#plan;
    const task = new Task(this, definition, mode, from, to - from, priority, retries);
    this.#tasks.add(task);
    try {
      host.submit(task, from === 0 && to === items.length ? items : items.slice(from, to));
    } catch (error) {
      // An item that cannot be sent fails the whole job, as it does in Python.
      this.#tasks.delete(task);
      this.cancel(error);
    }
  }

  #itemEnded(failed: boolean): void {
    this.#plan.onItem?.(failed);
    if (--this.#open === 0 && !this.#isOver) this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#plan.host.release(this.#plan.definition);
    if (this.#firstFailure === Infinity) this.#settler.succeed(this.#results);
    else this.#settler.fail(this.#error);
  }
}
