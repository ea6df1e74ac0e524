import { WorkerLostError } from '../base/errors.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

/** The error of a task whose worker is gone. */
export function lostError(pool: string, worker: Worker, task: Task): WorkerLostError {
  const { ending } = worker;
  const hint = ending.signal === 'SIGABRT' ? ' (often: out of memory, see --max-old-space-size)' : '';
  return new WorkerLostError(
    `${pool}: worker ${worker.id} (pid ${worker.pid}) ${ending.text}${hint} while it ran ${task.definition.name}; ` +
      'only this task failed, set `retries` to run such tasks again',
    ending,
  );
}
