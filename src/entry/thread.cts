// The first file of every worker thread of the library. As in `process.cts`, it pays for what it loads.
import type { Begun, Main } from '../process/child-boot.ts' with { 'resolution-mode': 'import' };
import type { BootNumbers } from '../process/boot.ts' with { 'resolution-mode': 'import' };
import type * as childBoot from '../process/child-boot.ts' with { 'resolution-mode': 'import' };
import type * as childLog from '../logging/child-log.ts' with { 'resolution-mode': 'import' };
import type * as childLife from '../process/child-life.ts' with { 'resolution-mode': 'import' };
import type * as compiledCode from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type { OpenedLibrary } from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type * as threadLife from '../process/thread-life.ts' with { 'resolution-mode': 'import' };
import type * as threadLoaders from '../reduction/functions/thread-loaders.ts' with { 'resolution-mode': 'import' };

const { workerData } = process.getBuiltinModule('node:worker_threads');
// Both are written by this version of the library.
const { open } = require('./library.cjs') as { open: (numbers: BootNumbers) => OpenedLibrary };
const library = open(workerData as BootNumbers);
const { load } = library;

// What these files export.
const { beginThread } = load('../process/child-boot.js') as typeof childBoot;
const { expectEnd, fail, guardErrors } = load('../process/child-life.js') as typeof childLife;
const { endBySignal, endIfAsked, guardThreadOutput, hearSignals, noteEnding } = load(
  '../process/thread-life.js',
) as typeof threadLife;

async function work({ channel, main, payload, log }: Begun): Promise<void> {
  if (log) (load('../logging/child-log.js') as typeof childLog).beginLog(log);
  const endIsExpected = expectEnd();
  try {
    if (process.execArgv.length > 0 || process.env['NODE_OPTIONS']) {
      const loaders = load('../reduction/functions/thread-loaders.js') as typeof threadLoaders;
      await loaders.restoreThreadLoaders();
    }
    // The parent names modules of this library only, and each of them exports `main`.
    const module = load(main) as { readonly main: Main };
    endIfAsked(channel.margin);
    await module.main(channel, payload);
  } catch (error) {
    fail(error);
  }
  endIsExpected();
}

/** The first child to end leaves what it compiled to the others. */
function leaveCode(): void {
  if (library.compiled.size > 0)
    (load('../process/compiled-code.js') as typeof compiledCode).keepCompiledCode(library.compiled);
}

guardErrors();
// Written by `bootNumbers` of the same version of this library.
const begun = beginThread(workerData as BootNumbers, endBySignal);
guardThreadOutput(begun.channel.margin);
noteEnding(begun.channel);
process.on('exit', leaveCode);
hearSignals(begun.channel.margin);
void work(begun);
