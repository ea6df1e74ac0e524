import { Parker } from '../shared-memory/parker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { ENDED, PLACED, type Task } from './task.ts';

/** Workers do not wake the host for each item of a chunk: it looks by itself so often while chunks are under way. */
const TICK_MS = 4;

export interface BooksEvents {
  /** The last task that was under way has ended. */
  empty(): void;
  /** Chunks are under way: look what is there of them. */
  tick(): void;
}

/** Counts the tasks that are under way; they keep the program alive. */
export class TaskBooks {
  readonly #dispatcher: Dispatcher;
  readonly #events: BooksEvents;
  readonly #parker = Parker.current();
  #outstanding = 0;
  #chunks = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(dispatcher: Dispatcher, events: BooksEvents) {
    this.#dispatcher = dispatcher;
    this.#events = events;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  enter(task: Task): void {
    if (this.#outstanding++ === 0) this.#parker.hold();
    task.definition.users++;
    if (task.isWatched && this.#chunks++ === 0) this.#ticker = setInterval(() => this.#events.tick(), TICK_MS);
  }

  /** Takes a task out of the books. */
  finish(task: Task): void {
    if (task.state === PLACED) this.#dispatcher.table.delete(task.id);
    task.state = ENDED;
    task.payload = undefined;
    task.constants = undefined;
    task.cellPayload = undefined;
    task.blocks = [];
    task.release?.();
    task.release = undefined;
    this.#dispatcher.definitions.release(task.definition);
    if (task.isWatched && --this.#chunks === 0) clearInterval(this.#ticker);
    if (--this.#outstanding > 0) return;
    this.#parker.release();
    this.#events.empty();
  }

  /** Ends a task none of whose remaining items will run. */
  fail(task: Task, error: unknown): void {
    const { job, received } = task;
    this.finish(task);
    for (let index = task.firstItem + received; index < task.endItem; index++) job.fail(index, error);
    job.ended(task, received, NaN);
  }
}
