import { Parker } from '../shared-memory/parker.ts';
import type { Announcer } from './diagnostics.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { TaskOutcome } from './events.ts';
import { ENDED, type Job, PLACED, type Task } from './task.ts';

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
  readonly announcer: Announcer;
  readonly #dispatcher: Dispatcher;
  readonly #events: BooksEvents;
  readonly #parker = Parker.current();
  #outstanding = 0;
  #chunks = 0;
  #ticker: NodeJS.Timeout | undefined;

  constructor(dispatcher: Dispatcher, announcer: Announcer, events: BooksEvents) {
    this.announcer = announcer;
    this.#dispatcher = dispatcher;
    this.#events = events;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  enter(task: Task): void {
    if (this.#outstanding++ === 0) this.#parker.hold();
    task.definition.users++;
    this.announcer.taskSubmitted(task);
    if (task.isWatched && this.#chunks++ === 0) this.#ticker = setInterval(() => this.#events.tick(), TICK_MS);
  }

  /** Takes a task out of the books. */
  finish(task: Task, outcome: TaskOutcome, error?: unknown): void {
    // The end of one that was given up was told then.
    if (!task.isAbandoned) this.announcer.taskEnded(task, outcome, error);
    if (task.state === PLACED) this.#dispatcher.table.delete(task.id);
    task.state = ENDED;
    task.payload = undefined;
    task.constants = undefined;
    task.cellPayload = undefined;
    task.numbers?.list.drop();
    task.numbers = undefined;
    task.blocks = [];
    task.keep?.end();
    task.keep = undefined;
    task.release?.();
    task.release = undefined;
    this.#dispatcher.definitions.release(task.definition);
    if (task.isWatched && --this.#chunks === 0) clearInterval(this.#ticker);
    if (--this.#outstanding > 0) return;
    this.#parker.release();
    this.#events.empty();
  }

  /** Ends all that wait and gives up all that run. @returns The jobs whose tasks they were: they were told nothing yet. */
  cancelAll(error: unknown): Set<Job> {
    const jobs = new Set<Job>();
    for (const task of this.#dispatcher.clear()) {
      jobs.add(task.job);
      task.freeBlocks();
      this.finish(task, 'cancelled', error);
    }
    // The others run: their workers end soon, and then they are taken out of the books.
    for (const task of this.#dispatcher.table.values()) {
      if (task.isAbandoned) continue;
      jobs.add(task.job);
      this.giveUp(task, error);
    }
    return jobs;
  }

  /** No worker is left: what was given up while a worker had it that ended before it began, waits again, and ends here. */
  forget(): void {
    for (const task of this.#dispatcher.clear()) {
      task.freeBlocks();
      this.finish(task, 'cancelled');
    }
  }

  /** Nobody wants what becomes of a running task any more; it stays in the books until its worker is done with it. */
  giveUp(task: Task, error: unknown): void {
    this.announcer.taskEnded(task, 'cancelled', error);
    task.abandon();
  }

  /** Ends a task none of whose remaining items will run. */
  fail(task: Task, error: unknown): void {
    const { job, received } = task;
    this.finish(task, 'failed', error);
    for (let index = task.firstItem + received; index < task.endItem; index++) job.fail(index, error);
    job.ended(task, received, NaN);
  }
}
