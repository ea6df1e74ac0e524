import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';

/** Hooks are shared by threads from Node 22 on; before, tsx is there in the flags of a thread and does nothing. */
const HOOKS_REACH_THREADS: boolean = Number(process.versions.node.split('.')[0]) >= 22;

/**
 * Makes a thread of the library load TypeScript as the program does when it was started through tsx on Node 20. The entry of
 * threads awaits it before it loads anything of the user's; elsewhere it does nothing.
 */
export async function restoreThreadLoaders(): Promise<void> {
  if (isMainThread || HOOKS_REACH_THREADS) return;
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  if (!/(?:^|[\s=/\\])tsx(?:$|[\s/\\])/.test(flags)) return;
  const api = findTsx();
  if (api === undefined) return;
  // The interface that tsx documents for this.
  const { register } = (await import(pathToFileURL(api).href)) as { register?: () => unknown };
  register?.();
}

/** By its file, because what `require` of the interface finds names a file that is not there. */
function findTsx(): string | undefined {
  for (const from of [process.argv[1] ?? '', join(process.cwd(), 'index.js')]) {
    try {
      return join(dirname(createRequire(pathToFileURL(from)).resolve('tsx/package.json')), 'dist/esm/api/index.mjs');
    } catch {
      // Not installed where this file looks.
    }
  }
  return undefined;
}
