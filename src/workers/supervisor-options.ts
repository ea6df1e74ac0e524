import type { ResourceLimits } from 'node:worker_threads';
import type { WorkerLostError } from '../base/errors.ts';
import type { StartMethod } from '../process/launch.ts';
import type { Announcer } from './diagnostics.ts';
import type { Placement } from './placement.ts';
import type { Task } from './task.ts';
import type { Timers } from './timers.ts';
import type { Worker } from './worker.ts';

export interface SupervisorOptions {
  readonly name: string;
  readonly method: StartMethod | undefined;
  readonly env: Record<string, string | undefined> | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly preload: readonly (string | URL)[] | undefined;
  /** Restarts after which the pool gives up, within so many milliseconds. */
  readonly maxRestarts: { readonly count: number; readonly within: number } | undefined;
  readonly placement: Placement;
  /** How many workers there may be: they share the processors. */
  readonly most: number;
  /** Whether workers may start processes of their own. */
  readonly mayHaveChildren: boolean;
  readonly announcer: Announcer;
  readonly timers: Timers;
  /** What a worker in that place is told at its start. */
  payload(slot: number, workerId: number, isSpare: boolean): unknown;
  /** Workers that are ready to take the place of one that ends. */
  readonly spares: number;
}

/** Who is told about the workers' lives. */
export interface SupervisorEvents {
  started(worker: Worker): void;
  /** A worker takes tasks, just started or a spare until now: it makes these calls first. */
  activated(worker: Worker, calls: readonly Task[]): void;
  /** It ended, for whatever reason; its last messages were not read yet. @returns Calls that its successor is to make. */
  ended(worker: Worker): readonly Task[];
  /** No worker could be started for these calls. */
  refused(calls: readonly Task[], error: unknown): void;
  /** Workers keep dying: there will be none any more. */
  gaveUp(error: WorkerLostError): void;
}
