// Functions that `end-tree.test.ts` runs in children.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { live } from './targets.ts';
import { Process } from 'manycore';

/** Starts a shell that does `script`, and waits for it. */
export async function startShell(script: string): Promise<void> {
  await once(spawn('sh', ['-c', script], { stdio: 'ignore' }), 'exit');
}

/** As {@link startShell}, in a child of its own. */
export async function startShellBelow(script: string): Promise<void> {
  new Process({ target: startShell, args: [script] }).start();
  await live();
}
