import { WorkerLostError } from '../base/errors.ts';
import { nameItem, type Task } from './task.ts';
import type { Worker } from './worker.ts';

/** The error of a task whose worker is gone. */
export function lostError(pool: string, worker: Worker, task: Task, index: number): WorkerLostError {
  const { ending } = worker;
  const hint = ending.signal === 'SIGABRT' ? ' (often: out of memory, see --max-old-space-size)' : '';
  const item = nameItem(task, index);
  const on = item ? ` on item ${item.index} (${item.input})` : '';
  return new WorkerLostError(
    `${pool}: worker ${worker.id} (pid ${worker.pid}) ${ending.text}${hint} while it ran ${task.definition.name}${on}; ` +
      'only this task failed, set `retries` to run such tasks again',
    ending,
  );
}
