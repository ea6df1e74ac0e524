import type { Dispatcher } from './dispatcher.ts';
import type { ItemValues } from './item-values.ts';
import * as protocol from './protocol.ts';
import { remoteError } from './remote.ts';
import { Unreadable } from './reply-reader.ts';
import type { TaskBooks } from './task-books.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

/** Gives what workers say about tasks to the jobs that wait for it. What it says about a task that has ended is nobody's. */
export class Replies {
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;

  constructor(dispatcher: Dispatcher, books: TaskBooks) {
    this.#dispatcher = dispatcher;
    this.#books = books;
  }

  /** Results of items of a chunk that came together. */
  numbers(id: number, index: number, values: ItemValues, at: number, count: number): void {
    const task = this.#dispatcher.table.get(id);
    if (!task) return;
    // Some of them may have been taken while the record was being filled. And a record that is being filled may be behind
    // others that were not read yet: then it will come again.
    const known = task.received - index;
    if (known < 0 || known >= count) return;
    task.received = index + count;
    const { job } = task;
    const first = task.firstItem + index;
    if (job.succeedMany) job.succeedMany(first + known, values, at + known, count - known);
    else for (let i = known; i < count; i++) job.succeed(first + i, values.at(at + i));
  }

  take(worker: Worker, kind: number, id: number, index: number, value: unknown): void {
    const task = this.#dispatcher.table.get(id);
    if (!task) return;
    const { job } = task;
    switch (kind) {
      case protocol.RESULT:
      case protocol.FAILURE:
        worker.calls.delete(task.id);
        this.#ended(worker, task, value, kind === protocol.FAILURE);
        job.ended(task, 1, NaN);
        return;
      case protocol.ITEM_RESULT:
      case protocol.ITEM_FAILURE:
        task.received = index + 1;
        this.#tell(worker, task, index, value, kind === protocol.ITEM_FAILURE);
        return;
      case protocol.CHUNK_DONE:
      case protocol.CHUNK_CUT:
        this.#chunkEnded(task, Number(value));
        return;
      case protocol.CHUNK_FAILURE:
        this.#books.fail(task, remoteError(value, worker, task));
        return;
      case protocol.STARTED:
        this.#books.announcer.taskStarted(task, worker);
        return;
      default:
        this.#report(task, task.firstItem + index, value instanceof Unreadable ? value.error : value);
    }
  }

  /** A call has ended. */
  #ended(worker: Worker, task: Task, value: unknown, failed: boolean): void {
    if (!failed && !(value instanceof Unreadable)) {
      this.#books.finish(task, 'done');
      task.job.succeed(task.firstItem, value);
      return;
    }
    const error = remoteError(value, worker, task, task.firstItem);
    this.#books.finish(task, 'failed', error);
    task.job.fail(task.firstItem, error);
  }

  #report(task: Task, index: number, value: unknown): void {
    this.#books.announcer.taskProgress(task, index, value);
    task.job.report?.(index, value);
  }

  #tell(worker: Worker, task: Task, index: number, value: unknown, failed: boolean): void {
    const { job, firstItem } = task;
    const item = firstItem + index;
    if (failed || value instanceof Unreadable) job.fail(item, remoteError(value, worker, task, item));
    else job.succeed(item, value);
  }

  #chunkEnded(task: Task, milliseconds: number): void {
    const { job, received } = task;
    this.#books.finish(task, 'done');
    if (received < task.itemCount) job.again?.(task, task.firstItem + received, task.endItem, task.retries);
    job.ended(task, received, milliseconds);
  }
}
