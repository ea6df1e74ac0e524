import { BrokenBarrierError } from '../../base/errors.ts';
import { checkFunction, checkInteger, checkTimeout } from '../../base/options.ts';
import { currentCall } from '../server/call.ts';
import { Waiters } from '../server/waiters.ts';

/** A meeting point in a manager's server. A party that dies while it waits breaks it, because it can never be complete. */
export class ManagedBarrier {
  readonly #parties: number;
  readonly #action: (() => unknown) | undefined;
  readonly #timeout: number | undefined;
  readonly #waiters = new Waiters<number, number>();
  #isBroken = false;

  /** @param action Runs in the server, once for each time that all have come. */
  constructor(parties: number, action?: () => unknown, timeout?: number) {
    checkInteger('Barrier', 'parties', parties, 1);
    if (action !== undefined) checkFunction('Barrier', 'action', action);
    checkTimeout('Barrier', timeout);
    this.#parties = parties;
    this.#action = action;
    this.#timeout = timeout;
  }

  /** @returns Which one the caller is, 0 to `parties - 1`. */
  async wait(timeout: number | undefined = this.#timeout): Promise<number> {
    if (this.#isBroken) throw broken('it is broken; call reset() first');
    const index = this.#waiters.size;
    if (index + 1 === this.#parties) return this.#complete(index);
    const call = currentCall();
    const late = (): number => {
      this.abort();
      throw broken('not all came in time');
    };
    const left = (): void => {
      if (call.owner.isGone) this.abort();
    };
    return this.#waiters.wait({
      timeout: timeout === undefined ? undefined : Math.max(0, timeout),
      data: index,
      late,
      left,
    });
  }

  /** As new again; those that wait get a BrokenBarrierError. */
  reset(): void {
    this.#fail('it was reset while others waited');
    this.#isBroken = false;
  }

  /** Breaks it for all who wait now or later. */
  abort(): void {
    this.#isBroken = true;
    this.#fail('it was aborted, or one of its parties failed');
  }

  parties(): number {
    return this.#parties;
  }

  nWaiting(): number {
    return this.#waiters.size;
  }

  broken(): boolean {
    return this.#isBroken;
  }

  #complete(index: number): number {
    try {
      this.#action?.();
    } catch (error) {
      this.abort();
      throw error;
    }
    for (const [place, waiter] of this.#waiters.all().entries()) waiter.settle(place);
    return index;
  }

  #fail(why: string): void {
    for (const waiter of this.#waiters.all()) waiter.fail(broken(why));
  }
}

function broken(why: string): BrokenBarrierError {
  return new BrokenBarrierError(`Barrier.wait: ${why}`);
}
