import { createRequire } from 'node:module';
import type { PoolOptions } from '../pool/options.ts';
import type * as managedPool from './managed-pool.ts';

const require = createRequire(import.meta.url);

/** Makes the pool of `manager.Pool`. Servers import this file at their start; pools are loaded when the first one is made. */
export function makePool(processes?: number | PoolOptions): managedPool.ManagedPool {
  // What that file exports.
  const { ManagedPool } = require('./managed-pool.js') as typeof managedPool;
  return new ManagedPool(processes);
}
