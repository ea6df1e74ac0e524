import { ENDED, type Task } from './task.ts';

/** Tasks that wait in the host, highest priority first, oldest first among equals. Cancelled ones are passed over. */
export class Backlog {
  /** Queues by priority, highest first; one in almost every program. */
  readonly #queues: Queue[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(task: Task): void {
    this.#queueFor(task.priority).tasks.push(task);
    this.#size++;
  }

  /** Puts a task back that is older than all that wait at its priority. */
  unshift(task: Task): void {
    const queue = this.#queueFor(task.priority);
    if (queue.first > 0) queue.tasks[--queue.first] = task;
    else queue.tasks.unshift(task);
    this.#size++;
  }

  /** Takes the next task. */
  shift(): Task | undefined {
    for (const queue of this.#queues) {
      const task = this.#front(queue);
      if (!task) continue;
      advance(queue);
      this.#size--;
      return task;
    }
    return undefined;
  }

  /** Takes all. */
  clear(): Task[] {
    const tasks: Task[] = [];
    for (let task = this.shift(); task; task = this.shift()) tasks.push(task);
    return tasks;
  }

  #front(queue: Queue): Task | undefined {
    for (;;) {
      const task = queue.tasks[queue.first];
      if (task?.state !== ENDED) return task;
      advance(queue);
      this.#size--;
    }
  }

  #queueFor(priority: number): Queue {
    const [first] = this.#queues;
    if (first?.priority === priority) return first;
    const known = this.#queues.find((queue) => queue.priority === priority);
    if (known) return known;
    const made: Queue = { priority, tasks: [], first: 0 };
    this.#queues.push(made);
    this.#queues.sort((a, b) => b.priority - a.priority);
    return made;
  }
}

interface Queue {
  readonly priority: number;
  tasks: (Task | undefined)[];
  /** Index of the oldest task that waits; what is before it is gone. */
  first: number;
}

/** How far the front may move before the array is cut: rarely enough to cost nothing. */
const CUT = 1024;

function advance(queue: Queue): void {
  queue.tasks[queue.first++] = undefined;
  if (queue.first < CUT || queue.first * 2 < queue.tasks.length) return;
  queue.tasks = queue.tasks.slice(queue.first);
  queue.first = 0;
}
