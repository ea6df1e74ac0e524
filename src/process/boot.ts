import type { LogInheritance } from '../base/log.ts';
import type { ThreadKit } from '../native/portable.ts';
import type { HeapHandle } from '../shared-memory/program-heap.ts';
import type { RegionHandle } from '../shared-memory/region.ts';

/*
 * How a child learns who it is. Numbers that it needs to find the shared memory come in one environment variable, which
 * it deletes before any code of the user's runs; the rest waits in its channel before it exists:
 *
 *   MANYCORE_BOOT   JSON of `BootNumbers`; threads get them as their `workerData`, and here a word
 *   record BOOT     JSON: who the child is, and the module whose `main` it runs
 *   record PAYLOAD  what is handed to `main`, as `pack` wrote it
 */

/** Name of the variable; while it is set, this process is a child that has not begun yet. */
export const BOOT_VARIABLE = 'MANYCORE_BOOT';

/** Kinds of the first two records of every channel, parent to child. Later ones belong to `main`. */
export const BOOT = 1;
export const PAYLOAD = 2;

/** Names of the ways to start a process. */
export type StartMethod = 'forkserver' | 'spawn' | 'thread';

/** Where a child finds its parent and the memory they share. */
export interface BootNumbers {
  readonly parent: number;
  /** Start time of the parent, so that its process number used again is noticed. */
  readonly parentStart: number;
  /** Participant id of the thread that starts the child: it ends with that thread, although the process may live on. */
  readonly creator: number;
  /** Where the program's shared memory is open: process, descriptor, inode. */
  readonly program: HeapHandle;
  readonly channel: RegionHandle;
  /** Without the addon: what this thread needs to share memory with the others of its process. */
  readonly kit?: ThreadKit;
  /** Without the addon: bytes of each ring of the channel that this process makes for itself, as it shares no memory. */
  readonly ownRings?: number | undefined;
  /** Where the program keeps the compiled library; see `compiled-code.ts`. */
  readonly code?: RegionHandle | undefined;
  /** Modules that a spare process loads before it waits for its work; absent in others. */
  readonly preload?: readonly string[];
}

/** Who a process is in its program; the same in its own eyes and in its parent's. */
export interface Profile {
  readonly name: string;
  /** Numbers of its ancestors and its own, as in `Process-1:2`. */
  readonly identity: readonly number[];
  readonly daemon: boolean;
  /** Processors that are its share of the program's; absent: all. */
  readonly cpus?: number | undefined;
  /** Pools around it, one in another; absent: none. */
  readonly poolDepth?: number | undefined;
}

/** The record BOOT. */
export interface BootRecord {
  readonly profile: Profile;
  /** URL of the module whose export `main` runs. */
  readonly main: string;
  readonly parentName: string;
  /** Start method of the parent, which is the child's too where none is named. */
  readonly method: StartMethod;
  /** URLs of modules that it loads before anything else of the user's; its own children do so too. */
  readonly preload: readonly string[];
  /** Base64. */
  readonly authkey: string;
  /** What a spare process must change, as it was started in an earlier environment; `null` takes a variable away. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly cwd?: string | undefined;
  /** Absent when the parent has no logger. */
  readonly log?: LogInheritance | undefined;
}

/** What a child is given by its parent, for `main(channel, payload)`. Belongs to the child: copied out of the channel. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];
  /** Tells the sender that the shared objects in it are its receiver's from now on; absent when the sender knows. */
  readonly opening?: () => void;
}
