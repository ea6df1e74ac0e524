/** The longest delay that Node's timers take; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

interface Timer {
  readonly dueMs: number;
  readonly action: () => void;
  /** Whether it keeps the program alive. */
  readonly isHeld: boolean;
  handle: NodeJS.Timeout | undefined;
}

/** Timers that fire also while the thread blocks, as long as somebody calls {@link Timers.check} now and then. */
export class Timers {
  readonly #pending = new Set<Timer>();

  /**
   * Calls `action` once after so many milliseconds; infinity never comes.
   *
   * @returns How to prevent it.
   */
  after(milliseconds: number, action: () => void): () => void {
    return this.#start(milliseconds, action, true);
  }

  /** As {@link Timers.after}, but does not keep the program alive. */
  inBackground(milliseconds: number, action: () => void): () => void {
    return this.#start(milliseconds, action, false);
  }

  /** Fires what is due. */
  check(): void {
    if (this.#pending.size === 0) return;
    const now = performance.now();
    for (const timer of this.#pending) if (timer.dueMs <= now) this.#fire(timer);
  }

  #start(milliseconds: number, action: () => void, isHeld: boolean): () => void {
    if (milliseconds === Infinity) return () => {};
    const timer: Timer = { dueMs: performance.now() + milliseconds, action, isHeld, handle: undefined };
    this.#pending.add(timer);
    this.#arm(timer);
    return () => this.#remove(timer);
  }

  #arm(timer: Timer): void {
    const left = timer.dueMs - performance.now();
    const next = (): void => (left > LONGEST_MS ? this.#arm(timer) : this.#fire(timer));
    timer.handle = setTimeout(next, Math.max(0, Math.min(left, LONGEST_MS)));
    if (!timer.isHeld) timer.handle.unref();
  }

  #fire(timer: Timer): void {
    this.#remove(timer);
    timer.action();
  }

  #remove(timer: Timer): void {
    clearTimeout(timer.handle);
    this.#pending.delete(timer);
  }
}
