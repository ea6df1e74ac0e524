import { setPriority } from 'node:os';
import { ProcessError } from '../base/errors.ts';
import { native } from '../native/addon.ts';

/** On which processors, and how eagerly, workers run. */
export interface Placement {
  /** Processors that every worker may use; `spread`: each gets one of those of this process, in turn. */
  readonly cpuAffinity: readonly number[] | 'spread' | undefined;
  /** -20 (most eager) to 19; below 0 needs privileges. */
  readonly nice: number | undefined;
}

/**
 * Applies it to a worker that was just started; threads that it starts later inherit it.
 *
 * @throws An error with the system's code when it is refused; ProcessError for a thread, which would change its whole process.
 */
export function place(pid: number, slot: number, { cpuAffinity, nice }: Placement): void {
  if (cpuAffinity === undefined && nice === undefined) return;
  if (pid === process.pid)
    throw new ProcessError('`cpuAffinity` and `nice` are for worker processes: threads have those of their process');
  if (cpuAffinity !== undefined) native().setAffinity(pid, cpuAffinity === 'spread' ? own(slot) : [...cpuAffinity]);
  if (nice !== undefined) setPriority(pid, nice);
}

function own(slot: number): number[] {
  const cpus = native().getAffinity(process.pid);
  const cpu = cpus[slot % Math.max(1, cpus.length)];
  return cpu === undefined ? [] : [cpu];
}
