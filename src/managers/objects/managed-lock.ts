import { ProcessError } from '../../base/errors.ts';
import type { Awaitable } from '../../base/types.ts';
import { currentCall, type Call, type Holding, type Owner } from '../server/call.ts';
import { Waiters } from '../server/waiters.ts';

/** What `acquire` gives: not taken, taken, taken from one that died and left unfinished what the lock guards. */
export type Acquired = false | true | 'owner died';

/** A lock in a manager's server. Its owners are clients' threads; one that ends while it holds the lock is succeeded. */
export class ManagedLock implements Holding {
  readonly #isReentrant: boolean;
  readonly #waiters = new Waiters<Acquired, number>();
  #owner: Owner | undefined;
  #depth = 0;
  #died = false;

  constructor(isReentrant = false) {
    this.#isReentrant = isReentrant;
  }

  acquire(timeout?: number): Awaitable<Acquired> {
    return this.acquireFor(currentCall(), 1, timeout);
  }

  /** @throws ProcessError when nobody holds it; of an RLock, when somebody else does. */
  release(): void {
    if (this.#isReentrant && this.#owner !== currentCall().owner) {
      throw new ProcessError(
        'RLock.release: it is not held by this thread; only the thread that acquired it can release it',
      );
    }
    if (this.#owner === undefined) throw new ProcessError('Lock.release: it is not locked; call acquire() first');
    this.#depth--;
    if (this.#depth === 0) this.#pass();
  }

  locked(): boolean {
    return this.#owner !== undefined;
  }

  /** Says that what a dead owner left behind is whole again. */
  markConsistent(): void {
    this.#died = false;
  }

  /** Whether `owner` holds it. */
  isHeldBy(owner: Owner): boolean {
    return this.#owner === owner;
  }

  /** Takes it for a call `depth` times over, waiting for it. */
  acquireFor(call: Call, depth: number, timeout?: number): Awaitable<Acquired> {
    const owner = this.#owner;
    if (owner === undefined || owner.isGone) {
      if (owner !== undefined) this.#died = true;
      return this.#give(call.owner, depth);
    }
    if (this.#isReentrant && owner === call.owner) {
      this.#depth += depth;
      return this.#answer();
    }
    if (timeout !== undefined && timeout <= 0) return false;
    return this.#waiters.wait({ timeout, data: depth, late: () => false }, call);
  }

  /** Gives it up however often it was taken. @returns How often that was. */
  releaseAll(): number {
    const depth = this.#depth;
    this.#depth = 0;
    this.#pass();
    return depth;
  }

  /** Until somebody wants it, it stays as it is: another client may still release it. */
  ownerGone(owner: Owner): void {
    if (this.#owner !== owner || this.#waiters.size === 0) return;
    this.#died = true;
    this.#pass();
  }

  #give(owner: Owner, depth: number): Acquired {
    this.#owner = owner;
    this.#depth = depth;
    owner.holdings.add(this);
    return this.#answer();
  }

  #answer(): Acquired {
    return this.#died ? 'owner died' : true;
  }

  #pass(): void {
    this.#owner?.holdings.delete(this);
    this.#owner = undefined;
    this.#depth = 0;
    const next = this.#waiters.first();
    if (next) next.settle(this.#give(next.call.owner, next.data));
  }
}

/** As {@link ManagedLock}; its owner may take it again, and nobody else may release it. */
export class ManagedRLock extends ManagedLock {
  constructor() {
    super(true);
  }
}
