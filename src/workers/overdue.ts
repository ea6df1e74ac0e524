import { TimeoutError } from '../base/errors.ts';
import type { Canceller } from './canceller.ts';
import type { Dispatcher } from './dispatcher.ts';
import { ITEM, LOADING, RUNNING } from './memory.ts';
import { APPLY } from './modes.ts';
import { nameItem, type Task } from './task.ts';
import type { Worker } from './worker.ts';

/** A worker may take so long to import what a task needs, whatever the time-out: that is no fault of the task's. */
const LOADING_MS = 10_000;

/** A call, and since when it was seen running. */
interface Sight {
  readonly task: Task;
  readonly item: number;
  readonly sinceMs: number;
}

/** Ends calls that run longer than they may, by looking now and then at what each worker runs. */
export class Overdue {
  readonly #dispatcher: Dispatcher;
  readonly #canceller: Canceller;
  readonly #workers: () => Iterable<Worker>;
  readonly #seen = new WeakMap<Worker, Sight>();

  constructor(dispatcher: Dispatcher, canceller: Canceller, workers: () => Iterable<Worker>) {
    this.#dispatcher = dispatcher;
    this.#canceller = canceller;
    this.#workers = workers;
  }

  look(): void {
    const { memory, table } = this.#dispatcher;
    for (const worker of this.#workers()) {
      const slot = memory.slot(worker.slot);
      const task = table.get(Atomics.load(memory.words, slot + RUNNING));
      if (task?.timeout === undefined || task.isAbandoned) continue;
      const item = Atomics.load(memory.words, slot + ITEM);
      const sight = this.#seen.get(worker);
      if (sight?.task !== task || sight.item !== item)
        this.#seen.set(worker, { task, item, sinceMs: performance.now() });
      else if (performance.now() - sight.sinceMs > allowed(task.timeout, item)) this.#end(task, item);
    }
  }

  #end(task: Task, item: number): void {
    const { job, received, timeout, definition } = task;
    // Its result is on the way.
    if (task.mode !== APPLY && item >= 0 && item < received) return;
    const next = task.firstItem + received;
    const named = nameItem(task, next);
    const on = named ? ` on item ${named.index} (${named.input})` : '';
    const error = new TimeoutError(
      `${definition.name} ran longer than ${timeout} ms${on}; its worker is stopped if it does not heed its signal`,
    );
    this.#canceller.giveUp(task, error);
    job.fail(next, error);
    job.again?.(task, next + 1, task.endItem, task.retries);
    job.ended(task, received, NaN);
  }
}

function allowed(timeout: number, item: number): number {
  return item === LOADING ? Math.max(timeout, LOADING_MS) : timeout;
}
