import { Region, type RegionHandle } from '../shared-memory/region.ts';
import { CompactTarget } from '../reduction/compact.ts';
import { sharing } from './sharing.ts';

/*
 * The memory that a host and all its workers share:
 *
 *   header          head, tail, and a bit for each worker that has nothing to do
 *   worker slots    what each worker does, one cache line each
 *   cells           the ring of tasks
 *   definitions     where the bytes of each function lie
 *
 * Offsets here are in 32-bit words unless they say bytes.
 */

export const HEAD = 0;
/** Not 0: somebody wants to know when tasks begin. Beside the head, which a worker that takes a task has touched anyway. */
export const WANTS_STARTS = 1;
export const TAIL = 16;
/** Bits of idle workers: one word for 32 of them. A bit, unlike a counter, cannot go wrong by a death in between. */
const IDLE_MAP = 32;
/** Worker that became idle last: it may not sleep yet, and what it needs is in its processor's caches. A hint. */
const LAST_IDLE = 64;
const HEADER_WORDS = 80;

/** Most workers that one host can have. */
export const MAX_WORKERS = 1024;
/** Words of a place for a worker. */
export const SLOT_WORDS = 16;

/** Words of a worker's slot. */
/** Id of the task that it runs; 0: none. */
export const RUNNING = 0;
/** Index in its chunk of the item that runs; {@link LOADING} or {@link READING}, which are negative, before the first one does. */
export const ITEM = 1;
/** The worker still reads the task, or imports what it needs. */
export const LOADING: number = -1;
/** The modules that its arguments need are there, and the arguments are being read: that runs code of their classes. */
export const READING: number = -2;
/** Id of a task that it should not go on with. */
export const CANCELLED = 2;
/** Calls that it has made. */
export const TASKS_DONE = 3;
/** Where the record is that it is still filling, as `NumberRun` notes it; 0: nowhere. */
export const OPEN_RUN = 4;
/** How many values that record has. */
export const OPEN_COUNT = 5;

/** Milliseconds that it was in calls, a double in two words; only in pools that measure. */
export const WORKED = 8;

/** Tasks that wait in shared memory; more wait in the host. A power of two. */
export const CELLS = 2048;
export const CELL_BYTES = 256;
export const CELL_WORDS: number = CELL_BYTES / 4;

/** Functions that can be defined at the same time. */
export const DEFINITIONS = 2048;
export const DEFINITION_BYTES = 40;

const SLOTS_AT = HEADER_WORDS;
const CELLS_AT = SLOTS_AT + MAX_WORKERS * SLOT_WORDS;
const DEFINITIONS_AT = CELLS_AT + CELLS * CELL_WORDS;
const TOTAL_WORDS = DEFINITIONS_AT + (DEFINITIONS * DEFINITION_BYTES) / 4;

/** What a worker's slot says. */
export interface WorkerSight {
  /** Id of the task that it runs; 0: none. */
  readonly running: number;
  /** Calls that it has made. */
  readonly calls: number;
  /** Milliseconds that it was in calls; 0 unless the pool measures. */
  readonly worked: number;
}

/** The record of numbers that a worker is filling. */
export interface OpenRun {
  /** As `NumberRun` notes it; 0: there is none. */
  readonly place: number;
  readonly count: number;
}

const NO_RUN: OpenRun = { place: 0, count: 0 };

/** What is seen of a worker whose slot is gone. */
export const UNSEEN: WorkerSight = { running: 0, calls: 0, worked: 0 };

/** The shared memory of a host, mapped in the calling thread. */
export class WorkerMemory {
  readonly region: Region;
  readonly words: Int32Array<ArrayBuffer>;
  readonly target: CompactTarget;

  private constructor(region: Region) {
    this.region = region;
    this.words = region.words;
    this.target = new CompactTarget(region.bytes);
    this.target.sharing = sharing;
  }

  static create(): WorkerMemory {
    return new WorkerMemory(Region.create(TOTAL_WORDS * 4));
  }

  static open(handle: RegionHandle): WorkerMemory {
    return new WorkerMemory(Region.open(handle));
  }

  /** First word of worker `index`. */
  slot(index: number): number {
    return SLOTS_AT + index * SLOT_WORDS;
  }

  /** What worker `index` does and has done. */
  look(index: number): WorkerSight {
    const slot = this.slot(index);
    return {
      running: Atomics.load(this.words, slot + RUNNING),
      calls: Atomics.load(this.words, slot + TASKS_DONE),
      worked: this.target.view.getFloat64((slot + WORKED) * 4, true),
    };
  }

  /** The record of numbers that worker `index` fills. */
  openRun(index: number): OpenRun {
    const slot = this.slot(index);
    const place = Atomics.load(this.words, slot + OPEN_RUN);
    if (place === 0) return NO_RUN;
    const count = Atomics.load(this.words, slot + OPEN_COUNT);
    // The count of another record, which the worker has begun meanwhile, says nothing about this one.
    return Atomics.load(this.words, slot + OPEN_RUN) === place ? { place, count } : NO_RUN;
  }

  /** Says that worker `index` sleeps. */
  markIdle(index: number): void {
    this.words[LAST_IDLE] = index;
    Atomics.or(this.words, IDLE_MAP + (index >>> 5), 1 << (index & 31));
  }

  /** Takes the mark away. @returns Whether it was there. */
  takeIdleMark(index: number): boolean {
    const bit = 1 << (index & 31);
    if ((Atomics.load(this.words, IDLE_MAP + (index >>> 5)) & bit) === 0) return false;
    return (Atomics.and(this.words, IDLE_MAP + (index >>> 5), ~bit) & bit) !== 0;
  }

  /** Takes the mark of one of the first `count` workers away. @returns Its index; -1 when none sleeps. */
  takeAnyIdle(count: number): number {
    const last = this.words[LAST_IDLE] ?? 0;
    if (this.takeIdleMark(last)) return last;
    for (let word = 0; word * 32 < count; word++) {
      for (
        let bits = Atomics.load(this.words, IDLE_MAP + word);
        bits !== 0;
        bits = Atomics.load(this.words, IDLE_MAP + word)
      ) {
        const index = word * 32 + 31 - Math.clz32(bits);
        if (this.takeIdleMark(index)) return index;
      }
    }
    return -1;
  }

  /** First word of the cell at ring position `position`. */
  cell(position: number): number {
    return CELLS_AT + (position & (CELLS - 1)) * CELL_WORDS;
  }

  /** First byte of the definition of a function. */
  definition(functionId: number): number {
    return DEFINITIONS_AT * 4 + (functionId % DEFINITIONS) * DEFINITION_BYTES;
  }
}
