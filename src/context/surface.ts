// What the main door shows; a file of its own, so that the door can give it as one object too.

export * from '../base/errors.ts';
export type { WaitOptions } from '../base/types.ts';
export { Pool } from '../pool/pool.ts';
export { ThreadPool, type ThreadPoolOptions } from '../pool/thread-pool.ts';
export { AsyncResult } from '../pool/async-result.ts';
export type { AsyncMapOptions, AsyncTaskOptions, MapOptions, PoolOptions, TaskOptions } from '../pool/options.ts';
export type { Progress, ProgressOption, ProgressOptions } from '../pool/map-progress.ts';
export { ResultIterator } from '../pool/result-iterator.ts';
export { carryContext } from '../workers/carried-context.ts';
export { task, type TaskContext } from '../workers/task-context.ts';
export { Process, activeChildren, currentProcess, parentProcess } from '../process/process.ts';
export type { EndOptions } from '../process/end-tree.ts';
export type { ProcessOptions } from '../process/options.ts';
export type { StartMethod } from '../process/launch.ts';
export type { Waitable } from '../process/sentinel.ts';
export { run, runSync, type RunOptions } from '../process/run.ts';
export { cpuCount } from '../process/cpu-count.ts';
export { isMain } from '../reduction/functions/main-module.ts';
export { explain } from '../reduction/functions/explain.ts';
export { register } from '../reduction/functions/registry.ts';
export { REDUCE, registerReducer } from '../reduction/reducers.ts';
export { JoinableQueue, Queue, SimpleQueue } from '../queues/queue.ts';
export { Barrier, type BarrierOptions } from '../synchronize/barrier.ts';
export { Condition } from '../synchronize/condition.ts';
export { Event, Event as ProcessEvent } from '../synchronize/event.ts';
export type { Hold } from '../synchronize/holdable.ts';
export { Lock, RLock } from '../synchronize/lock.ts';
export { BoundedSemaphore, Semaphore } from '../synchronize/semaphore.ts';
export { Connection } from '../connection/connection.ts';
export { Pipe, type PipeOptions } from '../connection/pipe.ts';
export { wait, waitSync } from '../connection/wait.ts';
export { Listener, type ListenerOptions } from '../connection/listener.ts';
export { Client, type ClientOptions } from '../connection/client.ts';
export type { Address, Family } from '../connection/address.ts';
export { SharedArray as Array, RawArray, SharedArray } from '../sharedctypes/array.ts';
export { copy } from '../sharedctypes/copy.ts';
export type { Guarded, LockOption } from '../sharedctypes/guard.ts';
export { Struct, type Fields, type RecordOf } from '../sharedctypes/struct.ts';
export type { ArrayOf, ElementOf, ElementType, TypeCode } from '../sharedctypes/types.ts';
export { RawValue, Value } from '../sharedctypes/value.ts';
export { ShareableList, type Shareable } from '../shared-memory/shareable-list.ts';
export { SharedMemory, type SharedMemoryOptions } from '../shared-memory/shared-memory.ts';
export { BaseManager, type Creatable } from '../managers/base-manager.ts';
export { Manager, SyncManager } from './managers.ts';
export { SharedMemoryManager } from '../managers/shared-memory-manager.ts';
export { Server } from '../managers/manager-server.ts';
export type { ManagerOptions } from '../managers/options.ts';
export type { ManagedMapOptions, ManagedPoolOptions, ManagedTaskOptions } from '../managers/pool-options.ts';
export type { RegisterOptions } from '../managers/registered.ts';
export type { Change, Operation } from '../managers/objects/operations.ts';
export { BaseProxy } from '../managers/proxies/base-proxy.ts';
export type { ProxyOf } from '../managers/proxies/auto-proxy.ts';
export type { RemoteIterator } from '../managers/proxies/proxy-types.ts';
export {
  ArrayProxy,
  DictProxy,
  ListProxy,
  NamespaceProxy,
  SetProxy,
  ValueProxy,
} from '../managers/proxies/containers.ts';
export { IteratorProxy } from '../managers/proxies/iterator-proxy.ts';
export {
  BoundedSemaphoreProxy,
  ConditionProxy,
  LockProxy,
  RLockProxy,
  SemaphoreProxy,
} from '../managers/proxies/locks.ts';
export { BarrierProxy, EventProxy } from '../managers/proxies/meeting.ts';
export { PoolProxy } from '../managers/proxies/pool-proxy.ts';
export { JoinableQueueProxy, QueueProxy } from '../managers/proxies/queues.ts';
export { SyncResultIterator } from '../pool/result-iterator.ts';
export type { BroadcastOptions } from '../pool/broadcast-job.ts';
export type { PoolStats, WorkerInfo } from '../pool/stats.ts';
export { PoolInsights, type TotalInsights } from '../workers/pool-insights.ts';
export type { SlowTask, WorkerInsights } from '../workers/insights.ts';
export type {
  PoolEvent,
  PoolOpenEvent,
  TaskEndEvent,
  TaskEvent,
  TaskOutcome,
  TaskProgressEvent,
  TaskRetryEvent,
  TaskStartEvent,
  TaskSubmitEvent,
  WorkerEndEvent,
  WorkerEvent,
  WorkerReadyEvent,
  WorkerReplaceEvent,
} from '../workers/events.ts';
export { advise, benchmarkTask } from '../tools/tools.ts';
export type { AdviseOptions, BenchmarkOptions } from '../tools/options.ts';
export type { Advice, Measured, Way } from '../tools/advise.ts';
export type { BenchmarkResult } from '../tools/benchmark-task.ts';
export { Future } from '../futures/future.ts';
export {
  type ExecutorMapOptions,
  type ExecutorOptions,
  ProcessPoolExecutor,
  type ShutdownOptions,
  ThreadPoolExecutor,
} from '../futures/executor.ts';
export {
  asCompleted,
  type ReturnWhen,
  type Waited,
  waitFutures,
  type WaitFuturesOptions,
  waitFuturesSync,
} from '../futures/wait.ts';
export { getReusableExecutor } from '../futures/reusable.ts';
export { ProcessManager } from '../futures/process-manager.ts';
export { getAllStartMethods, getStartMethod, setStartMethod } from '../process/methods.ts';
export { type PreloadOptions, type PreloadPolicy, setForkserverPreload } from '../process/preload.ts';
export { getLogger, logToStderr } from '../logging/get-logger.ts';
export type { LevelName, LogLevel } from '../logging/levels.ts';
export type { Logger } from '../logging/logger.ts';
export type { LogRecord } from '../logging/record.ts';
export type { ConsoleLike, LogHandler } from '../logging/sinks.ts';
