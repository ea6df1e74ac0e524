import { CancelledError } from '../../base/errors.ts';
import type { BlockLife } from '../../shared-memory/shared-block.ts';

/** Something that a client has and that must be dealt with when the client is gone, such as a lock. */
export interface Holding {
  /** @param killed Whether the client died in the middle of its work; `false` when it said good-bye. */
  ownerGone(owner: Owner, killed: boolean): void;
}

/** A reference on its way, and what shows those who share memory with its sender that it is. */
export interface Watched {
  readonly object: number;
  readonly ticket: string;
  readonly life: BlockLife;
}

/** One thread of a client: who holds locks and references. */
export class Owner {
  readonly holdings: Set<Holding> = new Set();
  readonly calls: Set<Call> = new Set();
  isGone = false;
  /** Asks the client to say when a reference that another one has sent is lost; absent when it cannot know. */
  watch: ((sent: Watched) => void) | undefined;

  /** Ends what its calls wait for, and tells everything that it holds. */
  leave(killed: boolean): void {
    if (this.isGone) return;
    this.isGone = true;
    for (const call of this.calls) call.cancel();
    for (const holding of this.holdings) holding.ownerGone(this, killed);
    this.holdings.clear();
  }
}

/** One call under way. Objects that let callers wait ask for it with {@link currentCall}. */
export class Call {
  readonly owner: Owner;
  #cancel: (() => void) | undefined;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  /** What ends the call's wait; one at a time. */
  onCancel(cancel: (() => void) | undefined): void {
    this.#cancel = cancel;
  }

  /** Ends the wait of the call if it still waits: it took nothing then. */
  cancel(): void {
    const cancel = this.#cancel;
    this.#cancel = undefined;
    cancel?.();
  }
}

/** Calls of code that runs in the server without a client. */
const nobody = new Owner();
let running: Call | undefined;

/** The call that runs now; ask before the first `await`. */
export function currentCall(): Call {
  return running ?? new Call(nobody);
}

/** Makes `call` the one that runs, for its synchronous part. @returns What {@link leaveCall} wants. */
export function enterCall(call: Call): Call | undefined {
  const before = running;
  running = call;
  return before;
}

/** Ends what {@link enterCall} began; in a `finally`. */
export function leaveCall(before: Call | undefined): void {
  running = before;
}

/** What a call ends with whose client does not want it any more. */
export function cancelled(): CancelledError {
  return new CancelledError('the call was cancelled by its caller');
}
