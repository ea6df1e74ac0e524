/*
 * What happens in pools and executors, for whoever subscribes to these channels of `node:diagnostics_channel`.
 */

/** How a task ended. `lost`: its worker died; `cancelled`: by the caller, a time-out, or the end of the pool. */
export type TaskOutcome = 'done' | 'failed' | 'cancelled' | 'lost';

/** Part of every event. */
export interface PoolEvent {
  /** Name of the pool or executor. */
  readonly pool: string;
  /** When it happened, as `performance.now()` counts. */
  readonly time: number;
}

/** `manycore:pool:open` */
export interface PoolOpenEvent extends PoolEvent {
  /** Workers that it starts with. */
  readonly processes: number;
}

/** `manycore:worker:start`, and part of every event of a worker. */
export interface WorkerEvent extends PoolEvent {
  readonly workerId: number;
  readonly pid: number;
}

/** `manycore:worker:ready` */
export interface WorkerReadyEvent extends WorkerEvent {
  /** Milliseconds from its start, those of the initializer included. */
  readonly startup: number;
}

/** `manycore:worker:end` and `manycore:worker:lost` */
export interface WorkerEndEvent extends WorkerEvent {
  /** `undefined` when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Such as `SIGKILL`. */
  readonly signal: string | undefined;
  /** Calls that it had made. */
  readonly calls: number;
}

/** `manycore:worker:replace` */
export interface WorkerReplaceEvent extends WorkerEvent {
  /** Number of the worker whose place it takes. */
  readonly replaces: number;
}

/** `manycore:task:queue`, and part of every event of a task. */
export interface TaskEvent extends PoolEvent {
  /** Number of the task in its pool, from 1; `task().id` in the task itself. */
  readonly task: number;
  /** Name of the function. */
  readonly name: string;
}

/** `manycore:task:submit` */
export interface TaskSubmitEvent extends TaskEvent {
  /** Calls that it makes: 1, or as many as the chunk of a map has items. */
  readonly items: number;
  readonly priority: number;
}

/** `manycore:task:start` */
export interface TaskStartEvent extends TaskEvent {
  readonly workerId: number;
  readonly pid: number;
  /** Which run of the task it is, from 1. */
  readonly attempt: number;
}

/** `manycore:task:progress` */
export interface TaskProgressEvent extends TaskEvent {
  /** Index of the item in its map; 0 for single calls. */
  readonly index: number;
  /** What the task gave to `report`. */
  readonly value: unknown;
}

/** `manycore:task:retry` */
export interface TaskRetryEvent extends TaskEvent {
  /** Number of the worker that was lost. */
  readonly workerId: number;
  /** Runs that are left after this one. */
  readonly retries: number;
}

/** `manycore:task:end` */
export interface TaskEndEvent extends TaskEvent {
  readonly outcome: TaskOutcome;
  /** What it failed with, where that is one error; those of items are told to their map. */
  readonly error: unknown;
  /** Milliseconds since its start; `undefined` unless somebody subscribes to starts as well. */
  readonly duration: number | undefined;
}

/** Every channel, and what its messages hold besides `pool` and `time`. */
export const EVENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'manycore:pool:open': ['processes'],
  'manycore:pool:close': [],
  'manycore:pool:end': [],
  'manycore:worker:start': ['workerId', 'pid'],
  'manycore:worker:ready': ['workerId', 'pid', 'startup'],
  'manycore:worker:end': ['workerId', 'pid', 'exitCode', 'signal', 'calls'],
  'manycore:worker:lost': ['workerId', 'pid', 'exitCode', 'signal', 'calls'],
  'manycore:worker:replace': ['workerId', 'pid', 'replaces'],
  'manycore:task:submit': ['task', 'name', 'items', 'priority'],
  'manycore:task:queue': ['task', 'name'],
  'manycore:task:start': ['task', 'name', 'workerId', 'pid', 'attempt'],
  'manycore:task:progress': ['task', 'name', 'index', 'value'],
  'manycore:task:retry': ['task', 'name', 'workerId', 'retries'],
  'manycore:task:end': ['task', 'name', 'outcome', 'error', 'duration'],
};
