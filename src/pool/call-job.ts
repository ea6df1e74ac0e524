import type { Job } from '../workers/task.ts';
import type { Settler } from './async-result.ts';

/** One call. */
export class CallJob<R> implements Job {
  readonly #settler: Settler<R>;

  constructor(settler: Settler<R>) {
    this.#settler = settler;
  }

  succeed(_index: number, value: unknown): void {
    // The function's own result type: checked where it was submitted.
    this.#settler.succeed(value as R);
  }

  fail(_index: number, error: unknown): void {
    this.#settler.fail(error);
  }

  ended(): void {
    // One call is one task: all was said.
  }

  abort(error: unknown): void {
    this.#settler.fail(error);
  }
}
