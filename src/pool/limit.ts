import { TimeoutError } from '../base/errors.ts';
import type { WorkerHost } from '../workers/host.ts';
import type { Task } from '../workers/task.ts';

/** Ends a call after its time, or when its signal fires. */
export function limit(
  owner: string,
  host: Pick<WorkerHost, 'cancel' | 'timers'>,
  task: Task,
  timeout: number | undefined,
  signal: AbortSignal | undefined,
): void {
  const abort = (): void => void host.cancel(task, signal?.reason);
  if (signal?.aborted) {
    abort();
    return;
  }
  const late = (): void => {
    host.cancel(task, new TimeoutError(`${owner}: ${task.definition.name} did not end within ${timeout} ms`));
  };
  const stop = host.timers.after(timeout ?? Infinity, late);
  signal?.addEventListener('abort', abort);
  task.release = () => {
    stop();
    signal?.removeEventListener('abort', abort);
  };
}
