import type { WorkerSight } from './memory.ts';
import type { SlowCall } from './stopwatch.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

/** What one worker has done with its time; all times are milliseconds. */
export interface WorkerInsights {
  readonly id: number;
  readonly pid: number;
  /** Calls that it has made. */
  readonly calls: number;
  /** From its start until it ran the initializer: Node, the library, the modules. */
  readonly startup: number;
  /** In the initializer. */
  readonly initializer: number;
  /** Ready, and in no call: nothing was there for it, or it imported modules, read and wrote messages. */
  readonly waiting: number;
  /** In calls that have ended. */
  readonly working: number;
  /** From the moment when it was to end until it was gone. */
  readonly exit: number;
}

/** A call that took long. */
export interface SlowTask {
  /** Name of the function. */
  readonly name: string;
  /** Its arguments (of a map: the item), as text of at most some 200 characters. */
  readonly args: string;
  readonly milliseconds: number;
  /** Number of the task in its pool, and the index of the item in its map (0 for single calls). */
  readonly task: number;
  readonly index: number;
  readonly workerId: number;
}

/** Ended workers that are listed one by one; older ones are in the totals only. */
const LISTED = 256;

type Times = Omit<WorkerInsights, 'id' | 'pid'>;

/** Collects what workers do with their time. */
export class InsightsBook {
  readonly #most: number;
  readonly #slowest: SlowTask[] = [];
  readonly #ended: WorkerInsights[] = [];
  #endedWorkers = 0;
  #total: Times = { calls: 0, startup: 0, initializer: 0, waiting: 0, working: 0, exit: 0 };

  /** @param most How many of the slowest calls are kept. */
  constructor(most: number) {
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  /** A worker says that a call was among its slowest. */
  slow(worker: Worker, task: Task | undefined, [index, milliseconds, name, args]: SlowCall): void {
    const slowest = this.#slowest;
    const first = task?.firstItem ?? 0;
    slowest.push({ name, args, milliseconds, task: task?.number ?? 0, index: first + index, workerId: worker.id });
    slowest.sort((a, b) => b.milliseconds - a.milliseconds);
    if (slowest.length > this.#most) slowest.pop();
  }

  /** A worker is gone, and all that it said was read. */
  ended(worker: Worker): void {
    const times = timesOf(worker, { calls: worker.callsDone, worked: worker.worked });
    this.#endedWorkers++;
    this.#total = sum(this.#total, times);
    this.#ended.push({ id: worker.id, pid: worker.pid, ...times });
    if (this.#ended.length > LISTED) this.#ended.shift();
  }

  /** All there is, with the workers that live as they are now. */
  read(living: readonly WorkerInsights[]): {
    workers: WorkerInsights[];
    total: Times & { readonly workers: number };
    slowest: SlowTask[];
  } {
    const total = living.reduce<Times>(sum, this.#total);
    return {
      workers: [...this.#ended, ...living].toSorted((a, b) => a.id - b.id),
      total: { ...total, workers: this.#endedWorkers + living.length },
      slowest: [...this.#slowest],
    };
  }
}

/** Where a worker's time went until now, or until its end. */
export function timesOf(worker: Worker, { calls, worked }: Pick<WorkerSight, 'calls' | 'worked'>): Times {
  const { startedAt, readyAt, initializerMs, leavingAt, endedAt } = worker;
  const now = endedAt ?? performance.now();
  const end = leavingAt ?? now;
  const living = Math.max(0, end - startedAt - initializerMs - worked);
  // A busy host hears late that a worker is ready, which may have made calls by then.
  const startup = Math.min(living, Math.max(0, (readyAt ?? end) - startedAt - initializerMs));
  const waiting = readyAt === undefined ? 0 : living - startup;
  return { calls, startup, initializer: initializerMs, waiting, working: worked, exit: Math.max(0, now - end) };
}

function sum(a: Times, b: Times): Times {
  return {
    calls: a.calls + b.calls,
    startup: a.startup + b.startup,
    initializer: a.initializer + b.initializer,
    waiting: a.waiting + b.waiting,
    working: a.working + b.working,
    exit: a.exit + b.exit,
  };
}
