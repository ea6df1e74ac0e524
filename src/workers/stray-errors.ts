/** What a worker does with errors that no task waits for: a rejected promise left behind, a throwing timer. */
export class StrayErrors {
  readonly #name: string;
  /** Ends the task that waits for a promise right now with the error; absent when none does. */
  interrupt: ((error: unknown) => void) | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** From now on such an error no longer ends the process. */
  listen(): void {
    process.on('uncaughtException', (error) => this.#take(error, 'an error was thrown outside of any task'));
    process.on('unhandledRejection', (error) => this.#take(error, 'a rejected promise was left behind'));
  }

  #take(error: unknown, what: string): void {
    if (this.interrupt) {
      this.interrupt(error);
      return;
    }
    const text = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`${this.#name} (pid ${process.pid}): ${what}; the pool goes on:\n${text}\n`);
  }
}
