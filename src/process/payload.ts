import { loadModules } from '../reduction/functions/load.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import type { Payload } from './boot.ts';

// Packing is in a file of its own: a child that gives nothing back need not load it.

/** Loads the modules that the payload names, and rebuilds it. */
export async function openPayload({ bytes, buffers }: Payload): Promise<unknown> {
  const functions = functionPort();
  const modules = modulesOf(bytes, functions);
  if (modules.length > 0) await loadModules(modules);
  return unpack(bytes, buffers, { functions });
}
