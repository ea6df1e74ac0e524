import { checkOptions, checkSignal, checkTimeout } from './options.ts';
import type { SyncWait, Wait } from './types.ts';

/** A moment on the monotonic clock by which a wait must end. Setting the system's clock does not move it. */
export class Deadline {
  /** Never comes. Asking it reads no clock. */
  static readonly never: Deadline = new Deadline(Infinity);
  /** Is over already: the wait only looks. Asking it reads no clock. */
  static readonly now: Deadline = new Deadline(-Infinity);

  readonly #at: number;

  /** @param at Milliseconds on the scale of `performance.now()`. */
  private constructor(at: number) {
    this.#at = at;
  }

  /**
   * @param timeout Milliseconds from now. `undefined` or infinity never comes, `0` or less is over already.
   */
  static after(timeout: number | undefined): Deadline {
    if (timeout === undefined || timeout === Infinity) return Deadline.never;
    if (timeout <= 0) return Deadline.now;
    return new Deadline(performance.now() + timeout);
  }

  /** Milliseconds that are left, never negative; `Infinity` without a limit. */
  remaining(): number {
    if (!Number.isFinite(this.#at)) return this.#at > 0 ? Infinity : 0;
    return Math.max(0, this.#at - performance.now());
  }

  /** As {@link Deadline.remaining}, in the addon's terms: `-1` stands for ever. */
  remainingOrForever(): number {
    return this.#at === Infinity ? -1 : this.remaining();
  }

  /** Whether the moment has come. */
  get expired(): boolean {
    return this.remaining() <= 0;
  }

  /** Whether it never comes. */
  get unlimited(): boolean {
    return this.#at === Infinity;
  }
}

/** A wait as the code below the border sees it: checked, and with its end fixed. */
export interface CheckedWait {
  readonly deadline: Deadline;
  readonly signal: AbortSignal | undefined;
}

const FOREVER: CheckedWait = { deadline: Deadline.never, signal: undefined };
const WAIT_KEYS = ['timeout', 'signal'] as const;
const SYNC_KEYS = ['timeout'] as const;

/**
 * Checks what a user gave as the wait of a call, and starts the clock.
 *
 * A signal that was aborted before is not looked at here: the caller decides what an abort leaves undone.
 *
 * @param owner The call as its user knows it, such as `Lock.acquire`.
 * @param wait A timeout in milliseconds, an options object, or nothing.
 */
export function checkWait(owner: string, wait: Wait | undefined): CheckedWait {
  if (wait === undefined) return FOREVER;
  if (typeof wait === 'number') {
    checkTimeout(owner, wait);
    return { deadline: Deadline.after(wait), signal: undefined };
  }
  checkOptions(owner, wait, WAIT_KEYS);
  checkTimeout(owner, wait.timeout);
  checkSignal(owner, wait.signal);
  return { deadline: Deadline.after(wait.timeout), signal: wait.signal };
}

/**
 * As {@link checkWait}, for a call that blocks: no signal can reach a thread that is blocked, so none is taken.
 */
export function checkSyncWait(owner: string, wait: SyncWait | undefined): Deadline {
  if (wait === undefined) return Deadline.never;
  if (typeof wait === 'number') {
    checkTimeout(owner, wait);
    return Deadline.after(wait);
  }
  checkOptions(owner, wait, SYNC_KEYS);
  checkTimeout(owner, wait.timeout);
  return Deadline.after(wait.timeout);
}

/** The time-out of a wait, for messages. */
export function timeoutOf(wait: Wait | undefined): number | undefined {
  return typeof wait === 'object' ? wait.timeout : wait;
}
