// Resources: a manager that owns a pool and cleans up after itself. Python: class ProcessManager with atexit.
//
// JavaScript has scopes for this: `await using` closes the manager at the end of the block, also when something throws.

import { type AsyncResult, Pool, cpuCount, isMain } from 'manycore';

export class ProcessManager {
  #pool: Pool | undefined;

  /** @param processes Number of workers; one per core by default. */
  constructor(processes: number = cpuCount()) {
    this.#pool = new Pool(processes);
  }

  submitTask<A extends readonly unknown[], R>(task: (...args: A) => R, ...args: A): AsyncResult<Awaited<R>> {
    return this.#running().applyAsync(task, args);
  }

  mapTasks<T, R>(task: (item: T) => R, items: Iterable<T>): Promise<Awaited<R>[]> {
    return this.#running().map(task, items);
  }

  /** Finishes what was submitted, then ends the workers. Idempotent. */
  async cleanup(): Promise<void> {
    const pool = this.#pool;
    this.#pool = undefined;
    pool?.close();
    await pool?.join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cleanup();
  }

  #running(): Pool {
    if (this.#pool === undefined) throw new Error('Pool is not running');
    return this.#pool;
  }
}

export function add(a: number, b: number): number {
  return a + b;
}

export function cube(x: number): number {
  return x ** 3;
}

async function main(): Promise<void> {
  const manager = new ProcessManager(2);
  {
    await using scope = manager;
    const sum = scope.submitTask(add, 40, 2);
    console.log(`Cubes: ${(await scope.mapTasks(cube, [1, 2, 3, 4])).join(', ')}`);
    console.log(`Sum: ${await sum.get()}`);
  }
  // The block is left: the workers are gone.
  try {
    manager.submitTask(add, 1, 1);
  } catch (error) {
    console.log(`After the block: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (isMain(import.meta)) await main();
