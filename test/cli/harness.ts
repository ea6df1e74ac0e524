import { spawn } from 'node:child_process';
import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The program as it is shipped. */
export const CLI: string = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

/** Path of a fixture of these tests. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../../test/cli/fixtures/${name}`, import.meta.url));
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Whole standard input; absent means an empty one. */
  readonly stdin?: string;
}

/** Runs the program to its end. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = startCli(args, { cwd: options.cwd, env: options.env, stdio: 'pipe' });
  if (child.stdout === null || child.stderr === null || child.stdin === null) throw new Error('the pipes are missing');
  // A program that ends before it has read its input breaks the pipe: no failure of the test.
  child.stdin.on('error', () => {}).end(options.stdin ?? '');
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exited;
  return { code: typeof code === 'number' ? code : null, stdout, stderr };
}

/** Starts the program. `NODE_TEST_CONTEXT` is left out, which would change how a child of a test reports. */
export function startCli(args: readonly string[], options: SpawnOptions): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = options.env ?? process.env;
  // A test that reached its time limit must not leave a program behind that runs for ever.
  return spawn(process.execPath, [CLI, ...args], { timeout: 30_000, killSignal: 'SIGKILL', ...options, env });
}

export function lines(output: string): string[] {
  return output.split('\n').filter((line) => line !== '');
}

/** A folder that is gone after `dispose`. */
export function tempFolder(): { readonly path: string; file(name: string): string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'manycore-cli-'));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Process ids of all descendants of a process, from /proc. */
export function descendants(pid: number): number[] {
  const found: number[] = [];
  try {
    // Each thread has children of its own.
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean);
      for (const child of children.map(Number)) found.push(child, ...descendants(child));
    }
  } catch {
    // It ended while we looked.
  }
  return found;
}

/** Whether a process still runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Resolves when none of them runs any more; the time limit of the test ends a vain wait. */
export async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isRunning)) await new Promise((done) => setImmediate(done));
}
