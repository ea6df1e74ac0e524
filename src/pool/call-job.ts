import type { Job } from '../workers/task.ts';
import type { Admission } from './admission.ts';
import type { Settler } from './async-result.ts';
import type { JobListeners } from './job-listeners.ts';

/** One call. */
export class CallJob<R> implements Job {
  readonly #settler: Settler<R>;
  readonly #listeners: JobListeners | undefined;
  readonly #admission: Admission | undefined;

  constructor(settler: Settler<R>, listeners: JobListeners | undefined, admission: Admission | undefined) {
    this.#settler = settler;
    this.#listeners = listeners;
    this.#admission = admission;
  }

  succeed(_index: number, value: unknown): void {
    // The function's own result type: checked where it was submitted.
    this.#settler.succeed(value as R);
  }

  fail(_index: number, error: unknown): void {
    this.#settler.fail(error);
  }

  report(index: number, value: unknown): void {
    this.#listeners?.report(value, index);
  }

  ended(): void {
    this.#admission?.callEnded();
  }

  abort(error: unknown): void {
    this.#settler.fail(error);
    this.#admission?.callAborted();
  }
}
