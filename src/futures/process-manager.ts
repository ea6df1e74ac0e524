import { checkFunction, checkIterable } from '../base/options.ts';
import { type ExecutorOptions, ProcessPoolExecutor } from './executor.ts';
import type { Future } from './future.ts';

/**
 * The simplest way to workers: submit, map, clean up. Cleans itself up when the program ends: work that is pending keeps the
 * program alive, idle workers do not.
 */
export class ProcessManager {
  readonly #executor: ProcessPoolExecutor;

  /** @param options Most workers (the number of cores this program may use by default), or the options of an executor. */
  constructor(options?: number | ExecutorOptions) {
    this.#executor = new ProcessPoolExecutor(options);
  }

  /** @throws PoolClosedError after {@link ProcessManager.cleanup}. */
  submitTask<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): Future<Awaited<R>> {
    checkFunction('ProcessManager.submitTask', 'fn', fn);
    return this.#executor.submit(fn, ...args);
  }

  /** A call for each item; all results, in order. */
  mapTasks<T, R>(fn: (item: T) => R, items: Iterable<T>): Promise<Awaited<R>[]> {
    checkFunction('ProcessManager.mapTasks', 'fn', fn);
    checkIterable('ProcessManager.mapTasks', 'items', items);
    return Promise.all(Array.from(items, (item) => this.#executor.submit(fn, item)));
  }

  /** Takes no more work, waits for what was given, and ends the workers. Idempotent. */
  cleanup(): Promise<void> {
    return this.#executor.shutdown();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cleanup();
  }
}
