import { Region, type RegionHandle } from '../shared-memory/region.ts';
import { CompactTarget } from '../reduction/compact.ts';

/*
 * The memory that a host and all its workers share:
 *
 *   header          four cache lines: head, tail, idle workers
 *   worker slots    what each worker does, one cache line each
 *   cells           the ring of tasks
 *   definitions     where the bytes of each function lie
 *
 * Offsets here are in 32-bit words unless they say bytes.
 */

export const HEAD = 0;
export const TAIL = 16;
export const IDLE_WORKERS = 32;
const HEADER_WORDS = 64;

/** Most workers that one host can have. */
export const MAX_WORKERS = 1024;
const SLOT_WORDS = 16;

/** Words of a worker's slot. */
export const IDLE = 0;
export const RUNNING = 1;
export const ITEM = 2;
export const CANCELLED = 3;
export const PARTICIPANT = 4;
export const TASKS_DONE = 5;

/** Tasks that wait in shared memory; more wait in the host. A power of two. */
export const CELLS = 512;
export const CELL_BYTES = 256;
export const CELL_WORDS: number = CELL_BYTES / 4;

/** Functions that can be defined at the same time. */
export const DEFINITIONS = 2048;
export const DEFINITION_BYTES = 40;

const SLOTS_AT = HEADER_WORDS;
const CELLS_AT = SLOTS_AT + MAX_WORKERS * SLOT_WORDS;
const DEFINITIONS_AT = CELLS_AT + CELLS * CELL_WORDS;
const TOTAL_WORDS = DEFINITIONS_AT + (DEFINITIONS * DEFINITION_BYTES) / 4;

/** The shared memory of a host, mapped in the calling thread. */
export class WorkerMemory {
  readonly region: Region;
  readonly words: Int32Array<ArrayBuffer>;
  readonly target: CompactTarget;

  private constructor(region: Region) {
    this.region = region;
    this.words = region.words;
    this.target = new CompactTarget(region.buffer);
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

  /** First word of the cell at ring position `position`. */
  cell(position: number): number {
    return CELLS_AT + (position & (CELLS - 1)) * CELL_WORDS;
  }

  /** First byte of the definition of a function. */
  definition(functionId: number): number {
    return DEFINITIONS_AT * 4 + (functionId % DEFINITIONS) * DEFINITION_BYTES;
  }
}
