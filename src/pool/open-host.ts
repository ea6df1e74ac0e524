import { cpuCount } from '../process/cpu-count.ts';
import { checkStartMethod } from '../process/methods.ts';
import { WorkerHost } from '../workers/host.ts';
import { assertMayStartWorkers } from '../workers/may-start.ts';
import { slowestOf } from '../workers/pool-insights.ts';
import type { PoolOptions } from './options.ts';

const DEFAULT_KILL_GRACE_MS = 1000;
const DEFAULT_IDLE_MS = 10_000;

/**
 * Starts the workers of a pool.
 *
 * @param owner Class that users have made.
 * @throws ProcessError when a worker cannot be started; NotSendableError when the initializer cannot cross.
 */
export function openHost(owner: string, name: string, given: PoolOptions): WorkerHost {
  const most = given.processes ?? cpuCount();
  const least = Math.min(given.minProcesses ?? most, most);
  const { idleTimeout = DEFAULT_IDLE_MS } = given;
  const method = given.context === undefined ? undefined : checkStartMethod('Pool', 'context', given.context);
  assertMayStartWorkers(owner, method);
  return new WorkerHost(least, {
    name,
    method,
    env: given.env,
    execArgv: given.execArgv,
    resourceLimits: given.resourceLimits,
    preload: given.preload,
    maxRestarts: given.maxRestarts,
    initializer: given.initializer,
    initArgs: [...(given.initArgs ?? [])],
    finalizer: given.finalizer,
    initializerTimeout: given.initializerTimeout,
    finalizerTimeout: given.finalizerTimeout,
    maxTasksPerChild: given.maxTasksPerChild,
    maxMemoryPerChild: given.maxMemoryPerChild,
    killGrace: given.killGrace ?? DEFAULT_KILL_GRACE_MS,
    elastic: least < most ? { min: least, max: most, idleTimeout } : undefined,
    placement: { cpuAffinity: given.cpuAffinity, nice: given.nice },
    spares: given.spares ?? (given.maxTasksPerChild === undefined && given.maxMemoryPerChild === undefined ? 0 : 1),
    mayHaveChildren: !(given.daemon ?? false),
    slowest: slowestOf(given.insights),
  });
}
