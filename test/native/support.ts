import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { native } from '#internal/native/addon.js';
import { argumentsFor } from './programs/region-of.ts';

/** The compiled path of a program in `programs/`. */
export function program(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url));
}

/** Starts a program of this folder as a process. */
export function startProcess(name: string, args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program(name), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Starts the same program as a thread. */
export function startThread(name: string, args: readonly string[]): Worker {
  return new Worker(program(name), { argv: [...args] });
}

export async function exitOf(child: ChildProcess | Worker): Promise<number | null> {
  // The first value of both kinds of exit event is the code; null after a signal.
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

/** `code` of what the call throws; undefined when it throws nothing or something without one. */
export function codeOf(call: () => unknown): unknown {
  try {
    call();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : undefined;
  }
}

/** Makes what Node keeps for good after its first thread, so that it is not taken for a leak. */
export async function startOneThread(): Promise<void> {
  const region = native().createRegion(64);
  await exitOf(startThread('add', argumentsFor(region, 0)));
  // Closed only now: a region that nobody holds is collected, and then the thread could not open it.
  native().closeRegion(region.map);
}
