import { sharedState } from '../base/globals.ts';
import { sharesMemory } from '../native/load.ts';
import { Region, type RegionHandle } from '../shared-memory/region.ts';
import type { BootNumbers } from './boot.ts';
import { processState } from './state.ts';

/*
 * The joined files of the library as V8 compiled them. The first child that is at leisure leaves them in the program's memory,
 * and the others take them from there instead of compiling the text again, which saves each some ten milliseconds.
 *
 *   for each file:  [ state: EMPTY → CLAIMED → WHOLE | bytes | the code … ]
 *
 * The memory belongs to the program's first thread for the program's whole life, so that nobody reads what became of it.
 * Nothing is written to disk: code that others could put there would run here.
 */
export const PLACE_BYTES: number = 1 << 20;
const FILES = 2;
/** The file with what children can begin without. */
const REST = 1;
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
  /** The compiled code of each file, by its number, that this process had to compile itself. Grows when files are loaded. */
  readonly compiled: ReadonlyMap<number, () => Uint8Array>;
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
  if (compiled.size === 0 || !handle) return;
  const { bytes, words } = Region.open(handle);
  for (const [file, compile] of compiled) {
    const at = file * PLACE_BYTES;
    const state = at / words.BYTES_PER_ELEMENT;
    if (Atomics.compareExchange(words, state + STATE, EMPTY, CLAIMED) !== EMPTY) continue;
    const code = compile();
    if (code.byteLength > PLACE_BYTES - HEADER_BYTES) continue;
    bytes.set(code, at + HEADER_BYTES);
    words[state + LENGTH] = code.byteLength;
    Atomics.store(words, state + STATE, WHOLE);
  }
}

/** Whether a child of the program has needed more of the library than what all of them begin with. Told once it has ended. */
export function isRestNeeded(): boolean {
  const handle = compiledCode();
  if (!handle) return false;
  const { words } = Region.open(handle);
  return Atomics.load(words, (REST * PLACE_BYTES) / words.BYTES_PER_ELEMENT + STATE) !== EMPTY;
}

function ownPlace(): RegionHandle | undefined {
  // Asked for here: children, which know the place, must not pay for the module.
  const { isMainThread } = process.getBuiltinModule('node:worker_threads');
  const isFirst = isMainThread && processState().parent === undefined;
  return isFirst && sharesMemory() ? Region.create(FILES * PLACE_BYTES).handle : undefined;
}
