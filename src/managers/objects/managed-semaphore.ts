import { checkInteger } from '../../base/options.ts';
import { wrongUse } from '../../base/invalid.ts';
import type { Awaitable } from '../../base/types.ts';
import { currentCall, type Holding, type Owner } from '../server/call.ts';
import { Waiters } from '../server/waiters.ts';
import type { Acquired } from './managed-lock.ts';

/** A counting semaphore in a manager's server. Permits of a client that was killed come back. */
export class ManagedSemaphore implements Holding {
  readonly #waiters = new Waiters<Acquired>();
  readonly #taken = new Map<Owner, number>();
  readonly #bound: number;
  #value: number;
  #died = false;

  constructor(value = 1, bound: number = Infinity) {
    checkInteger('Semaphore', 'value', value, 0);
    this.#value = value;
    this.#bound = bound;
  }

  acquire(timeout?: number): Awaitable<Acquired> {
    const { owner } = currentCall();
    if (this.#value > 0) return this.#give(owner);
    if (timeout !== undefined && timeout <= 0) return false;
    return this.#waiters.wait({ timeout, data: undefined, late: () => false });
  }

  /** Gives one permit back; anybody may do it. @throws RangeError when a bounded one has all its permits. */
  release(): void {
    if (this.#value >= this.#bound) {
      throw wrongUse('BoundedSemaphore', `released more often than acquired; it has all its ${this.#bound} permits`);
    }
    this.#forget(currentCall().owner);
    this.#put();
  }

  /** Permits that are free. */
  getValue(): number {
    return this.#value;
  }

  locked(): boolean {
    return this.#value === 0;
  }

  markConsistent(): void {
    this.#died = false;
  }

  ownerGone(owner: Owner, killed: boolean): void {
    const taken = this.#taken.get(owner) ?? 0;
    this.#taken.delete(owner);
    // One that ended in peace may have taken its permits for good, as consumers do.
    if (!killed || taken === 0) return;
    this.#died = true;
    for (let i = 0; i < taken && this.#value < this.#bound; i++) this.#put();
  }

  #give(owner: Owner): Acquired {
    this.#value--;
    this.#taken.set(owner, (this.#taken.get(owner) ?? 0) + 1);
    owner.holdings.add(this);
    return this.#died ? 'owner died' : true;
  }

  #put(): void {
    this.#value++;
    const next = this.#waiters.first();
    if (next) next.settle(this.#give(next.call.owner));
  }

  /** A permit came back: from who took it, or for the one that has had its permit longest. */
  #forget(releaser: Owner): void {
    const [oldest] = this.#taken.keys();
    const owner = this.#taken.has(releaser) ? releaser : oldest;
    const taken = owner && this.#taken.get(owner);
    if (owner === undefined || taken === undefined) return;
    if (taken > 1) {
      this.#taken.set(owner, taken - 1);
      return;
    }
    this.#taken.delete(owner);
    owner.holdings.delete(this);
  }
}

/** As {@link ManagedSemaphore}; never has more permits than at its start. */
export class ManagedBoundedSemaphore extends ManagedSemaphore {
  constructor(value = 1) {
    super(value, value);
  }
}
