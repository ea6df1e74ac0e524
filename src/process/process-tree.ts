import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { type ProcessStat, readEnvironment, readStat } from '../base/process-facts.ts';

const { SIGSTOP, SIGCONT } = constants.signals;
/** Signals take effect a moment after they were sent. */
const LOOK_AGAIN_MS = 1;
/** One that waits for a device cannot be stopped before that answers; the others need not wait for it. */
const MOST_LOOKS = 100;

/**
 * Sends a signal to a process and to all that it started, they started and so on, by whatever means.
 *
 * Each is stopped before its children are looked for, so that none can start another unseen, or end and leave its number to
 * somebody else. They go on, the last ones first, when all have got the signal. Those whose parent has ended before are
 * nobody's children any more, and are not found.
 *
 * @param root A child of this process that has not been reaped.
 * @see Linux `proc(5)`, `signal(7)`
 */
export function signalTree(root: number, signal: number): void {
  const stopped: ProcessStat[] = [];
  const first = readStat(root);
  let level = first ? [first] : [];
  while (level.length > 0) {
    level = level.filter((one) => stop(one));
    stopped.push(...level);
    awaitStop(level);
    const known = new Set(stopped.map(({ pid }) => pid));
    level = allProcesses().filter(({ pid, parent }) => known.has(parent) && !known.has(pid));
  }
  for (const { pid } of stopped) send(pid, signal);
  for (const { pid } of stopped.toReversed()) send(pid, SIGCONT);
}

/** @returns Whether it was still the same; another one, which took its number, goes on. */
function stop({ pid, parent, startTime }: ProcessStat): boolean {
  if (!send(pid, SIGSTOP)) return false;
  const now = readStat(pid);
  if (now?.startTime === startTime && now.parent === parent) return true;
  if (now) send(pid, SIGCONT);
  return false;
}

/** Until they are stopped they may start others. */
function awaitStop(level: readonly ProcessStat[]): void {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (let look = 0; look < MOST_LOOKS && level.some(({ pid }) => isAtWork(pid)); look++) {
    Atomics.wait(sleep, 0, 0, LOOK_AGAIN_MS);
  }
}

/** Whether one of its threads is not stopped, and has not ended. */
function isAtWork(pid: number): boolean {
  return list(`/proc/${pid}/task`).some((thread) => {
    const stat = readStat(pid, thread);
    return stat !== undefined && !stat.isOver && !/^[Tt]/.test(stat.state);
  });
}

/** @returns Whether there is such a process, and this one may send it signals. */
function send(pid: number, signal: number): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

/** How many processes were started with an environment of that kind. */
export function countProcesses(isCounted: (environment: readonly string[]) => boolean): number {
  return allNumbers().filter((pid) => isCounted(readEnvironment(pid))).length;
}

function allProcesses(): ProcessStat[] {
  return allNumbers().flatMap((pid) => readStat(pid) ?? []);
}

function allNumbers(): number[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Empty when it ended meanwhile. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
