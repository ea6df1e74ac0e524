import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { processState } from './state.ts';

const QUOTA = '/sys/fs/cgroup/cpu.max';

/**
 * How many processors this program can keep busy: those it may run on, or fewer when a container's quota allows less.
 *
 * In a worker of a pool it is the worker's share of them: a pool in a pool does not start workers for processors that its
 * neighbours use.
 *
 * Python's `cpu_count` counts those of the machine; a pool made after that number would be slower than a smaller one.
 *
 * @returns An integer >= 1.
 * @see Python `os.process_cpu_count`, `sched_getaffinity(2)`, `cpu.max` of cgroup v2
 */
export function cpuCount(): number {
  const share = processState().profile.cpus ?? Infinity;
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(quota()), share));
}

/** Processors that the cgroup may use; infinite without a limit. */
function quota(): number {
  try {
    const [limit, period] = readFileSync(QUOTA, 'utf8').trim().split(' ').map(Number);
    return limit && period && limit > 0 && period > 0 ? limit / period : Infinity;
  } catch {
    return Infinity; // Another system, or an older kind of cgroup.
  }
}
