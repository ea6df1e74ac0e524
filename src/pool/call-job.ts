import type { Job } from '../workers/task.ts';
import type { Settler } from './async-result.ts';

/** One call. */
export class CallJob<R> implements Job {
  readonly #settler: Settler<R>;
  readonly #whenEnded: (() => void) | undefined;

  constructor(settler: Settler<R>, whenEnded?: () => void) {
    this.#settler = settler;
    this.#whenEnded = whenEnded;
  }

  succeed(_index: number, value: unknown): void {
    // The function's own result type: checked where it was submitted.
    this.#settler.succeed(value as R);
  }

  fail(_index: number, error: unknown): void {
    this.#settler.fail(error);
  }

  ended(): void {
    this.#whenEnded?.();
  }

  abort(error: unknown): void {
    this.#settler.fail(error);
  }
}
