import { readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';

const { SIGSTOP, SIGCONT } = constants.signals;
/** Signals take effect a moment after they were sent. */
const LOOK_AGAIN_MS = 1;
/** One that waits for a device cannot be stopped before that answers; the others need not wait for it. */
const MOST_LOOKS = 100;

/** What the system tells of a process. */
interface Facts {
  readonly pid: number;
  readonly parent: number;
  /** One letter; see proc(5). */
  readonly state: string;
  /** In the kernel's ticks: tells it from a later process with the same number. */
  readonly startTime: string;
}

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
  const stopped: Facts[] = [];
  const first = factsOf(root);
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
function stop({ pid, parent, startTime }: Facts): boolean {
  if (!send(pid, SIGSTOP)) return false;
  const now = factsOf(pid);
  if (now?.startTime === startTime && now.parent === parent) return true;
  if (now) send(pid, SIGCONT);
  return false;
}

/** Until they are stopped they may start others. */
function awaitStop(level: readonly Facts[]): void {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (let look = 0; look < MOST_LOOKS && level.some(({ pid }) => isAtWork(pid)); look++) {
    Atomics.wait(sleep, 0, 0, LOOK_AGAIN_MS);
  }
}

/** Whether one of its threads is not stopped, and has not ended. */
function isAtWork(pid: number): boolean {
  return list(`/proc/${pid}/task`).some((thread) => {
    const facts = read(`/proc/${pid}/task/${thread}/stat`);
    return facts !== undefined && !/^[TtZX]/.test(facts.state);
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

function allProcesses(): Facts[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => factsOf(Number(name)) ?? []);
}

/** `undefined` for one that is gone; one that nobody has reaped yet can start nothing, but has a number still. */
function factsOf(pid: number): Facts | undefined {
  return read(`/proc/${pid}/stat`);
}

function read(file: string): Facts | undefined {
  try {
    const text = readFileSync(file, 'latin1');
    // The name is in parentheses and may hold anything, so the fields are counted from its end.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [state = '', parent] = fields;
    return { pid: Number.parseInt(text, 10), parent: Number(parent), state, startTime: fields[19] ?? '' };
  } catch {
    return undefined;
  }
}

/** Empty when it ended meanwhile. */
function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
