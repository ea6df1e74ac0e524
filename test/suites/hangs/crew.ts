import { type ExecutorOptions, Pool, type PoolOptions, ProcessPoolExecutor } from 'manycore';
import { contextOf } from '../../pool/support.ts';
import * as tasks from '../../pool/hard-tasks.ts';
import type { StartMethod } from '../../helpers/matrix.ts';
import { makeCall, type Submit, type Workers } from './submits.ts';

/** Megabytes of heap after which a worker is out of memory: soon. */
const HEAP_MB = 48;
const KILL_GRACE_MS = 100;

/** Options that a pool and an executor have both. */
type Options = Pick<PoolOptions & ExecutorOptions, 'initializer' | 'initializerTimeout'>;

/** One pool and one executor of a start method, which all cells share; a new one where a cell has ended it. */
export class Crew implements Workers, AsyncDisposable {
  readonly method: StartMethod;
  #pool: Pool | undefined;
  #executor: ProcessPoolExecutor | undefined;

  constructor(method: StartMethod) {
    this.method = method;
  }

  get pool(): Pool {
    this.#pool ??= this.makePool();
    return this.#pool;
  }

  get executor(): ProcessPoolExecutor {
    if (this.#executor?.isShutDown) this.#executor = undefined;
    this.#executor ??= this.makeExecutor();
    return this.#executor;
  }

  /** A pool for one cell, which is to be broken. */
  makePool(options: Options = {}): Pool {
    return new Pool({ processes: 2, killGrace: KILL_GRACE_MS, ...this.#limits, ...options });
  }

  makeExecutor(options: Options = {}): ProcessPoolExecutor {
    return new ProcessPoolExecutor({ maxWorkers: 2, ...this.#limits, ...options });
  }

  /** Four tasks in a row, submitted in the same way. */
  async work(submit: Submit): Promise<void> {
    for (let i = 1; i <= 4; i++) {
      const value = await makeCall(submit, this, { fn: tasks.square, argument: i });
      if (value !== i * i) throw new Error(`task ${i} gave ${String(value)}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.terminate();
    await this.#executor?.terminateWorkers();
  }

  get #limits(): Pick<PoolOptions & ExecutorOptions, 'context' | 'execArgv' | 'resourceLimits'> {
    const context = contextOf(this.method);
    if (this.method === 'thread') return { context, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } };
    return { context, execArgv: [`--max-old-space-size=${HEAP_MB}`] };
  }
}
