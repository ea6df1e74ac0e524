import { readStat } from '../base/process-facts.ts';
import { native } from '../native/addon.ts';
import type { WorkerHost } from '../workers/host.ts';
import { inService, type Worker } from '../workers/worker.ts';

/** One worker, as it was when it was asked for. */
export interface WorkerInfo {
  /** Number in its pool, from 1; a replacement has a new one. */
  readonly id: number;
  /** That of this process where the workers are threads; so are `rss` and `cpu` then. */
  readonly pid: number;
  readonly state: 'starting' | 'idle' | 'busy' | 'leaving';
  /** Calls that it has made. */
  readonly done: number;
  /** Resident memory in bytes; 0 where the system does not tell. */
  readonly rss: number;
  /** Milliseconds of processor time, user and system; 0 where the system does not tell. */
  readonly cpu: number;
  /** Milliseconds since it was started. */
  readonly age: number;
}

/** What a pool has done and has to do. */
export interface PoolStats {
  readonly name: string;
  /** How many workers there should be. */
  readonly processes: number;
  readonly idle: number;
  readonly busy: number;
  /** Tasks (calls and chunks) that were submitted and have not ended. */
  readonly pending: number;
  /** Those of them that wait in this process because shared memory holds enough for now. */
  readonly waiting: number;
  /** Calls that wait beside those, unread, because `maxInFlight` are under way. */
  readonly held: number;
  /** Tasks that were submitted. */
  readonly submitted: number;
  /** Workers that were started in place of one that ended. */
  readonly restarts: number;
  /** Workers that wait to take the place of another; they are not among {@link Pool.workers}. */
  readonly spares: number;
  /** Workers that start as soon as others have begun, which are only some at a time; they are not among {@link Pool.workers}. */
  readonly unstarted: number;
}

export function workerInfos(host: WorkerHost): WorkerInfo[] {
  return inService(host.workers).map((worker) => ({
    id: worker.id,
    pid: worker.pid,
    state: stateOf(host, worker),
    done: host.look(worker).calls,
    rss: native().resident(worker.pid),
    cpu: cpuOf(worker.pid),
    age: performance.now() - worker.startedAt,
  }));
}

/** @param held Calls that were not given to the host yet. */
export function poolStats(host: WorkerHost, held: number): PoolStats {
  const states = inService(host.workers).map((worker) => stateOf(host, worker));
  return {
    name: host.name,
    processes: host.size,
    idle: states.filter((state) => state === 'idle').length,
    busy: states.filter((state) => state === 'busy').length,
    pending: host.outstanding,
    ...host.counts,
    held,
  };
}

function stateOf(host: WorkerHost, worker: Worker): WorkerInfo['state'] {
  if (worker.state === 'starting') return 'starting';
  if (worker.state !== 'ready' || worker.isRetiring) return 'leaving';
  return host.look(worker).isBusy ? 'busy' : 'idle';
}

/** The kernel counts in hundredths of a second for its users, on every architecture. */
const TICK_MS = 10;

function cpuOf(pid: number): number {
  // It may just have ended, or this system has no /proc.
  return (readStat(pid)?.cpuTicks ?? 0) * TICK_MS;
}
