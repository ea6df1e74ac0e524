import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sharedState } from '../base/globals.ts';
import { sharedMemoryFolder } from '../base/platform.ts';
import { isProcessAlive } from '../base/process-facts.ts';
import { warn } from '../base/warn.ts';
import { native } from '../native/addon.ts';
import { TRACKER } from './tracker-script.ts';

/*
 * What a program must not leave behind when it ends, however it ends: the names of its shared memory.
 *
 *   /dev/shm/manycore-<pid>-<start time>-<namespace>/n-<name>      one file for each name, whose content is the block's inode
 *
 * The folder is named after the program's first process, with which all others end, and the namespace of its number:
 * containers may share the folder of shared memory, but do not see each other's processes. A tracker waits for that end: a shell
 * that is started with the first name and ends with the last one. It unlinks what is listed, if it still is the same
 * file. Should the tracker be killed as well, the next program that uses names, or `manycore clean`, does its work.
 */

/** Older versions name no namespace. */
const FOLDER = /^manycore-(\d+)-(\d+)(?:-(\d+))?$/;
const PREFIX = 'n-';
/** Says which process is the tracker. */
const PID_FILE = 'tracker';

const root: string = sharedMemoryFolder ?? '/dev/shm';

/** Notes that this program is to unlink `name` when it ends. */
export function trackName(name: string, inode: number | bigint): void {
  const folder = ownFolder();
  const file = join(folder, PREFIX + name);
  try {
    writeFileSync(file, `${inode}\n`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    // The first name of the program, or the first again.
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(file, `${inode}\n`);
  }
  keepTracker(folder);
}

/** The name was unlinked on purpose. */
export function forgetName(name: string): void {
  const folder = ownFolder();
  remove(() => unlinkSync(join(folder, PREFIX + name)));
  if (list(folder).every((file) => file === PID_FILE)) remove(() => unlinkSync(join(folder, PID_FILE)));
  remove(() => rmdirSync(folder));
  if (!existsSync(folder)) trackers().get(folder)?.stdin?.end();
}

/** A name that a program left behind. */
export interface LeftName {
  readonly name: string;
  /** Of the program's first process. */
  readonly pid: number;
  /** Bytes of the block. */
  readonly size: number;
}

/**
 * Unlinks what programs that are gone have left, and that their tracker did not.
 *
 * @param isDryRun Whether only to look.
 * @returns What was unlinked, or would be.
 */
export function cleanNames(isDryRun = false): LeftName[] {
  const found: LeftName[] = [];
  for (const entry of list(root)) {
    const [, pid, start, namespace = pidNamespace()] = FOLDER.exec(entry) ?? [];
    if (pid === undefined || namespace !== pidNamespace() || isProcessAlive(Number(pid), Number(start))) continue;
    const folder = join(root, entry);
    // The tracker does it, and says so.
    if (isRunning(join(folder, PID_FILE))) continue;
    for (const file of list(folder)) {
      const name = file.slice(PREFIX.length);
      const size = sizeOf(name, join(folder, file));
      if (size !== undefined && (isDryRun || remove(() => unlinkSync(join(root, name)))))
        found.push({ name, pid: Number(pid), size });
      if (!isDryRun) remove(() => unlinkSync(join(folder, file)));
    }
    if (!isDryRun) remove(() => rmdirSync(folder));
  }
  return found;
}

/** Bytes of the block that was noted; `undefined` when the name means none, or that of another program, by now. */
function sizeOf(name: string, noted: string): number | undefined {
  try {
    const { ino, size } = statSync(join(root, name));
    return ino === Number(readFileSync(noted, 'utf8')) ? size : undefined;
  } catch {
    return undefined; // One of the two is gone already.
  }
}

/** In which numbers of processes count. */
function pidNamespace(): string {
  return sharedState('shared-memory.namespace.1', () => {
    try {
      return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
    } catch {
      return '0'; // Everybody here sees the same.
    }
  });
}

/** The program's first process is the one that made its shared heap, whoever asks. */
function programOf(): readonly [pid: number, startTime: number] {
  const pid = native().program()?.[0] ?? process.pid;
  return [pid, native().startTime(pid)];
}

function ownFolder(): string {
  return sharedState('shared-memory.names.1', () =>
    join(root, `manycore-${[...programOf(), pidNamespace()].join('-')}`),
  );
}

function trackers(): Map<string, ChildProcess> {
  return sharedState('shared-memory.trackers.1', () => new Map<string, ChildProcess>());
}

/** Starts the tracker, unless this program has one. */
function keepTracker(folder: string): void {
  const known = trackers().get(folder);
  if (known && known.exitCode === null && known.signalCode === null && known.stdin?.writable === true) return;
  if (known?.signalCode)
    warn(`the tracker of shared memory was killed (${known.signalCode}); a new one is started`, 'WARN_MP_TRACKER');
  if (!known) cleanNames();
  const pidFile = join(folder, PID_FILE);
  if (!known && isRunning(pidFile)) return;
  const [pid, start] = programOf();
  const tracker = spawn('/bin/sh', ['-c', TRACKER, 'manycore-tracker', folder, String(pid), String(start), root], {
    stdio: ['pipe', 'ignore', 'inherit'],
    // A group of its own: what ends the program's group must not end the tracker.
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
  });
  tracker.on('error', () => {}); // Without a shell the next program cleans up.
  tracker.unref();
  // A socket, which Node's types do not say; it must not keep the program alive.
  const stdin = tracker.stdin as (NonNullable<typeof tracker.stdin> & { unref?: () => void }) | null;
  stdin?.on('error', () => {});
  stdin?.unref?.();
  if (tracker.pid !== undefined) remove(() => writeFileSync(pidFile, String(tracker.pid)));
  trackers().set(folder, tracker);
}

/** Another process of the program may have started it: it holds the other end. */
function isRunning(pidFile: string): boolean {
  try {
    return isProcessAlive(Number(readFileSync(pidFile, 'utf8')));
  } catch {
    return false;
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** @returns Whether it was there. What is gone already, or still in use, is no error. */
function remove(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
