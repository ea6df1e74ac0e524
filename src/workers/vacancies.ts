import { cpuCount } from '../process/cpu-count.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

/** So many may begin at the same time on any machine. */
const FEWEST_AT_ONCE = 8;
/** One that has not begun by then waits for something else than a processor, and others need not wait for it. */
const PATIENCE_MS = 3_000;

/** A worker that is still to be started. */
export class Vacancy {
  /** Whose place it takes; absent for one more. */
  readonly predecessor: Worker | undefined;
  /** What it is to do first, as nobody else may. */
  readonly calls: Task[];
  /** It was to start when it became too many: it makes its calls and leaves. */
  isRetiring = false;

  constructor(predecessor?: Worker, calls: readonly Task[] = []) {
    this.predecessor = predecessor;
    this.calls = [...calls];
  }
}

/**
 * The workers that are still to be started, in their order.
 *
 * Two hundred that begin together take all processors from each other, and from those that could work already; so only some do,
 * and the next follow when those have begun.
 */
export class Vacancies {
  readonly #most = Math.max(FEWEST_AT_ONCE, 2 * cpuCount());
  readonly #beginning = new Set<Worker>();
  #list: Vacancy[] = [];

  get size(): number {
    return this.#list.length;
  }

  /** Those that will stay. */
  get open(): Vacancy[] {
    return this.#list.filter((one) => !one.isRetiring);
  }

  get first(): Vacancy | undefined {
    return this.#list[0];
  }

  /** Whether one more may begin now. */
  get mayBegin(): boolean {
    if (this.#beginning.size < this.#most) return true;
    const late = performance.now() - PATIENCE_MS;
    for (const worker of this.#beginning) {
      if (worker.process.hasBegun || worker.startedAt < late) this.#beginning.delete(worker);
    }
    return this.#beginning.size < this.#most;
  }

  add(vacancy: Vacancy): void {
    this.#list.push(vacancy);
  }

  /** It comes before all others: somebody has left a place. */
  addFirst(vacancy: Vacancy): void {
    this.#list.unshift(vacancy);
  }

  delete(vacancy: Vacancy): void {
    this.#list = this.#list.filter((one) => one !== vacancy);
  }

  /** Takes back so many of the open ones, the last first; those that have calls to make are started all the same. */
  drop(count: number): void {
    if (count <= 0) return;
    const dropped = new Set(this.open.slice(-count));
    for (const vacancy of dropped) vacancy.isRetiring = true;
    this.#list = this.#list.filter((one) => !dropped.has(one) || one.calls.length > 0);
  }

  /** What those were to do who take nobody's place: none of them can be started now. */
  takeCalls(): Task[] {
    const more = this.#list.filter((one) => !one.predecessor);
    this.#list = this.#list.filter((one) => one.predecessor !== undefined || !one.isRetiring);
    return more.flatMap((one) => one.calls.splice(0));
  }

  clear(): void {
    this.#list = [];
  }

  started(worker: Worker): void {
    this.#beginning.add(worker);
  }

  /** It has ended, or nobody counts on it any more. */
  left(worker: Worker): void {
    this.#beginning.delete(worker);
  }
}
