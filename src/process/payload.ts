import { functionPort } from '../reduction/functions/port.ts';
import { loadModules } from '../reduction/functions/load.ts';
import { pack, type Packed } from '../reduction/pack.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import type { Payload } from './boot.ts';

/**
 * Packs what a child is to get.
 *
 * @param name What the value is called in messages, such as `argument 1 of square`.
 * @throws NotSendableError
 */
export function packPayload(value: unknown, name: string): Packed {
  return pack(value, { functions: functionPort(), name });
}

/** Loads the modules that the payload names, and rebuilds it. */
export async function openPayload({ bytes, buffers }: Payload): Promise<unknown> {
  const functions = functionPort();
  const modules = modulesOf(bytes, functions);
  if (modules.length > 0) await loadModules(modules);
  return unpack(bytes, buffers, { functions });
}
