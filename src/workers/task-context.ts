import { ProcessError } from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';

/** What a running task can learn about itself, and say. */
export interface TaskContext {
  /** Number of the submission in its pool, from 1; a map submits one for each chunk. */
  readonly id: number;
  /** Which run of the task this is: 1, and one more after each lost worker. */
  readonly attempt: number;
  /** Number of the worker, from 1. */
  readonly workerId: number;
  /** Fires on cancel and time-out. A task that ignores it is stopped with its worker some time later. */
  readonly signal: AbortSignal;
  /** A plain object that lives as long as the worker: the place for what an initializer prepares. */
  readonly state: Record<string, unknown>;
  /** Tells the caller how far the task is; any value that can be sent. */
  report(progress: unknown): void;
}

/** Holder of the context of the task that this thread runs. */
export const running: { context: TaskContext | undefined } = sharedState('workers.running-task.1', () => ({
  context: undefined,
}));

/**
 * The task that is running in this worker.
 *
 * @throws ProcessError when called outside of a task, or after an `await` of a task that has ended.
 */
export function task(): TaskContext {
  if (running.context) return running.context;
  throw new ProcessError('task() can be called by a task of a pool only, while it runs (or by an initializer)');
}
