import type { AnyFunction } from '../base/types.ts';
import type { Dispatcher } from './dispatcher.ts';
import * as protocol from './protocol.ts';
import type { TaskBooks } from './task-books.ts';
import { PLACED, type Task } from './task.ts';
import type { Vacancy } from './vacancies.ts';
import { Worker } from './worker.ts';

/** Calls that only one worker may make: they go through its channel instead of the ring of tasks. */
export class DirectCalls {
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;
  /** Those for a worker that is still to be started, as one more or in place of one that left. */
  readonly #unsent = new Set<Task>();

  constructor(dispatcher: Dispatcher, books: TaskBooks) {
    this.#dispatcher = dispatcher;
    this.#books = books;
  }

  /** @throws NotSendableError when function or arguments cannot cross; an error of the system when there is no room for them. */
  submit(to: Worker | Vacancy, task: Task, [fn, args]: readonly [AnyFunction, readonly unknown[]]): void {
    const message = task.carried ? [fn, args, task.carried] : [fn, args];
    task.payload = this.#dispatcher.pack(task, message, `arguments of ${fn.name}`);
    task.id = this.#dispatcher.table.add(task);
    task.state = PLACED;
    this.#books.enter(task);
    if (!(to instanceof Worker)) {
      to.calls.push(task);
      this.#unsent.add(task);
      return;
    }
    try {
      this.#send(to, task);
    } catch (error) {
      this.#books.finish(task, 'failed', error);
      throw error;
    }
  }

  /** Their worker is gone and will be replaced. */
  orphan(tasks: readonly Task[]): readonly Task[] {
    for (const task of tasks) this.#unsent.add(task);
    return tasks;
  }

  /** Their worker was started. */
  adopt(worker: Worker, tasks: readonly Task[]): void {
    for (const task of tasks) {
      // Nobody wants it any more.
      if (!this.#unsent.delete(task)) continue;
      try {
        this.#send(worker, task);
      } catch (error) {
        this.#books.fail(task, error);
      }
    }
  }

  /** Their worker could not be started. */
  refuse(tasks: readonly Task[], error: unknown): void {
    for (const task of tasks) if (this.#unsent.delete(task)) this.#books.fail(task, error);
  }

  /** Takes one back whose worker was not started yet. @returns Whether it was such a one. */
  withdraw(task: Task, error: unknown): boolean {
    if (!this.#unsent.delete(task)) return false;
    this.#books.finish(task, 'cancelled', error);
    return true;
  }

  /** There will be no worker for them: those whom nobody has leave the books. */
  clear(): void {
    const tasks = [...this.#unsent];
    this.#unsent.clear();
    for (const task of tasks) this.#books.finish(task, 'cancelled');
  }

  #send(worker: Worker, task: Task): void {
    worker.process.channel.send(protocol.CALL, task.id, task.payload ?? protocol.NOTHING);
    worker.calls.add(task.id);
  }
}
