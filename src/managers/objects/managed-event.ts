import type { Awaitable } from '../../base/types.ts';
import { Waiters } from '../server/waiters.ts';

/** A flag in a manager's server that can be waited for. */
export class ManagedEvent {
  readonly #waiters = new Waiters<boolean>();
  #flag = false;

  set(): void {
    this.#flag = true;
    for (const waiter of this.#waiters.all()) waiter.settle(true);
  }

  clear(): void {
    this.#flag = false;
  }

  isSet(): boolean {
    return this.#flag;
  }

  wait(timeout?: number): Awaitable<boolean> {
    if (this.#flag) return true;
    if (timeout !== undefined && timeout <= 0) return false;
    return this.#waiters.wait({ timeout, data: undefined, late: () => false });
  }
}
