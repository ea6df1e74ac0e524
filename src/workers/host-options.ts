import type { AnyFunction } from '../base/types.ts';
import type { ElasticOptions } from './elastic.ts';
import type { PhaseLimits } from './phases.ts';
import type { SupervisorOptions } from './supervisor-options.ts';

/** What a host of workers is made of. */
export interface HostOptions extends Omit<SupervisorOptions, 'payload' | 'announcer' | 'most' | 'timers'>, PhaseLimits {
  readonly initializer: AnyFunction | undefined;
  readonly initArgs: readonly unknown[];
  readonly finalizer: AnyFunction | undefined;
  readonly maxTasksPerChild: number | undefined;
  readonly maxMemoryPerChild: number | undefined;
  /** How many of the slowest calls are kept; absent: nothing is measured. */
  readonly slowest: number | undefined;
  /** Absent: the number of workers changes by {@link WorkerHost.resize} only. */
  readonly elastic: ElasticOptions | undefined;
  /** Milliseconds that a cancelled task has to heed its signal before its worker is killed. */
  readonly killGrace: number;
}
