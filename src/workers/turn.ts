/** Tasks, and milliseconds, after which the event loop of a worker gets its turn. */
const MOST_STEPS = 512;
const MOST_MS = 8;

/** Counts down until other work of the thread must not wait any longer. Looks at the clock rarely while steps are short. */
export class Turn {
  #steps = 0;
  #began = 0;
  #next = 1;
  #stride = 1;

  begin(): void {
    this.#steps = 0;
    this.#stride = 1;
    this.#next = 1;
    this.#began = performance.now();
  }

  /** Asked before each step. */
  isOver(): boolean {
    if (this.#steps++ < this.#next) return false;
    const passed = performance.now() - this.#began;
    if (passed > MOST_MS || this.#steps > MOST_STEPS) return true;
    // So far a step took passed / steps: look again after a quarter of what is left, at most twice as many steps as last time.
    const fit = Math.floor((((MOST_MS - passed) / 4) * this.#steps) / Math.max(passed, 0.001));
    this.#stride = Math.max(1, Math.min(this.#stride * 2, fit));
    this.#next = this.#steps + this.#stride;
    return false;
  }
}
