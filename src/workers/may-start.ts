import { getStartMethod } from '../process/methods.ts';
import type { StartMethod } from '../process/launch.ts';
import { assertMayStartProcesses } from '../reduction/functions/importing.ts';

/**
 * Whoever starts workers asks first.
 *
 * @param owner Class of the pool or executor, as its user knows it.
 * @throws BootstrapError in a child that is still importing modules.
 */
export function assertMayStartWorkers(owner: string, method: StartMethod | undefined): void {
  const isThreads = (method ?? getStartMethod()) === 'thread';
  const article = /^[AEIOU]/.test(owner) ? 'an' : 'a';
  assertMayStartProcesses(`${article} ${owner} of ${isThreads ? 'threads' : 'child processes'}`);
}
