import { createRequire } from 'node:module';
import type { Addon } from './contract.ts';
import type * as keeper from './keeper.ts';
import { loadAddon } from './load.ts';
import type * as portable from './portable.ts';

const require = createRequire(import.meta.url);
let addon: Addon | undefined;

/** The addon of this thread; where there is none, what stands in for it among the threads of one process. */
export function native(): Addon {
  return (addon ??= loadAddon() ?? stand().portableAddon());
}

/** What stands in for the addon. Loaded when it is needed: children pay for what they load. */
export function stand(): typeof portable {
  // What the file exports.
  return require('./portable.js') as typeof portable;
}

/** Keeps buffers that threads share, where memory comes from no addon. */
export function memoryKeeper(): typeof keeper {
  // What the file exports.
  return require('./keeper.js') as typeof keeper;
}
