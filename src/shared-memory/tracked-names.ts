import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { sharedState } from '../base/globals.ts';
import { sharedMemoryFolder } from '../base/platform.ts';
import { warn } from '../base/warn.ts';
import { native } from '../native/addon.ts';
import { TRACKER } from './tracker-script.ts';

/*
 * What a program must not leave behind when it ends, however it ends: the names of its shared memory.
 *
 *   /dev/shm/manycore-<pid>-<start time>/n-<name>      one file for each name, whose content is the block's inode
 *
 * The folder is named after the program's first process, with which all others end. A tracker waits for that end: a shell
 * that is started with the first name and ends with the last one. It unlinks what is listed, if it still is the same
 * file. Should the tracker be killed as well, the next program that uses names, or `manycore clean`, does its work.
 */

const FOLDER = /^manycore-(\d+)-(\d+)$/;
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

/**
 * Unlinks what programs that are gone have left, and that their tracker did not.
 *
 * @returns The names that were unlinked.
 */
export function cleanNames(): string[] {
  const found: string[] = [];
  for (const entry of list(root)) {
    const [, pid, start] = FOLDER.exec(entry) ?? [];
    if (pid === undefined || native().isAlive(Number(pid), Number(start))) continue;
    const folder = join(root, entry);
    for (const file of list(folder)) {
      // The tracker does it, and says so.
      if (file === PID_FILE && isRunning(join(folder, file))) break;
      const name = file.slice(PREFIX.length);
      if (isSame(name, join(folder, file)) && remove(() => unlinkSync(join(root, name)))) found.push(name);
      remove(() => unlinkSync(join(folder, file)));
    }
    remove(() => rmdirSync(folder));
  }
  return found;
}

/** Whether a name still means the block that was noted: another program may have used the name anew. */
function isSame(name: string, noted: string): boolean {
  try {
    return statSync(join(root, name)).ino === Number(readFileSync(noted, 'utf8'));
  } catch {
    return false; // One of the two is gone already.
  }
}

/** The program's first process is the one that made its shared heap, whoever asks. */
function programOf(): readonly [pid: number, startTime: number] {
  const pid = native().program()?.[0] ?? process.pid;
  return [pid, native().startTime(pid)];
}

function ownFolder(): string {
  return sharedState('shared-memory.names.1', () => join(root, `manycore-${programOf().join('-')}`));
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
    return native().isAlive(Number(readFileSync(pidFile, 'utf8')), 0);
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
