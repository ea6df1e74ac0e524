import { setPriority } from 'node:os';
import { ProcessError } from '../base/errors.ts';
import { wrongRange } from '../base/invalid.ts';
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
 * @throws RangeError for processors that there are not; an error with the system's code when it is refused; ProcessError for a thread, which would change its whole process.
 */
export function place(pid: number, slot: number, { cpuAffinity, nice }: Placement): void {
  if (cpuAffinity === undefined && nice === undefined) return;
  if (pid === process.pid)
    throw new ProcessError('`cpuAffinity` and `nice` are for worker processes: threads have those of their process');
  if (cpuAffinity !== undefined) pin(pid, cpuAffinity === 'spread' ? own(slot) : [...cpuAffinity]);
  if (nice !== undefined) setPriority(pid, nice);
}

function pin(pid: number, cpus: readonly number[]): void {
  try {
    native().setAffinity(pid, cpus);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
    const allowed = native().getAffinity(process.pid).join(', ');
    // The system refuses only if it has none of them, so the first one is as wrong as any.
    throw wrongRange('Pool', 'cpuAffinity[0]', `a processor that this program may use (${allowed})`, cpus[0]);
  }
}

function own(slot: number): number[] {
  const cpus = native().getAffinity(process.pid);
  const cpu = cpus[slot % Math.max(1, cpus.length)];
  return cpu === undefined ? [] : [cpu];
}
