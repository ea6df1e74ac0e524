import { readFileSync } from 'node:fs';
import { hasProcFs } from './platform.ts';

// What the kernel tells about other processes, without the addon: for those who clean up where it may be missing.

/** Field of `/proc/<pid>/stat` behind the name of the program, from 0: its state, and when it started. */
const STATE = 0;
const START_TIME = 19;

/**
 * Whether a process exists, is no zombie, and started at `startTime`; `true` where nobody can tell.
 *
 * @param startTime In the kernel's ticks; absent, any process of that number will do.
 */
export function isProcessAlive(pid: number, startTime?: number): boolean {
  if (!hasProcFs) return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name is in parentheses and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isOver = fields[STATE] === 'Z' || fields[STATE] === 'X';
    return !isOver && (startTime === undefined || Number(fields[START_TIME]) === startTime);
  } catch {
    return false; // There is none.
  }
}
