import { createRequire } from 'node:module';
import { BootstrapError } from '../base/errors.ts';
import type * as rootLine from '../connection/root-line.ts';
import type { Hosted, Makers } from '../connection/root-host.ts';
import { sharesMemory } from '../native/load.ts';
import { Registry } from '../shared-memory/registry.ts';
import { generation, isDescendant, limitOf } from '../reduction/functions/generations.ts';
import { cpuCount } from './cpu-count.ts';
import type * as processTree from './process-tree.ts';
import { processState } from './state.ts';

/*
 * The last fuse: whatever a program does wrong, it does not fill the machine with processes. What children start is counted for the
 * whole program: in its registry, or, by a child that shares no memory with it, in that of the program's first process.
 */

const require = createRequire(import.meta.url);

/** Every core may keep a pool for each core busy, twice; fewer are no danger, and more fill any machine. */
const FEWEST_DESCENDANTS = 32;
const MOST_DESCENDANTS = 1024;

/** What a child without shared memory says of a start. */
interface Start {
  readonly name: string;
  readonly limit: number;
}

/**
 * Called before a child is started.
 *
 * @returns To be called at its end, where there is something to do then.
 * @throws BootstrapError when the children of this program have started too many that still live.
 */
export function countStart(name: string): (() => void) | undefined {
  const isFirst = processState().parent === undefined;
  if (isFirst && generation() === 0) return undefined;
  const usual = Math.min(MOST_DESCENDANTS, Math.max(FEWEST_DESCENDANTS, 2 * cpuCount() ** 2));
  const start = { name, limit: limitOf('MANYCORE_MAX_DESCENDANTS', usual) };
  if (isFirst) {
    refuseNested(start);
    return undefined;
  }
  if (!sharesMemory()) {
    // What the file exports.
    const { RootLine } = require('../connection/root-line.js') as typeof rootLine;
    const line = RootLine.current();
    if (line) return askFirst(line, start);
  }
  refuseStorm(start);
  return undefined;
}

function askFirst(line: rootLine.RootLine, start: Start): () => void {
  // What `descendantMakers` make is numbered.
  const [object = 0] = line.askSync({ op: 'descendant', object: 0, data: start }) as readonly number[];
  return () => line.tell({ op: 'drop', object });
}

/** Counts, in the first process, what processes that share no memory with it start. */
export const descendantMakers: Makers = {
  descendant: (data) => [countElsewhere(data as Start)], // Written by `askFirst`.
};

function countElsewhere(start: Start): Hosted {
  const registry = Registry.current();
  refuseStorm(start);
  registry.noteElsewhere(1);
  return { drop: () => registry.noteElsewhere(-1) };
}

function refuseStorm({ name, limit }: Start): void {
  const count = Registry.current().descendants();
  if (count < limit) return;
  throw new BootstrapError(
    `${name} tried to start a process, but the child processes of this program have started ${count} others that still live; this is most likely ` +
      `a function that starts itself, or a program without an entry guard (set MANYCORE_MAX_DESCENDANTS to allow more than ${limit})`,
  );
}

/** In a program that a child of another one started: what comes of such programs knows each other by the environment alone. */
function refuseNested({ name, limit }: Start): void {
  // What the file exports.
  const { countProcesses } = require('./process-tree.js') as typeof processTree;
  const count = countProcesses(isDescendant);
  if (count < limit) return;
  throw new BootstrapError(
    `${name} tried to start a process, but this program was started by a child process of another one, and ${count} processes that came about in ` +
      `this way still live; this is most likely a task that starts its own program (set MANYCORE_MAX_DESCENDANTS to allow more than ${limit})`,
  );
}
