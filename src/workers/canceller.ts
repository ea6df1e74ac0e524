import { constants } from 'node:os';
import type { Dispatcher } from './dispatcher.ts';
import { CANCELLED, RUNNING } from './memory.ts';
import { CANCEL, NOTHING } from './protocol.ts';
import type { TaskBooks } from './task-books.ts';
import { ENDED, PLACED, type Task, WAITING } from './task.ts';
import type { Timers } from './timers.ts';
import type { Worker } from './worker.ts';

export interface CancellerOptions {
  readonly workers: () => Iterable<Worker>;
  readonly timers: Timers;
  /** Milliseconds that a task has to heed its signal before its worker is killed. */
  readonly killGrace: number;
}

/** Takes tasks away from where they are. */
export class Canceller {
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;
  readonly #options: CancellerOptions;

  constructor(dispatcher: Dispatcher, books: TaskBooks, options: CancellerOptions) {
    this.#dispatcher = dispatcher;
    this.#books = books;
    this.#options = options;
  }

  /** Takes a task from its job: one that waits never runs, another one is told to stop and killed if it does not. */
  giveUp(task: Task, error: unknown): void {
    if (task.isAbandoned || this.withdraw(task, error)) return;
    this.#books.giveUp(task, error);
    const worker = this.#runnerOf(task);
    if (worker) {
      const { memory } = this.#dispatcher;
      Atomics.store(memory.words, memory.slot(worker.slot) + CANCELLED, task.id);
      worker.process.channel.send(CANCEL, task.id, NOTHING);
    }
    this.#killLater(task);
  }

  /** A worker that does not heed the signal is killed; but not while it runs something else and has this task still before it. */
  #killLater(task: Task): void {
    const { timers, killGrace } = this.#options;
    task.release = timers.after(killGrace, () => {
      if (this.#dispatcher.table.get(task.id) !== task) return;
      const worker = this.#runnerOf(task);
      if (worker && this.#hasBegun(worker, task)) worker.process.kill(constants.signals.SIGKILL);
      else this.#killLater(task);
    });
  }

  #hasBegun(worker: Worker, task: Task): boolean {
    if (!worker.calls.has(task.id)) return true;
    const { memory } = this.#dispatcher;
    return Atomics.load(memory.words, memory.slot(worker.slot) + RUNNING) === task.id;
  }

  /** Takes a task back that no worker has begun. @returns Whether that worked. */
  withdraw(task: Task, error?: unknown): boolean {
    if (task.state === ENDED) return false;
    if (task.state !== WAITING && !this.#dispatcher.takeBack(task)) return false;
    task.freeBlocks();
    this.#books.finish(task, 'cancelled', error);
    return true;
  }

  /** Whether a worker has begun with it. */
  isRunning(task: Task): boolean {
    return task.state === PLACED && this.#runnerOf(task) !== undefined;
  }

  #runnerOf(task: Task): Worker | undefined {
    const { memory } = this.#dispatcher;
    const claimant = this.#dispatcher.claimantOf(task);
    for (const worker of this.#options.workers()) {
      if (worker.slot === claimant || worker.calls.has(task.id)) return worker;
      if (Atomics.load(memory.words, memory.slot(worker.slot) + RUNNING) === task.id) return worker;
    }
    return undefined;
  }
}
