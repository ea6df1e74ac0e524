import type { CompactSharing } from '../reduction/compact-sharing.ts';
import { Keep } from '../reduction/loans.ts';
import { sharesMemory } from '../native/load.ts';
import { requireQuietly } from '../reduction/functions/require-esm.ts';
import type { SharedBlock } from '../shared-memory/shared-block.ts';

const HOME = new URL('../shared-memory/shared-block.js', import.meta.url).href;
let found: typeof SharedBlock | undefined;

/** Loaded when the first shared array is met: most workers never see one. */
function blocks(): typeof SharedBlock {
  // The module at this address exports it.
  found ??= (requireQuietly(HOME) as { readonly SharedBlock: typeof SharedBlock }).SharedBlock;
  return found;
}

/** Objects in the values that are being written, a stack as their handles are; and those of the value that was written last. */
const sent: SharedBlock[] = [];
let written: readonly SharedBlock[] | undefined;

/** What the host must keep in use for the task whose payload was just written; `undefined`: nothing. */
export function takeKept(): Keep | undefined {
  if (written === undefined) return undefined;
  const keep = new Keep();
  for (const block of written) keep.hold(block);
  written = undefined;
  return keep;
}

/** How arrays in shared memory travel in the cells of tasks. */
export const sharing: CompactSharing = {
  send: (buffer) => {
    // Where processes share no memory, handles say more than three numbers, and not everybody may have them.
    if (!sharesMemory()) return undefined;
    const block = blocks().of(buffer);
    if (block === undefined) return undefined;
    sent.push(block);
    const { kept } = block;
    return [kept[0], kept[1], kept[2]];
  },
  settle: (count, isWritten) => {
    const own = sent.splice(-count);
    if (isWritten) written = own;
  },
  open: (handle) => blocks().open(handle).buffer,
};
