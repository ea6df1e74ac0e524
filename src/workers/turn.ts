/** Tasks, and milliseconds, after which the event loop of a worker gets its turn. */
const MOST_TASKS = 512;
const MOST_MS = 8;
/** Steps between two looks at the clock, at most: they may take longer all of a sudden. */
const MOST_STRIDE = 256;

/** Counts down until other work of the thread must not wait any longer. Looks at the clock rarely while steps are short. */
export class Turn {
  readonly #mostSteps: number;
  #steps = 0;
  #began = 0;
  #next = 1;

  /** @param mostSteps After so many the turn is over, whatever the time. */
  constructor(mostSteps: number = MOST_TASKS) {
    this.#mostSteps = mostSteps;
  }

  begin(): void {
    this.#steps = 0;
    this.#next = 1;
    this.#began = performance.now();
  }

  /** Asked before each step. */
  isOver(): boolean {
    if (this.steps() === 0) return true;
    this.#steps++;
    return false;
  }

  /** How many steps may be made before it is asked again; 0: the turn is over. Those that were made must be counted. */
  steps(): number {
    if (this.#steps < this.#next) return this.#next - this.#steps;
    const passed = performance.now() - this.#began;
    if (passed > MOST_MS || this.#steps >= this.#mostSteps) return 0;
    // So far a step took passed / steps: look again after a quarter of what is left, at most twice as many steps as so far.
    const fit = Math.floor((((MOST_MS - passed) / 4) * this.#steps) / Math.max(passed, 0.001));
    const stride = Math.max(1, Math.min(this.#steps, fit, MOST_STRIDE));
    this.#next = this.#steps + stride;
    return stride;
  }

  /** So many steps were made. */
  count(steps: number): void {
    this.#steps += steps;
  }
}
