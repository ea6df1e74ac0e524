import { ProcessError } from '../base/errors.ts';
import { isBootstrapError, loadAhead, loadModules, loadModulesSync } from '../reduction/functions/load.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import type { Payload } from './boot.ts';
import { processState } from './state.ts';

// Packing is in a file of its own: a child that gives nothing back need not load it.

let isFirst = true;

/** Loads the modules that the payload names, and rebuilds it. In a child, what it was told to preload comes before that. */
export async function openPayload({ bytes, buffers, opening }: Payload): Promise<unknown> {
  const { preload } = processState();
  if (isFirst) for (const url of preload) await loadFirst(url);
  isFirst = false;
  const functions = functionPort();
  const modules = modulesOf(bytes, functions);
  if (modules.length > 0) await loadModules(modules);
  opening?.();
  return unpack(bytes, buffers, { functions });
}

/** As {@link openPayload}, for answers of children: who gets one was told before what to preload. */
export function openPayloadSync({ bytes, buffers }: Payload): unknown {
  const functions = functionPort();
  loadModulesSync(modulesOf(bytes, functions));
  return unpack(bytes, buffers, { functions });
}

/** Hooks that the module registers count for all that is loaded after it. */
async function loadFirst(url: string): Promise<void> {
  try {
    await loadAhead(url);
  } catch (error) {
    if (isBootstrapError(error)) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new ProcessError(`preload: ${url} cannot be loaded: ${message}`, { cause: error });
  }
}
