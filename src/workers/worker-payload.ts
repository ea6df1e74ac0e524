import type { AnyFunction } from '../base/types.ts';
import type { HostOptions } from './host-options.ts';
import type { RegionHandle } from '../shared-memory/region.ts';

/** What a worker is told at its start. */
export interface WorkerPayload {
  readonly memory: RegionHandle;
  /** Its place in the shared memory. */
  readonly slot: number;
  readonly workerId: number;
  /** Whether it waits, with its initializer done, until it is told to take tasks. */
  readonly isSpare: boolean;
  readonly initializer: AnyFunction | undefined;
  readonly initArgs: readonly unknown[];
  readonly finalizer: AnyFunction | undefined;
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChild: number | undefined;
  /** How many of its slowest calls it tells; absent: it does not measure. */
  readonly slowest: number | undefined;
}

/** What every worker of a host is told, but for its own place and number. */
export function workerPayload(
  options: HostOptions,
  own: Pick<WorkerPayload, 'memory' | 'slot' | 'workerId' | 'isSpare'>,
): WorkerPayload {
  const { initializer, initArgs, finalizer, maxTasksPerChild, maxMemoryPerChild, slowest } = options;
  return { ...own, initializer, initArgs, finalizer, maxTasksPerChild, maxMemoryPerChild, slowest };
}
