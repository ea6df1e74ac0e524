export * from './base/errors.ts';
export type { WaitOptions } from './base/types.ts';
export { Pool } from './pool/pool.ts';
export { AsyncResult } from './pool/async-result.ts';
export type { AsyncMapOptions, AsyncTaskOptions, MapOptions, PoolOptions, TaskOptions } from './pool/options.ts';
export { ResultIterator } from './pool/result-iterator.ts';
export { task, type TaskContext } from './workers/task-context.ts';
