import type { AnyFunction } from '../base/types.ts';
import type { StartMethod } from '../process/launch.ts';

// What of a pool's options means something in a manager's server. Pools lie beside managers and not below: their own types are not
// to be seen here, and `test/managers/proxy-types.test.ts` holds that these are some of theirs. The pool itself checks them.

/** Options of a manager's pool: as of `Pool`, whose page says what they do. Functions run in the server's workers. */
export interface ManagedPoolOptions {
  readonly processes?: number | undefined;
  readonly minProcesses?: number | undefined;
  readonly idleTimeout?: number | undefined;
  readonly cpuAffinity?: readonly number[] | 'spread' | undefined;
  readonly nice?: number | undefined;
  readonly maxInFlight?: number | undefined;
  readonly daemon?: boolean | undefined;
  readonly name?: string | undefined;
  readonly context?: StartMethod | undefined;
  readonly initializer?: AnyFunction | undefined;
  readonly initArgs?: readonly unknown[] | undefined;
  readonly finalizer?: (() => unknown) | undefined;
  readonly maxTasksPerChild?: number | undefined;
  readonly maxMemoryPerChild?: number | undefined;
  readonly maxRestarts?: { readonly count: number; readonly within: number } | undefined;
  readonly taskTimeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly killGrace?: number | undefined;
  readonly env?: Record<string, string | undefined> | undefined;
  readonly execArgv?: readonly string[] | undefined;
}

/** Options of one call. A signal would not reach the server: use `timeout`. */
export interface ManagedTaskOptions {
  readonly timeout?: number | undefined;
  readonly retries?: number | undefined;
  readonly priority?: number | undefined;
}

/** Options of the maps. */
export interface ManagedMapOptions extends ManagedTaskOptions {
  readonly chunkSize?: number | undefined;
  readonly onError?: 'throw' | 'aggregate' | undefined;
  readonly failFast?: boolean | undefined;
}
