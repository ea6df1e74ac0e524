import { wrongRange } from '../base/invalid.ts';
import { poolOptions, type PoolOptions } from './options.ts';
import { Pool } from './pool.ts';

/** Options of a pool of threads: those of {@link Pool} but for what only processes have. */
export type ThreadPoolOptions = Omit<PoolOptions, 'context' | 'cpuAffinity' | 'nice'>;

const ONLY_FOR_PROCESSES = ['context', 'cpuAffinity', 'nice'] as const;

/**
 * As {@link Pool}, in threads of this process.
 *
 * They start faster and take less memory. But they share its current directory, signals and standard streams, and a crash of
 * native code ends them all. `process.exit` in a task ends its thread only.
 *
 * @see Python `multiprocessing.pool.ThreadPool`, whose threads share objects; these do not
 *
 * @example
 * ```ts
 * await using pool = new ThreadPool(4);
 * const squares = await pool.map(square, [1, 2, 3]);
 * ```
 */
export class ThreadPool extends Pool {
  /**
   * Starts the workers; they prepare while the program goes on.
   *
   * @param processes How many threads (default: the cores this program may use), or options.
   * @throws RangeError when an option is given that only processes have.
   */
  constructor(processes?: number | ThreadPoolOptions, options?: ThreadPoolOptions) {
    const given = poolOptions('ThreadPool', processes, options);
    for (const name of ONLY_FOR_PROCESSES) {
      const value: unknown = Reflect.get(given, name);
      if (value !== undefined) throw wrongRange('ThreadPool', name, 'left out: a pool of processes has it', value);
    }
    super({ ...given, context: 'thread' });
  }
}
