import type { Dispatcher } from './dispatcher.ts';
import { lostError } from './lost.ts';
import { ITEM, SLOT_WORDS } from './memory.ts';
import { APPLY } from './modes.ts';
import type { TaskBooks } from './task-books.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

/** Finds out what a dead worker had, and says what becomes of it: only the call that it was making is lost. */
export class Casualties {
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;
  readonly #pool: string;

  constructor(dispatcher: Dispatcher, books: TaskBooks, pool: string) {
    this.#dispatcher = dispatcher;
    this.#books = books;
    this.#pool = pool;
  }

  /**
   * Clears the place of a worker all of whose messages were read.
   *
   * @param isReplaced Whether another worker will take its place.
   * @returns Calls that were for this worker only, which its successor should make.
   */
  take(worker: Worker, isReplaced: boolean): Task[] {
    const { memory, table } = this.#dispatcher;
    const slot = memory.slot(worker.slot);
    const { running, calls, worked } = memory.look(worker.slot);
    const item = Atomics.load(memory.words, slot + ITEM);
    worker.callsDone = calls;
    worker.worked = worked;
    memory.takeIdleMark(worker.slot);
    this.#dispatcher.releaseClaims(worker.slot, running);
    const task = table.get(running);
    worker.calls.delete(running);
    worker.hasLostTask = task !== undefined;
    if (task) this.#lose(task, worker, item);
    // The next worker in this place begins with zeros.
    memory.words.fill(0, slot, slot + SLOT_WORDS);
    return this.#calls(worker, isReplaced);
  }

  #calls(worker: Worker, isReplaced: boolean): Task[] {
    const waiting = [...worker.calls].flatMap((id) => this.#dispatcher.table.get(id) ?? []);
    worker.calls.clear();
    // They had not begun, so nothing of them is lost.
    if (isReplaced) return waiting;
    for (const task of waiting) this.#lose(task, worker, 0);
    return [];
  }

  /** `task` was with a worker that died, which had last begun that item of its chunk. */
  #lose(task: Task, worker: Worker, item: number): void {
    const { job, received } = task;
    if (task.mode === APPLY) {
      if (task.retries > 0) return this.#runAgain(task, worker);
      const error = lostError(this.#pool, worker, task, task.firstItem);
      this.#books.finish(task, 'lost', error);
      job.fail(task.firstItem, error);
      job.ended(task, 0, NaN);
      return;
    }
    const next = task.firstItem + received;
    // Killed between two items, it has lost none.
    const wasLost = (item < 0 || item >= received) && received < task.itemCount;
    const error = wasLost ? lostError(this.#pool, worker, task, next) : undefined;
    if (wasLost && task.retries > 0) this.#books.announcer.taskRetried(task, worker);
    this.#books.finish(task, 'lost', error);
    if (wasLost && task.retries > 0) job.again?.(task, next, next + 1, task.retries - 1);
    else if (wasLost) job.fail(next, error);
    job.again?.(task, wasLost ? next + 1 : next, task.endItem, task.retries);
    job.ended(task, received, NaN);
  }

  #runAgain(task: Task, worker: Worker): void {
    this.#books.announcer.taskRetried(task, worker);
    this.#dispatcher.table.delete(task.id);
    task.runAgain();
    this.#dispatcher.queueFirst(task);
  }
}
