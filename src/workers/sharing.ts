import type { CompactSharing } from '../reduction/compact-sharing.ts';
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

/** How arrays in shared memory travel in the cells of tasks. */
export const sharing: CompactSharing = {
  send: (buffer) => {
    // Where processes share no memory, handles say more than three numbers, and not everybody may have them.
    if (!sharesMemory()) return undefined;
    const handle = blocks().of(buffer)?.send();
    return handle && [handle[0], handle[1], handle[2]];
  },
  unsend: (handle) => void blocks().open(handle),
  open: (handle) => blocks().open(handle).buffer,
};
