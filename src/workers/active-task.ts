import { CancelledError } from '../base/errors.ts';
import { REPORT } from './protocol.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { TaskContext } from './task-context.ts';

/** The task that runs in this worker, as the worker and as its function sees it. */
export class ActiveTask implements TaskContext {
  readonly id: number;
  readonly attempt: number;
  readonly workerId: number;
  readonly state: Record<string, unknown>;
  /** Index in its chunk of the item that is running. */
  item = 0;
  readonly #replies: ReplyWriter;
  #controller: AbortController | undefined;
  #isCancelled = false;

  constructor(id: number, attempt: number, workerId: number, state: Record<string, unknown>, replies: ReplyWriter) {
    this.id = id;
    this.attempt = attempt;
    this.workerId = workerId;
    this.state = state;
    this.#replies = replies;
  }

  /** Made when somebody asks for it: most tasks never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isCancelled) this.cancel();
    return this.#controller.signal;
  }

  report(progress: unknown): void {
    this.#replies.sendItem(REPORT, this.id, this.item, progress, 'the progress report');
  }

  cancel(): void {
    this.#isCancelled = true;
    if (this.#controller && !this.#controller.signal.aborted) {
      this.#controller.abort(new CancelledError('the caller cancelled this task, or it ran past its timeout'));
    }
  }
}
