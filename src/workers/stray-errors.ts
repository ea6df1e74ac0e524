/**
 * What a worker does with errors that no task waits for: a rejected promise left behind, a throwing timer.
 *
 * The task that waits for a promise just then ends with the error: its promise may never settle now, as the program of which
 * it is part would have died. But Node reports a rejection only when all that is ready has run, so a task that began right
 * behind another one may hear of that one's error: such an error is only logged. Functions that are known to wait, or of which nothing
 * is known yet, therefore begin in a turn of their own.
 */
export class StrayErrors {
  readonly #name: string;
  #interrupt: ((error: unknown) => void) | undefined;
  /** Whether a task has ended since the event loop had its last turn. */
  #isAmbiguous = false;
  #isTurnAwaited = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether an error that is reported now may be another task's than that of the one that is running. */
  get isAmbiguous(): boolean {
    return this.#isAmbiguous;
  }

  /** From now on such an error no longer ends the process. */
  listen(): void {
    process.on('uncaughtException', (error) => this.#take(error, 'an error was thrown outside of any task'));
    process.on('unhandledRejection', (error) => this.#take(error, 'a rejected promise was left behind'));
  }

  /** A task waits; `interrupt` ends it. */
  expect(interrupt: (error: unknown) => void): void {
    this.#interrupt = interrupt;
    if (!this.#isAmbiguous || this.#isTurnAwaited) return;
    this.#isTurnAwaited = true;
    setImmediate(() => {
      this.#isTurnAwaited = false;
      this.#isAmbiguous = false;
    });
  }

  /** The task that waited has ended, or one that did not wait. */
  taskEnded(): void {
    this.#interrupt = undefined;
    this.#isAmbiguous = true;
  }

  /** The worker begins to work in a turn of the event loop of its own: nothing of earlier tasks is left to be reported. */
  turnBegins(): void {
    this.#isAmbiguous = false;
  }

  #take(error: unknown, what: string): void {
    if (this.#interrupt && !this.#isAmbiguous) {
      this.#interrupt(error);
      return;
    }
    const text = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${this.#name} (pid ${process.pid}): ${what}; the pool goes on:\n${text}\n`);
  }
}
