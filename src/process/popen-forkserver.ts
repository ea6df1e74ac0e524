import { isMainThread } from 'node:worker_threads';
import { childEnvironment, filterExecArgv } from '../reduction/functions/flags.ts';
import type { Popen } from './popen.ts';
import { SpawnPopen } from './popen-spawn.ts';
import type { LaunchRequest } from './request.ts';
import { sendBoot } from './send-boot.ts';
import { environmentChanges, spareKey } from './spare-key.ts';
import { Spares } from './spares.ts';

/**
 * Gives the work to a process that is prepared, or is at least on its way; where there is none, a fresh one is started as
 * by `spawn`. Others are prepared in the background.
 *
 * @throws ProcessError as `spawn`, and when a module to preload failed and the policy is `fail`.
 */
export function startFromSpare(request: LaunchRequest): Popen {
  // Threads have no spares of their own: their event loop, which would watch them, may end at any time.
  if (!isMainThread) return SpawnPopen.start(request);
  const { options } = request;
  const flags = filterExecArgv(options.execArgv ?? process.execArgv);
  const env = childEnvironment(options.env);
  const key = spareKey(flags, env);
  const spares = Spares.current();
  spares.assertPreloaded();
  const spare = spares.take(key);
  spares.noteStart({ key, flags, env });
  if (!spare) return SpawnPopen.start(request);
  const changes = environmentChanges(spare.env, env);
  sendBoot(spare.channel, request, { env: changes, cwd: currentFolder() });
  spare.hand();
  return new SpawnPopen(spare.channel, spare.node);
}

/** A folder that was removed is nowhere to go to. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}
