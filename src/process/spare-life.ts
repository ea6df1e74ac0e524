import { native } from '../native/addon.ts';
import { loadAhead } from '../reduction/functions/load.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { Joined } from './child-boot.ts';
import { isRestNeeded, keepCompiledCode, type OpenedLibrary } from './compiled-code.ts';
import { Notes, READY, STAGE } from './margin.ts';
import { noteStderr } from './stderr-tail.ts';

/** What children do: a `Process`, a worker, `run`. Loaded ahead, as far as they exist. */
const MAINS = ['./run-target.js', '../workers/run.js', './run-once.js'];

/**
 * The life of a spare process until it gets its work: loads the library's and the user's modules, says so, and waits.
 *
 * It blocks while it waits: nothing runs in a process of which nobody knows what it will be.
 */
export async function prepare({ numbers, channel }: Joined, { load, compiled }: OpenedLibrary): Promise<void> {
  const notes = new Notes(channel.margin);
  // From Node 22 on, what was compiled once is kept on disk.
  Reflect.get(process.getBuiltinModule('node:module'), 'enableCompileCache')?.();
  for (const main of MAINS) if (!notes.isTaken) load(new URL(main, import.meta.url).href);
  for (const url of numbers.preload ?? []) {
    if (notes.isTaken) break;
    try {
      await unlessTaken(notes, loadAhead(url));
    } catch (error) {
      noteStderr(channel.margin, `${url}: ${error instanceof Error ? error.message : String(error)}\n`);
      notes.notePreloadFailure();
    }
  }
  // Its work is there already, and needs little of this.
  if (notes.isTaken) return;
  // Node's loader of ES modules is slow when it is first used. Where modules of the program import the library, they find it loaded.
  await import(new URL(isRestNeeded() ? '../index.js' : '../base/errors.js', import.meta.url).href);
  keepCompiledCode(compiled);
  notes.advance(READY);
  channel.notify();
  while (!notes.isTaken) {
    if (notes.answer()) channel.wakeMargin(STAGE);
    native().blockParker(-1);
  }
}

/** Settles as `loading` does, or when the work has come: a module that never ends must not keep it from being done. */
async function unlessTaken(notes: Notes, loading: Promise<unknown>): Promise<void> {
  const parker = Parker.current();
  let look = (): void => {};
  const taken = new Promise<void>((resolve) => {
    look = () => {
      if (notes.isTaken) resolve();
    };
  });
  parker.add(look);
  parker.hold();
  try {
    await Promise.race([loading, taken]);
  } finally {
    parker.delete(look);
    parker.release();
  }
}
