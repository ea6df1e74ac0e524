import { createRequire } from 'node:module';
import { ProcessError } from '../base/errors.ts';
import { hasProcFs } from '../base/platform.ts';
import { Child } from './children.ts';
import type { Life } from './life.ts';
import type * as processTree from './process-tree.ts';

const require = createRequire(import.meta.url);

/** How a process is ended. */
export interface EndOptions {
  /** Whether programs end too that the process, or those below it, started by other means than this library. */
  readonly tree?: boolean | undefined;
}

/**
 * Sends a signal to a child and to whatever runs below it.
 *
 * @param failure What cannot be done, for messages.
 * @throws ProcessError where nobody can tell what that is.
 */
export function endTree(life: Life, failure: string, signal: number): void {
  if (!(life instanceof Child)) throw new ProcessError(`${failure}: it is not a child of this process`);
  if (life.pid === process.pid) {
    throw new ProcessError(
      `${failure}: it is a thread, and programs that a thread starts are children of the whole process, which cannot be ` +
        'told from those that others started; use another start method',
    );
  }
  if (!hasProcFs) throw new ProcessError(`${failure}: this system does not tell which processes are below another`);
  if (!life.isAlive()) return;
  // What the file exports. Few need it.
  const { signalTree } = require('./process-tree.js') as typeof processTree;
  signalTree(life.pid, signal);
}
