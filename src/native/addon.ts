import type { Addon } from './contract.ts';
import { loadAddon } from './load.ts';
import { portableAddon } from './portable.ts';

let addon: Addon | undefined;

/** The addon of this thread; where there is none, what stands in for it among the threads of one process. */
export function native(): Addon {
  return (addon ??= loadAddon() ?? portableAddon());
}
