import { native } from '../native/addon.ts';
import { Registry } from '../shared-memory/registry.ts';
import { releaseProcess, releaseThreads } from '../shared-memory/sweep.ts';
import { SIGKILL } from './signals.ts';

const PATIENCE_MS = 1000;

/**
 * Ends what a thread of this process leaves behind: the processes that it started, and its memory.
 *
 * Threads that it started have ended before it. Processes have not when it was terminated; their life-line is this
 * process's, which goes on.
 *
 * @param id Participant that has ended.
 */
export function releaseThread(id: number): void {
  const registry = Registry.current();
  const threads = [id];
  for (const thread of threads) {
    const children = registry.childrenOf(new Set([thread]));
    threads.push(...children.filter((child) => registry.pidOf(child) === process.pid));
  }
  // First of all these: a process that begins after the look below sees that its creator is gone.
  releaseThreads(threads);
  const processes = registry.childrenOf(new Set(threads));
  for (const pid of processes.map((child) => endProcess(registry, child))) {
    native().waitExit(pid, PATIENCE_MS);
    // The event loop that would have done it is gone.
    native().reap(pid);
    releaseProcess(pid);
  }
}

function endProcess(registry: Registry, id: number): number {
  const pid = registry.pidOf(id);
  try {
    if (registry.isAlive(id)) process.kill(pid, SIGKILL);
  } catch {
    // It ended between the look and the signal.
  }
  return pid;
}
