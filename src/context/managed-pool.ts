import type { MapOptions, PoolOptions, TaskOptions } from '../pool/options.ts';
import { Pool } from '../pool/pool.ts';
import type { PoolStats, WorkerInfo } from '../pool/stats.ts';

type AnyTask = (...args: readonly unknown[]) => unknown;
type AnyItemTask = (item: unknown) => unknown;

/** A pool in a manager's server. Its methods take and give what can be sent. */
export class ManagedPool {
  readonly #pool: Pool;

  constructor(processes?: number | PoolOptions) {
    this.#pool = new Pool(processes);
  }

  apply(fn: AnyTask, args: readonly unknown[], options?: TaskOptions): Promise<unknown> {
    return this.#pool.apply(fn, args, options);
  }

  map(fn: AnyItemTask, items: readonly unknown[], options?: MapOptions): Promise<readonly unknown[]> {
    return this.#pool.map(fn, items, options);
  }

  starmap(fn: AnyTask, items: readonly (readonly unknown[])[], options?: MapOptions): Promise<unknown> {
    return this.#pool.starmap(fn, items, options);
  }

  imap(fn: AnyItemTask, items: readonly unknown[], options?: MapOptions): AsyncIterator<unknown> {
    return this.#pool.imap(fn, items, options);
  }

  imapUnordered(fn: AnyItemTask, items: readonly unknown[], options?: MapOptions): AsyncIterator<unknown> {
    return this.#pool.imapUnordered(fn, items, options);
  }

  broadcast(fn: AnyTask, args: readonly unknown[]): Promise<readonly unknown[]> {
    return this.#pool.broadcast(fn, args);
  }

  resize(processes: number): void {
    this.#pool.resize(processes);
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  workers(): readonly WorkerInfo[] {
    return [...this.#pool.workers];
  }

  exitResults(): unknown[] {
    return this.#pool.exitResults();
  }

  close(): void {
    this.#pool.close();
  }

  async terminate(): Promise<void> {
    await this.#pool.terminate();
  }

  async join(timeout?: number): Promise<void> {
    await this.#pool.join(timeout);
  }
}
