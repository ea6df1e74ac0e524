import type { Job, Task } from '../workers/task.ts';
import type { FutureSettler } from './future.ts';

/** How one call of a chunk ended. */
export type Outcome<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

/** One call, whose result is that of a future. */
export class FutureJob<R> implements Job {
  readonly #settler: FutureSettler<R>;

  constructor(settler: FutureSettler<R>) {
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

/** Several calls that go to a worker together; one future has all their outcomes. */
export class ChunkJob<R> implements Job {
  readonly #settler: FutureSettler<readonly Outcome<R>[]>;
  readonly #submit: (from: number, to: number) => void;
  readonly #outcomes: Outcome<R>[] = [];
  #open: number;

  /** @param submit Hands out the calls of a range, again. */
  constructor(
    settler: FutureSettler<readonly Outcome<R>[]>,
    count: number,
    submit: (from: number, to: number) => void,
  ) {
    this.#settler = settler;
    this.#open = count;
    this.#submit = submit;
  }

  succeed(index: number, value: unknown): void {
    // As above.
    this.#end(index, { ok: true, value: value as R });
  }

  fail(index: number, error: unknown): void {
    this.#end(index, { ok: false, error });
  }

  again(_task: Task, from: number, to: number): void {
    if (from >= to) return;
    try {
      this.#submit(from, to);
    } catch (error) {
      this.#settler.fail(error);
    }
  }

  ended(): void {
    // Each call has told its outcome.
  }

  abort(error: unknown): void {
    this.#settler.fail(error);
  }

  #end(index: number, outcome: Outcome<R>): void {
    this.#outcomes[index] = outcome;
    if (--this.#open === 0) this.#settler.succeed(this.#outcomes);
  }
}
