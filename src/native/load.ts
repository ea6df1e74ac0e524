import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { NativeUnavailableError } from '../base/errors.ts';
import { platformName } from '../base/platform.ts';
import type { Addon } from './contract.ts';

/** Whether {@link native} works in this thread, and if not, why. */
export interface NativeStatus {
  readonly available: boolean;
  /** Why not; absent when available. */
  readonly reason?: string;
  /** Where the addon is, or was looked for; absent when it is switched off. */
  readonly path?: string;
}

const require = createRequire(import.meta.url);
let addon: Addon | undefined;
let status: NativeStatus | undefined;

/**
 * Loads the addon, once in each thread.
 *
 * @returns `undefined` when there is none for this platform, it cannot be loaded, or `MANYCORE_NATIVE=off` is in the environment.
 */
export function loadAddon(): Addon | undefined {
  if (status !== undefined) return addon;
  if (process.env['MANYCORE_NATIVE'] === 'off') {
    status = { available: false, reason: 'it is switched off by MANYCORE_NATIVE=off' };
    return undefined;
  }
  const path = fileURLToPath(new URL(`../../prebuilds/${platformName}/manycore.node`, import.meta.url));
  try {
    // The contract describes what the C++ side exports; tests call each member.
    addon = require(path) as Addon;
    status = { available: true, path };
  } catch (error) {
    // A missing module's message continues with the stack of requires; its first line says it all.
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    status = { available: false, path, reason: reason ?? 'it cannot be loaded' };
  }
  return addon;
}

/** Whether the processes of a program share memory here: the addon is there. Threads do in any case. */
export function sharesMemory(): boolean {
  return (addon ?? loadAddon()) !== undefined;
}

/** The error for what cannot be done without the addon. @param what Begins the message, as in `SharedMemory`. */
export function unavailable(what: string): NativeUnavailableError {
  return new NativeUnavailableError(
    `${what} needs the native addon for ${platformName}, but ${status?.reason ?? 'it is missing'}. ` +
      'Install a C++20 compiler and run `node scripts/build-addon.mjs` in the folder of the package manycore.',
  );
}

/** For the environment of threads and processes of a program that does without the addon. */
export const OWN_MODE: Readonly<Record<string, string>> = { MANYCORE_NATIVE: 'off' };

/** Says whether the addon can be used, without throwing. */
export function nativeStatus(): NativeStatus {
  loadAddon();
  return status ?? { available: false };
}
