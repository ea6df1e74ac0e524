import type { AnyFunction } from '../base/types.ts';
import type { Dispatcher } from './dispatcher.ts';
import * as protocol from './protocol.ts';
import type { TaskBooks } from './task-books.ts';
import { PLACED, type Task } from './task.ts';
import type { Worker } from './worker.ts';

/** Calls that only one worker may make: they go through its channel instead of the ring of tasks. */
export class DirectCalls {
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;
  /** Those for a worker that left before it came to them: they are for its successor. */
  readonly #orphans: Task[] = [];

  constructor(dispatcher: Dispatcher, books: TaskBooks) {
    this.#dispatcher = dispatcher;
    this.#books = books;
  }

  /** @throws NotSendableError when function or arguments cannot cross; an error of the system when there is no room for them. */
  submit(worker: Worker, task: Task, [fn, args]: readonly [AnyFunction, readonly unknown[]]): void {
    const message = task.carried ? [fn, args, task.carried] : [fn, args];
    task.payload = this.#dispatcher.pack(task, message, `arguments of ${fn.name}`);
    task.id = this.#dispatcher.table.add(task);
    task.state = PLACED;
    this.#books.enter(task);
    try {
      this.#send(worker, task);
    } catch (error) {
      this.#books.finish(task, 'failed', error);
      throw error;
    }
  }

  /** Their worker is gone and will be replaced. */
  orphan(tasks: readonly Task[]): void {
    this.#orphans.push(...tasks);
  }

  /** A successor was started. */
  adopt(worker: Worker): void {
    for (const task of this.#orphans.splice(0)) {
      try {
        this.#send(worker, task);
      } catch (error) {
        this.#books.fail(task, error);
      }
    }
  }

  /** There will be no successor: those whom nobody has leave the books. */
  clear(): void {
    for (const task of this.#orphans.splice(0)) this.#books.finish(task, 'cancelled');
  }

  #send(worker: Worker, task: Task): void {
    worker.process.channel.send(protocol.CALL, task.id, task.payload ?? protocol.NOTHING);
    worker.calls.add(task.id);
  }
}
