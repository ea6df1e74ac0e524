// The first file of every child process. Each of them pays for what it imports: keep it small.
// CommonJS, because `require` loads the library's modules in one go; Node's own loader of ES modules takes a turn of the event
// loop and about half a millisecond more for each of them (Node 20). They must therefore have no top-level `await`.
import type { BootNumbers } from '../process/boot.ts' with { 'resolution-mode': 'import' };
import type { Begun, Joined, Main } from '../process/child-boot.ts' with { 'resolution-mode': 'import' };
import type * as childBoot from '../process/child-boot.ts' with { 'resolution-mode': 'import' };
import type * as compiledCode from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type { OpenedLibrary } from '../process/compiled-code.ts' with { 'resolution-mode': 'import' };
import type * as spareLife from '../process/spare-life.ts' with { 'resolution-mode': 'import' };
import type * as quickExit from '../process/quick-exit.ts' with { 'resolution-mode': 'import' };
import type * as childLog from '../logging/child-log.ts' with { 'resolution-mode': 'import' };
import type * as childLife from '../process/child-life.ts' with { 'resolution-mode': 'import' };

const boot = process.env['MANYCORE_BOOT'];
// Both are written by this version of the library.
const { open } = require('./library.cjs') as { open: (numbers: BootNumbers | undefined) => OpenedLibrary };
const library = open(boot === undefined ? undefined : (JSON.parse(boot) as BootNumbers));
const { load } = library;

// What these files export.
const { begin, joinParent } = load('../process/child-boot.js') as typeof childBoot;
const { expectEnd, fail, guardErrors, guardOutput } = load('../process/child-life.js') as typeof childLife;

const { endQuickly } = load('../process/quick-exit.js') as typeof quickExit;

async function work({ channel, main, payload, log }: Begun): Promise<void> {
  if (log) (load('../logging/child-log.js') as typeof childLog).beginLog(log);
  const endIsExpected = expectEnd();
  try {
    // The parent names modules of this library only, and each of them exports `main`.
    const module = load(main) as { readonly main: Main };
    await module.main(channel, payload);
  } catch (error) {
    fail(error);
  }
  endIsExpected();
}

/** A spare process loads ahead what its work may need, and waits. */
async function waitForWork(joined: Joined): Promise<void> {
  const { prepare } = load('../process/spare-life.js') as typeof spareLife;
  await prepare(joined, library);
  await work(begin(joined));
}

/** The first child to end leaves what it compiled to the others. */
function leaveCode(): void {
  if (library.compiled.size > 0)
    (load('../process/compiled-code.js') as typeof compiledCode).keepCompiledCode(library.compiled);
}

guardErrors();
endQuickly();
process.on('exit', leaveCode);
const joined = joinParent();
guardOutput(joined.channel.margin);
if (joined.numbers.preload === undefined) void work(begin(joined));
else void waitForWork(joined);
