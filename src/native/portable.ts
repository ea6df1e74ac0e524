import { readFileSync, readlinkSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { sharedState } from '../base/globals.ts';
import { hasProcFs } from '../base/platform.ts';
import { readStat } from '../base/process-facts.ts';
import type { Addon } from './contract.ts';
import { newLine, useLine } from './keeper.ts';
import { unavailable } from './load.ts';
import { PortableParker } from './portable-parker.ts';
import { newRootPort, useRootPort } from './root-port.ts';

/*
 * What stands in for the addon where there is none. The heap is one SharedArrayBuffer, which the threads of a process share
 * and no other process does; whatever would need more says so. Threads sleep and wake by `Atomics` alone.
 */

/** What a thread needs to take part: see {@link threadKit}. */
export interface ThreadKit {
  readonly heap: SharedArrayBuffer;
  readonly id: number;
  /** Where the kernel does not tell which threads live: one word for each that has ended, by Node's number. */
  readonly ended: Int32Array;
  readonly line: MessagePort;
  /** See `root-port.ts`. */
  readonly root: MessagePort | undefined;
}

/** The part of it that every thread needs. */
export type HeapKit = Pick<ThreadKit, 'heap' | 'id' | 'ended'>;

interface State {
  heap: SharedArrayBuffer | undefined;
  /** Tells programs apart, as inodes do. */
  id: number;
  ended: Int32Array;
  words: Int32Array | undefined;
  parker: PortableParker | undefined;
  addon: Addon | undefined;
}

/** There is one heap, so its number says nothing. */
const MAP = 1;
const PAGE_BYTES = 4096;
/** Threads that one process may start in its life, where the kernel does not tell which of them live. */
const MOST_THREADS = 1 << 20;

function state(): State {
  return sharedState<State>('native.portable.1', () => ({
    heap: undefined,
    id: 0,
    ended: new Int32Array(new SharedArrayBuffer(4 * MOST_THREADS)),
    words: undefined,
    parker: undefined,
    addon: undefined,
  }));
}

/** What a thread that is being started gets, together with what of it must be handed over. */
export function threadKit(): { readonly kit: ThreadKit; readonly transferList: MessagePort[] } {
  const line = newLine();
  const root = newRootPort();
  return { kit: { ...heapKit(), line, root }, transferList: root ? [line, root] : [line] };
}

/** As {@link threadKit}, for a thread of the library that has nothing to do with what users share. */
export function heapKit(): HeapKit {
  return { heap: heap(), id: state().id, ended: state().ended };
}

/** Called once in a thread, before it shares anything. */
export function useThreadKit(kit: HeapKit & Partial<ThreadKit>): void {
  useHeap(kit.heap, kit.id);
  state().ended = kit.ended;
  process.on('exit', () => noteThreadEnd(ownThread()));
  if (kit.line) useLine(kit.line);
  if (kit.root) useRootPort(kit.root);
}

/** A thread of this process has ended, or runs no code any more. */
export function noteThreadEnd(threadId: number): void {
  if (!hasProcFs && threadId > 0) Atomics.store(state().ended, threadId % MOST_THREADS, 1);
}

/** The stand-in of this thread. */
export function portableAddon(): Addon {
  return (state().addon ??= make());
}

function make(): Addon {
  return { ...memory, ...waiting, ...events, ...processes };
}

const memory = {
  createRegion: () => refuse('SharedMemory'),
  openRegion: () => refuse('SharedMemory'),
  closeRegion: () => {},
  reserve: () => {},
  createHeap: (byteLength: number) => {
    useHeap(new SharedArrayBuffer(byteLength), Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
    return { map: MAP, fd: 0, inode: state().id };
  },
  openHeap: () => ({ map: MAP, byteLength: heap().byteLength }),
  viewHeap: (_map: number, byteOffset: number, byteLength: number) => view(byteOffset, byteLength),
  discard: (_map: number, byteOffset: number, byteLength: number) => {
    view(byteOffset, byteLength).fill(0);
  },
  // What is lent would have to be a buffer of its own, so the borrower gets a copy.
  lendView: (_map: number, byteOffset: number, byteLength: number, releaseWord: number) => {
    const { buffer } = view(byteOffset, byteLength).slice();
    Atomics.store(words(), releaseWord, 0);
    return buffer;
  },
  program: (): [number, number, number] | undefined =>
    state().heap === undefined ? undefined : [process.pid, 0, state().id],
  claimProgram: (pid: number, fd: number, inode: number): [number, number, number] => [pid, fd, inode],
};

const waiting = {
  waitWord: (_map: number, word: number, expected: number, timeoutMs: number) =>
    Atomics.wait(words(), word, expected, timeoutMs < 0 ? Infinity : timeoutMs) === 'timed-out' ? 1 : 0,
  spinWord: (_map: number, word: number, expected: number, spinMicros: number) => {
    const end = performance.now() + spinMicros / 1000;
    do if (Atomics.load(words(), word) !== expected) return true;
    while (performance.now() < end);
    return false;
  },
  wakeWord: (_map: number, word: number, count: number) => Atomics.notify(words(), word, count),
};

const events = {
  openParker: (_map: number, stateWord: number, eventsWord: number, _wakerWord: number, onEvents: () => void) => {
    state().parker = new PortableParker(words(), { stateWord, eventsWord, onEvents });
    // Where a pipe has its descriptor, a word that is waited for has its index.
    return { pipeFd: eventsWord, inode: 0 };
  },
  wakeParker: (_map: number, stateWord: number) => void Atomics.notify(words(), stateWord, 1),
  refParker: () => parker().ref(),
  unrefParker: () => parker().unref(),
  spinParker: () => {},
  blockParker: (timeoutMs: number) => parker().block(timeoutMs),
  closeParker: () => {
    state().parker?.close();
    state().parker = undefined;
  },
  ring: (word: number) => {
    Atomics.notify(words(), word);
  },
  openPipe: (_pid: number, word: number) => word,
  closeFd: () => {},
  copySocket: () => refuse('sending a socket'),
  takeSocket: () => refuse('sending a socket'),
  loopAlive: () => process.getActiveResourcesInfo().length > 0,
};

const processes = {
  lifeline: () => {},
  startTime: (id: number) => (hasProcFs ? (readStat(id)?.startTime ?? -1) : 0),
  isAlive: (id: number, startTime: number) => {
    // Threads are told from processes by the sign.
    if (!hasProcFs) return id < 0 ? Atomics.load(state().ended, -1 - id) === 0 : exists(id);
    const stat = readStat(id);
    return stat !== undefined && !stat.isOver && (startTime === 0 || stat.startTime === startTime);
  },
  waitExit: (pid: number, timeoutMs: number) => {
    const end = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
    while (processes.isAlive(pid, 0)) {
      if (performance.now() >= end) return { exited: false, code: -1, signal: 0 };
      Atomics.wait(nap, 0, 0, 1);
    }
    return { exited: true, code: -1, signal: 0 };
  },
  reap: () => false,
  setAffinity: () => refuse('cpuAffinity'),
  getAffinity: () => refuse('cpuAffinity'),
  threadId: () => {
    if (hasProcFs) return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return -1 - ownThread();
  },
  exitNow: (code: number): never => process.exit(code),
  resident: (pid: number) => {
    if (pid === process.pid) return process.memoryUsage.rss();
    try {
      return Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1]) * PAGE_BYTES;
    } catch {
      return -1; // It has ended, or this system has no /proc.
    }
  },
};

const nap = new Int32Array(new SharedArrayBuffer(4));

function refuse(what: string): never {
  throw unavailable(what);
}

function useHeap(given: SharedArrayBuffer, id: number): void {
  Object.assign(state(), { heap: given, id, words: new Int32Array(given) });
}

function heap(): SharedArrayBuffer {
  const { heap: known } = state();
  if (known === undefined) throw new TypeError('manycore: the heap is used before it was made');
  return known;
}

function words(): Int32Array {
  return state().words ?? new Int32Array(heap());
}

function view(byteOffset: number, byteLength: number): Uint8Array<ArrayBuffer> {
  // Whatever is done with it can be done with shared buffers, too: the heap of the addon is shared as well.
  return new Uint8Array(heap() as unknown as ArrayBuffer, byteOffset, byteLength);
}

function parker(): PortableParker {
  const { parker: known } = state();
  if (known === undefined) throw new TypeError('manycore: this thread has no parker');
  return known;
}

function ownThread(): number {
  return process.getBuiltinModule('node:worker_threads').threadId;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
