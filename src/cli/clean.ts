import { lstatSync, type Stats, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sharedMemoryFolder } from '../base/platform.ts';
import { isProcessAlive } from '../base/process-facts.ts';
import { cleanNames } from '../shared-memory/tracked-names.ts';
import { inBytes } from './doctor/finding.ts';
import { codeOf, EXIT, messageOf } from './exit.ts';

export interface CleanOptions {
  readonly dryRun?: boolean;
  readonly untracked?: boolean;
  readonly json?: boolean;
}

/** Something that a program left behind, and what becomes of it. */
interface Leftover {
  readonly path: string;
  readonly what: string;
  readonly bytes: number;
  readonly done: 'removed' | 'would remove' | 'kept' | 'failed';
  readonly why?: string;
}

/** What `mkdtemp` makes of `manycore-` for a listener that was given no address. */
const SOCKET_FOLDER = /^manycore-[A-Za-z0-9]{6}$/;
const SOCKET = 'listener';
/** A listener makes its folder and then its socket. */
const STARTING_MS = 60_000;
/** The name that `SharedMemory` makes up, with the process that did. */
const BLOCK = /^psm_(\d+)_[0-9a-f]{8}$/;

/**
 * `manycore clean`: removes what programs that crashed have left behind, and nothing that is in use or another user's.
 *
 * @returns The exit code: 1 when something could not be removed.
 */
export async function runClean(options: CleanOptions): Promise<number> {
  const found = [...names(options), ...untracked(options), ...(await sockets(options))];
  process.stdout.write(options.json === true ? `${JSON.stringify(found, undefined, 2)}\n` : asText(found));
  return found.some(({ done }) => done === 'failed') ? EXIT.failed : EXIT.ok;
}

/** Blocks whose program was to unlink them, and did not. */
function names({ dryRun = false }: CleanOptions): Leftover[] {
  const done = dryRun ? 'would remove' : 'removed';
  return cleanNames(dryRun).map(({ name, pid, size }) => ({
    path: join(sharedMemoryFolder ?? '/dev/shm', name),
    what: `shared memory of process ${pid}, which is gone`,
    bytes: size,
    done,
  }));
}

/** Blocks that nobody was to unlink: they may be meant to stay, so they are only taken on request. */
function untracked(options: CleanOptions): Leftover[] {
  const root = sharedMemoryFolder;
  if (root === undefined) return [];
  const tracked = trackedNames(root);
  return list(root).flatMap((name): Leftover[] => {
    const [, pid] = BLOCK.exec(name) ?? [];
    const path = join(root, name);
    const facts = ownFile(path);
    if (pid === undefined || !facts?.isFile() || tracked.has(name) || isProcessAlive(Number(pid))) return [];
    const found = { path, what: `untracked shared memory of process ${pid}, which is gone`, bytes: facts.size };
    if (isMapped(path)) return [{ ...found, done: 'kept', why: 'a process uses it' }];
    if (options.untracked !== true) return [{ ...found, done: 'kept', why: '--untracked removes it' }];
    return [removed(found, options)];
  });
}

/** Names that a program still answers for. */
function trackedNames(root: string): Set<string> {
  const folders = list(root).filter((entry) => /^manycore-\d+-\d+/.test(entry));
  return new Set(folders.flatMap((folder) => list(join(root, folder)).map((file) => file.replace(/^n-/, ''))));
}

/** Folders with a socket on which nobody listens. */
async function sockets(options: CleanOptions): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const entry of list(tmpdir())) {
    const path = join(tmpdir(), entry);
    const facts = SOCKET_FOLDER.test(entry) ? ownFile(path) : undefined;
    if (facts?.isDirectory() && (await isAbandoned(path, facts.mtimeMs)))
      found.push(removed({ path, what: 'socket of a listener that is gone', bytes: 0 }, options));
  }
  return found;
}

async function isAbandoned(folder: string, changedMs: number): Promise<boolean> {
  const content = list(folder);
  if (content.length === 0) return Date.now() - changedMs > STARTING_MS;
  const socket = join(folder, SOCKET);
  const isOurs = content.length === 1 && content[0] === SOCKET && ownFile(socket)?.isSocket() === true;
  // Those that the kernel lists are in use; others may be another container's, so the socket itself is asked.
  return isOurs && !isListed(socket) && (await refuses(socket));
}

function isListed(socket: string): boolean {
  return text('/proc/net/unix')
    .split('\n')
    .some((line) => line.endsWith(` ${socket}`));
}

async function refuses(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket);
    attempt.once('connect', () => {
      attempt.destroy();
      resolve(false);
    });
    attempt.once('error', (error) => resolve(codeOf(error) === 'ECONNREFUSED'));
  });
}

function removed(found: Pick<Leftover, 'path' | 'what' | 'bytes'>, { dryRun = false }: CleanOptions): Leftover {
  if (dryRun) return { ...found, done: 'would remove' };
  try {
    rmSync(found.path, { recursive: true });
    return { ...found, done: 'removed' };
  } catch (error) {
    return { ...found, done: 'failed', why: messageOf(error) };
  }
}

/** Whether a process that this user may look at has it in its memory. */
function isMapped(path: string): boolean {
  const processes = list('/proc').filter((name) => /^\d+$/.test(name));
  return processes.some((pid) =>
    text(`/proc/${pid}/maps`)
      .split('\n')
      .some((line) => line.endsWith(` ${path}`)),
  );
}

/** What is there, if it belongs to this user; links are not followed. */
function ownFile(path: string): Stats | undefined {
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.uid === process.getuid?.() ? facts : undefined;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // It is gone, or another user's.
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function asText(found: readonly Leftover[]): string {
  const lines = found.map(({ done, path, what, why, bytes }) => {
    const size = bytes > 0 ? `, ${inBytes(bytes)}` : '';
    return `${done}: ${path} (${what}${size}${why === undefined ? '' : `; ${why}`})\n`;
  });
  const gone = found.filter(({ done }) => done === 'removed' || done === 'would remove');
  const bytes = gone.reduce((sum, one) => sum + one.bytes, 0);
  return `${lines.join('')}${gone.length} left-over(s), ${inBytes(bytes)}\n`;
}
