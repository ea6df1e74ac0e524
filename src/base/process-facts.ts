import { readFileSync } from 'node:fs';
import { hasProcFs } from './platform.ts';

// What the kernel tells about processes and threads, without the addon.

/** What `/proc` says of a process or thread. @see Linux `proc(5)` */
export interface ProcessStat {
  readonly pid: number;
  /** One letter. */
  readonly state: string;
  readonly parent: number;
  /** Whether it has ended; it has a number still until it is reaped. */
  readonly isOver: boolean;
  /** Processor time that it used, in the kernel's ticks. */
  readonly cpuTicks: number;
  /** In the kernel's ticks: tells it from a later one with the same number. */
  readonly startTime: number;
}

/**
 * Reads what the kernel says of a process, or of one of its threads.
 *
 * @param thread One of it; absent: its first.
 * @returns `undefined` when there is none, or no `/proc`.
 */
export function readStat(pid: number, thread?: string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/${thread === undefined ? '' : `task/${thread}/`}stat`, 'latin1');
    // The name is in parentheses and may hold anything, so the fields are counted from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent] = fields;
    return {
      pid: Number.parseInt(text, 10),
      state,
      parent: Number(parent),
      isOver: /^[ZX]/.test(state),
      cpuTicks: Number(fields[11]) + Number(fields[12]),
      startTime: Number(fields[19]),
    };
  } catch {
    return undefined;
  }
}

/** The variables, `NAME=value`, that a process was started with; none when it is another user's, or there is no `/proc`. */
export function readEnvironment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/**
 * Whether a process exists, is no zombie, and started at `startTime`; `true` where nobody can tell.
 *
 * @param startTime In the kernel's ticks; absent, any process of that number will do.
 */
export function isProcessAlive(pid: number, startTime?: number): boolean {
  if (!hasProcFs) return true;
  const stat = readStat(pid);
  return stat !== undefined && !stat.isOver && (startTime === undefined || stat.startTime === startTime);
}
