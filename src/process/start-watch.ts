import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { hasProcFs } from '../base/platform.ts';
import { readStat, type ProcessStat } from '../base/process-facts.ts';
import { warn } from '../base/warn.ts';
import { SIGKILL } from './signals.ts';
import { noteStderr } from './stderr-tail.ts';

/*
 * Where the system refuses a starting Node one of its own threads, for example at the limit of processes, Node waits for ever
 * for that thread to say that it runs. Nothing of ours runs in such a child, so its parent looks: a child that has fewer threads
 * than each Node has, of which none runs or has run since the last look, will never begin.
 */

/** Between two looks. */
export const LOOK_MS: number = 1000;
/** The first, one for delayed tasks, and V8's four. Whatever may rightly wait for long (a debugger, preloaded modules) comes later. */
const THREADS = 6;
/** With it, a Node may have fewer. */
const OWN_NUMBER = /--v8[-_]pool[-_]size/;

const STUCK =
  "the system refused Node one of its own threads, and Node's start waits for it for ever, so the process was killed; " +
  "the limit of processes is reached (see `ulimit -u` and the container's pids limit): start fewer at once";

/** A child that may not have all its threads yet. */
interface Starting {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Processor time of all its threads when it was last looked at and none of them ran. */
  idleAt: number | undefined;
  readonly margin: Uint8Array;
}

/** Node's settings of which some are looked at. */
export interface WatchedSettings {
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const starting = new Set<Starting>();
let timer: NodeJS.Timeout | undefined;
let lookedAt = 0;

/**
 * Ends `child` with SIGKILL when Node cannot start in it.
 *
 * @param margin Of the channel to it: what has happened becomes its last words there, as it has none.
 * @see Node `WorkerThreadsTaskRunner`, which waits for the threads of its pool
 */
export function watchStart(child: ChildProcess, { flags, env }: WatchedSettings, margin: Uint8Array): void {
  const { pid } = child;
  if (pid === undefined || !hasProcFs || OWN_NUMBER.test(`${flags.join(' ')} ${env['NODE_OPTIONS'] ?? ''}`)) return;
  if (starting.size === 0) lookedAt = performance.now();
  const entry: Starting = { child, pid, idleAt: undefined, margin };
  starting.add(entry);
  child.once('exit', () => leave(entry));
  timer ??= setInterval(lookAtStarts, LOOK_MS).unref();
}

/** For threads that block, and so have no timers. Looks now and then only, however often it is called. */
export function lookAtStarts(): void {
  if (starting.size === 0 || performance.now() - lookedAt < LOOK_MS * 0.9) return;
  lookedAt = performance.now();
  for (const entry of starting) look(entry);
}

function leave(entry: Starting): void {
  starting.delete(entry);
  if (starting.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}

function look(entry: Starting): void {
  const threads = threadsOf(entry.pid);
  if (threads.length === 0 || threads.length >= THREADS) return leave(entry);
  const idleAt = threads.every(({ state }) => state === 'S') ? sum(threads) : undefined;
  const isStuck = idleAt !== undefined && idleAt === entry.idleAt;
  entry.idleAt = idleAt;
  if (!isStuck) return;
  leave(entry);
  warn(`process ${entry.pid} could not begin: ${STUCK}`, 'WARN_MP_STUCK_START');
  noteStderr(entry.margin, STUCK);
  entry.child.kill(SIGKILL);
}

function threadsOf(pid: number): ProcessStat[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => readStat(pid, thread) ?? []);
  } catch {
    // It is gone.
    return [];
  }
}

function sum(threads: readonly ProcessStat[]): number {
  return threads.reduce((ticks, { cpuTicks }) => ticks + cpuTicks, 0);
}
