import type { AsyncLocalStorage } from 'node:async_hooks';

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { BootstrapError, ProcessError } from '../../base/errors.ts';
import { exposesCheaply, exposeTopLevel } from './expose.ts';
import { generation, mostGenerations } from './generations.ts';
import { threadState } from './state.ts';

/** Node 24 and later carry a store through `await` for nothing; before, a store in use makes each `await` 2.6 times slower. */
const storesAreFree: boolean = Number(process.versions.node.split('.')[0]) >= 24;

/** What children begin with; it must be a file. */
const ENTRY: string = fileURLToPath(new URL('../../entry/process.cjs', import.meta.url));
let isWhole = false;

let storage: AsyncLocalStorage<true> | undefined;

/** Runs an import for a message; whatever it starts, also later, is known to be start-up code of a module. */
export async function duringImport<Result>(load: () => Promise<Result>): Promise<Result> {
  if (!threadState().child) return load();
  using _mark = markImport();
  return await marked().run(true, load);
}

/** As {@link duringImport} for a load that blocks. */
export function duringImportSync<Result>(load: () => Result): Result {
  if (!threadState().child) return load();
  using _mark = markImport();
  return marked().run(true, load);
}

function marked(): AsyncLocalStorage<true> {
  storage ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)<true>();
  return storage;
}

function markImport(): Disposable {
  const state = threadState();
  if (state.importing++ === 0) state.onImporting?.(true);
  return {
    [Symbol.dispose]: () => {
      if (--state.importing > 0) return;
      if (!storesAreFree) storage?.disable();
      state.onImporting?.(false);
    },
  };
}

/** Tells that this process or thread was started by the library; its entry calls it before anything else of the user's is loaded. */
export function enterChild(): void {
  threadState().child = true;
  if (exposesCheaply) exposeTopLevel();
}

/** Counts a running task (or process target), during which starting processes is allowed; returns how to end it. */
export function enterTask(): () => void {
  const state = threadState();
  state.runningTasks++;
  let running = true;
  return () => {
    if (running) state.runningTasks--;
    running = false;
  };
}

/**
 * Every constructor that starts processes or threads asks first. A child that is still importing modules has come upon a program
 * without entry guard, which would start processes without end.
 *
 * @param what What is about to start, with its article: `a Pool of child processes`.
 * @throws BootstrapError with the guard to add.
 */
export function assertMayStartProcesses(what: string): void {
  assertWhole(what);
  const state = threadState();
  const startingUp = storage?.getStore() === true || (state.importing > 0 && state.runningTasks === 0);
  if (state.child && startingUp) throw new BootstrapError(missingGuard(what));
  // Also in programs that children started by other means: the variable that counts came to them, too.
  const limit = mostGenerations();
  if (generation() < limit) return;
  throw new BootstrapError(
    `tried to start ${what} in generation ${generation()} of processes that start processes; this is most likely a program without an ` +
      `entry guard (set MANYCORE_MAX_DEPTH to allow more than ${limit})`,
  );
}

/** A bundler that takes the library in leaves behind the files that children start from. */
function assertWhole(what: string): void {
  isWhole ||= existsSync(ENTRY);
  if (isWhole) return;
  throw new ProcessError(
    `cannot start ${what}: the file that its processes begin with is not there (${ENTRY}), most likely because a bundler took this library in; ` +
      `mark 'manycore' as external in its options`,
  );
}

function missingGuard(what: string): string {
  return `tried to start ${what} while this child process was still importing the program's modules. \
Children import the modules of the functions that they run, so whatever starts processes must be guarded:

    import { isMain } from 'manycore';
    if (isMain(import.meta)) {
      // start ${what} here
    }

In CommonJS the guard is isMain(module).`;
}
