import type { AnyFunction } from '../base/types.ts';
import type { RegionHandle } from '../shared-memory/region.ts';

/** What a worker is told at its start. */
export interface WorkerPayload {
  readonly memory: RegionHandle;
  /** Its place in the shared memory. */
  readonly slot: number;
  readonly workerId: number;
  readonly initializer: AnyFunction | undefined;
  readonly initArgs: readonly unknown[];
  readonly finalizer: AnyFunction | undefined;
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChild: number | undefined;
}
