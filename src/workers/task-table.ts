import { LimitError } from '../base/errors.ts';
import type { Task } from './task.ts';

/** Room for all cells, one running task for each worker, and calls to every worker by dozens of broadcasts. */
const INDEX_BITS = 16;
const INDEX_MASK = (1 << INDEX_BITS) - 1;
const GENERATIONS = (1 << 14) - 1;

/** Tasks that are in shared memory or running, by number. A number comes again only after 16,000 uses of its place. */
export class TaskTable {
  readonly #tasks: (Task | undefined)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];

  /** Gives the task a number, never 0. */
  add(task: Task): number {
    const index = this.#free.pop() ?? this.#grow();
    this.#tasks[index] = task;
    const generation = ((this.#generations[index] ?? 0) % GENERATIONS) + 1;
    this.#generations[index] = generation;
    return (generation << INDEX_BITS) | index;
  }

  /** The task of that number, if it has not ended. */
  get(id: number): Task | undefined {
    const task = this.#tasks[id & INDEX_MASK];
    return task?.id === id ? task : undefined;
  }

  delete(id: number): void {
    const index = id & INDEX_MASK;
    this.#tasks[index] = undefined;
    this.#free.push(index);
  }

  *values(): Generator<Task> {
    for (const task of this.#tasks) if (task) yield task;
  }

  #grow(): number {
    if (this.#tasks.length > INDEX_MASK) throw tooMany();
    this.#tasks.push(undefined);
    this.#generations.push(0);
    return this.#tasks.length - 1;
  }
}

function tooMany(): LimitError {
  return new LimitError(
    `Pool: expected at most ${INDEX_MASK + 1} tasks to be in shared memory, running, or for single workers; await some broadcasts before the next`,
  );
}
