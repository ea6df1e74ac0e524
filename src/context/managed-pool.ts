import { Pool } from '../pool/pool.ts';

/** A pool in a manager's server. Its methods take and give what can be sent. */
export class ManagedPool {
  readonly #pool: Pool;

  constructor(processes?: number) {
    this.#pool = new Pool(processes);
  }

  apply(fn: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): Promise<unknown> {
    return this.#pool.apply(fn, args);
  }

  map(fn: (item: unknown) => unknown, items: readonly unknown[]): Promise<readonly unknown[]> {
    return this.#pool.map(fn, items);
  }

  starmap(fn: (...args: readonly unknown[]) => unknown, items: readonly (readonly unknown[])[]): Promise<unknown> {
    return this.#pool.starmap(fn, items);
  }

  imap(fn: (item: unknown) => unknown, items: readonly unknown[]): AsyncIterator<unknown> {
    return this.#pool.imap(fn, items);
  }

  imapUnordered(fn: (item: unknown) => unknown, items: readonly unknown[]): AsyncIterator<unknown> {
    return this.#pool.imapUnordered(fn, items);
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
