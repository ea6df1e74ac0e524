import { CancelledError } from '../base/errors.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { TaskContext } from './task-context.ts';

/** What all tasks of a worker share. */
export interface WorkerIdentity {
  readonly workerId: number;
  readonly state: Record<string, unknown>;
  readonly replies: ReplyWriter;
}

/** The task that runs in this worker, as the worker and as its function sees it. */
export class ActiveTask implements TaskContext {
  readonly id: number;
  readonly attempt: number;
  readonly workerId: number;
  readonly state: Record<string, unknown>;
  /** Index in its chunk of the item that is running. */
  item = 0;
  readonly #replies: ReplyWriter;
  /** How host and worker call it: a place in the host's table. */
  readonly #key: number;
  #controller: AbortController | undefined;
  #isCancelled = false;
  #report: ((progress: unknown) => void) | undefined;

  constructor(worker: WorkerIdentity, key: number, number: number, attempt: number) {
    this.#key = key;
    this.id = number;
    this.attempt = attempt;
    this.workerId = worker.workerId;
    this.state = worker.state;
    this.#replies = worker.replies;
  }

  get key(): number {
    return this.#key;
  }

  /** Made when somebody asks for it: most tasks never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isCancelled) this.cancel();
    return this.#controller.signal;
  }

  /** Also when it is taken out of the context: `const { report } = task()`. Made when somebody asks for it, as the signal is. */
  get report(): (progress: unknown) => void {
    this.#report ??= (progress) => this.#replies.sendReport(this.#key, this.item, progress);
    return this.#report;
  }

  cancel(): void {
    this.#isCancelled = true;
    if (this.#controller && !this.#controller.signal.aborted) {
      this.#controller.abort(new CancelledError('the caller cancelled this task, or it ran past its timeout'));
    }
  }
}
