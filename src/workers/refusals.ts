import type { Timers } from './timers.ts';

/** Milliseconds until a start that the system refused is tried again; twice as many each time, up to the longest. */
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 10_000;
/** For so long tasks wait without any worker before the pool fails: what is short now may be there again in a moment. */
const LONGEST_ALONE_MS = 3_000;

/** Decides when a replacement that the system refused to start is tried again, and for how long. */
export class Refusals {
  readonly #timers: Timers;
  #retryMs = FIRST_RETRY_MS;
  /** Prevents the next try. */
  #stop: (() => void) | undefined;
  /** Since when no worker is left. */
  #aloneSince: number | undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Whether one is to be tried again later. */
  get isWaiting(): boolean {
    return this.#stop !== undefined;
  }

  /**
   * A start was refused: calls back when it is to be tried again.
   *
   * @param hasOthers Whether other workers do the work meanwhile: then it is tried for ever.
   * @returns Whether it will be; `false` when no worker has been there for too long.
   */
  wait(hasOthers: boolean, again: () => void): boolean {
    if (hasOthers) this.#aloneSince = undefined;
    else if (this.#aloneSince === undefined) {
      // The next try of a pool that had others may be seconds away.
      this.reset();
      this.#aloneSince = performance.now();
    } else if (performance.now() - this.#aloneSince >= LONGEST_ALONE_MS) return false;
    if (this.#stop) return true;
    this.#stop = this.#timers.inBackground(this.#retryMs, () => {
      this.#stop = undefined;
      again();
    });
    this.#retryMs = Math.min(LONGEST_RETRY_MS, this.#retryMs * 2);
    return true;
  }

  /** Nothing is missing any more, or nothing is wanted. */
  reset(): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#retryMs = FIRST_RETRY_MS;
    this.#aloneSince = undefined;
  }
}
