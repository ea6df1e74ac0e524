import type { Future } from './future.ts';
import { ProcessPoolExecutor } from './executor.ts';

/** The simplest way to workers: submit, map, clean up. Cleans itself up when the program ends. */
export class ProcessManager {
  readonly #executor: ProcessPoolExecutor;

  /** @param processes Most workers; the number of cores this program may use by default. */
  constructor(processes?: number) {
    this.#executor = new ProcessPoolExecutor({ maxWorkers: processes });
  }

  submitTask<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    return this.#executor.submit(fn, ...args);
  }

  /** A call for each item; all results, in order. */
  mapTasks<T, R>(fn: (item: T) => R, items: Iterable<T>): Promise<Awaited<R>[]> {
    return Promise.all(Array.from(items, (item) => this.#executor.submit(fn, item)));
  }

  /** Ends all workers; calls that are pending fail. */
  cleanup(): Promise<void> {
    return this.#executor.terminateWorkers();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }
}
