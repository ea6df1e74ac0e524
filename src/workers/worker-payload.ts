import type { HostOptions } from './host-options.ts';
import type { RegionHandle } from '../shared-memory/region.ts';

/** What a worker is told at its start. */
export interface WorkerPayload extends OfEveryWorker {
  readonly memory: RegionHandle;
  /** Its place in the shared memory. */
  readonly slot: number;
  readonly workerId: number;
  /** Whether it waits, with its initializer done, until it is told to take tasks. */
  readonly isSpare: boolean;
}

/** Without `slowest` it does not measure. */
type OfEveryWorker = Pick<
  HostOptions,
  'initializer' | 'initArgs' | 'finalizer' | 'maxTasksPerChild' | 'maxMemoryPerChild' | 'slowest'
>;

/** What every worker of a host is told, but for its own place and number. */
export function workerPayload(options: HostOptions, own: Omit<WorkerPayload, keyof OfEveryWorker>): WorkerPayload {
  const { initializer, initArgs, finalizer, maxTasksPerChild, maxMemoryPerChild, slowest } = options;
  return { ...own, initializer, initArgs, finalizer, maxTasksPerChild, maxMemoryPerChild, slowest };
}
