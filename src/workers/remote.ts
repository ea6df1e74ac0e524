import { markRemote } from '../reduction/error-codec.ts';
import { Unreadable } from './reply-reader.ts';
import { nameItem, type Task } from './task.ts';
import type { Worker } from './worker.ts';

/**
 * What a worker sent as thrown, with the place where it came from: `error.remote`, and a stack that goes from the worker's
 * frames to those of the submission, with the input of a map's item between them. Values that are no errors stay as they are.
 */
export function remoteError(value: unknown, worker: Worker, task: Task | undefined, index?: number): unknown {
  if (value instanceof Unreadable) return value.error;
  const item = task && index !== undefined ? nameItem(task, index) : undefined;
  const origin = { pid: worker.pid, workerId: worker.id, task: task?.number ?? 0, ...item };
  return markRemote(value, origin, task?.site?.text ?? '');
}
