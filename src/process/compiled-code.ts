import { sharedState } from '../base/globals.ts';
import { sharesMemory } from '../native/load.ts';
import { Region, type RegionHandle } from '../shared-memory/region.ts';
import type { BootNumbers } from './boot.ts';
import { processState } from './state.ts';

/*
 * The joined library as V8 compiled it. The first child that is at leisure leaves it in the program's memory, and the
 * others take it from there instead of compiling the text again, which saves each some ten milliseconds.
 *
 *   [ state: EMPTY → CLAIMED → WHOLE | bytes | the code … ]
 *
 * The memory belongs to the program's first thread for the program's whole life, so that nobody reads what became of it.
 * Nothing is written to disk: code that others could put there would run here.
 */
const CAPACITY_BYTES = 1 << 20;
const STATE = 0;
const LENGTH = 1;
export const HEADER_BYTES = 8;
const EMPTY = 0;
const CLAIMED = 1;
export const WHOLE = 2;
const KEY = 'process.compiled-code.1';

/** The library as an entry opened it. */
export interface OpenedLibrary {
  /** Exports of the module at that path or URL. */
  readonly load: (path: string) => unknown;
  /** The compiled code, if this process had to compile it itself. */
  readonly compiled: (() => Uint8Array) | undefined;
}

/** Where the program keeps compiled code; told to each child. `undefined` in threads that the library has not started. */
export function compiledCode(): RegionHandle | undefined {
  return sharedState<{ handle: RegionHandle | undefined }>(KEY, () => ({ handle: ownPlace() })).handle;
}

/** Remembers in a child where it is. */
export function knowCompiledCode({ code }: BootNumbers): void {
  sharedState<{ handle: RegionHandle | undefined }>(KEY, () => ({ handle: code }));
}

/** Leaves the code of this process for others, unless another has done so. */
export function keepCompiledCode(compiled: OpenedLibrary['compiled']): void {
  const handle = compiledCode();
  if (!compiled || !handle) return;
  const { words, bytes } = Region.open(handle);
  if (Atomics.compareExchange(words, STATE, EMPTY, CLAIMED) !== EMPTY) return;
  const code = compiled();
  if (code.byteLength > bytes.byteLength - HEADER_BYTES) return;
  bytes.set(code, HEADER_BYTES);
  words[LENGTH] = code.byteLength;
  Atomics.store(words, STATE, WHOLE);
}

function ownPlace(): RegionHandle | undefined {
  // Asked for here: children, which know the place, must not pay for the module.
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  const isFirst = isMainThread && processState().parent === undefined;
  return isFirst && sharesMemory() ? Region.create(CAPACITY_BYTES).handle : undefined;
}
