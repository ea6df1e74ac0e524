import { writeCompact } from '../reduction/compact.ts';
import type { Packed } from '../reduction/pack.ts';
import type { Block, Heap } from '../shared-memory/heap.ts';
import { parcelBytes, writeParcel } from '../shared-memory/parcel.ts';
import { CARRIES, type CellPayload, MAY_CUT } from './modes.ts';
import type { NumberRange, Task } from './task.ts';
import { CELLS, CELL_BYTES, HEAD, TAIL, type WorkerMemory } from './memory.ts';

/*
 * The ring of tasks: the host writes, any worker takes. A cell goes FREE → READY (host) → CLAIMED + n (worker n, by one
 * compareExchange) → FREE (worker, when the arguments are read). So exactly one worker has a task, it is known which one
 * at every instant, idle workers balance by themselves, and the host can take a READY cell back.
 *
 *   cell words   0 state   1 task id   2 function id   3 mode, flags   4 payload bytes   5 payload form   6 attempt   7 number
 */

export const FREE = 0;
const READY = 1;
const TAKING_BACK = 2;
/** The state of a cell that worker `n` has taken is `CLAIMED + n`. */
export const CLAIMED = 16;

const STATE = 0;
export const TASK_ID = 1;
export const FUNCTION_ID = 2;
export const MODE = 3;
export const PAYLOAD_BYTES = 4;
export const FORM = 5;
export const ATTEMPT = 6;
/** How the task is called: counts up, while ids are places in a table. */
export const NUMBER = 7;
export const PAYLOAD_AT = 32;
/** Bytes of arguments that a cell itself can hold. */
export const PAYLOAD_ROOM: number = CELL_BYTES - PAYLOAD_AT;

/** How the payload is written: a compact value, a packed message, or the address list of a parcel. */
export const COMPACT = 0;
export const PACKED = 1;
export const PARCEL = 2;
/** An empty list, which needs no bytes. */
export const EMPTY = 3;
/** Where items lie in the program's heap, and their bytes, as two doubles: integers of 32 bits, or doubles. They stay the host's. */
export const INTEGERS = 4;
export const DOUBLES = 5;

/** The host's side. */
export class TaskWriter {
  readonly #memory: WorkerMemory;
  readonly #heap: Heap;
  #tail = 0;

  constructor(memory: WorkerMemory, heap: Heap) {
    this.#memory = memory;
    this.#heap = heap;
  }

  /** Whether the next task finds a cell. */
  get hasRoom(): boolean {
    return Atomics.load(this.#memory.words, this.#memory.cell(this.#tail)) === FREE;
  }

  /** Tasks that no worker has taken yet, or a few more. */
  get unclaimed(): number {
    return (this.#tail - Atomics.load(this.#memory.words, HEAD)) | 0;
  }

  /** Payload of the next cell for a small value. @returns Whether it was compact and fitted. */
  writeSmall(value: unknown): boolean {
    const cell = this.#memory.cell(this.#tail);
    const start = cell * 4 + PAYLOAD_AT;
    if (Array.isArray(value) && value.length === 0) {
      this.#memory.words[cell + FORM] = EMPTY;
      return true;
    }
    const end = writeCompact(this.#memory.target, start, start + PAYLOAD_ROOM, value);
    if (end < 0) return false;
    this.#memory.words[cell + FORM] = COMPACT;
    this.#memory.words[cell + PAYLOAD_BYTES] = end - start;
    return true;
  }

  /**
   * Payload of the next cell for a packed message.
   *
   * @returns The blocks of the host's heap that it fills.
   * @throws An error with the system's code when there is no memory for it.
   */
  writePacked(packed: Packed): readonly Block[] {
    const cell = this.#memory.cell(this.#tail);
    const start = cell * 4 + PAYLOAD_AT;
    if (packed.buffers.length === 0 && packed.bytes.byteLength <= PAYLOAD_ROOM) {
      this.#memory.target.bytes.set(packed.bytes, start);
      this.#memory.words[cell + FORM] = PACKED;
      this.#memory.words[cell + PAYLOAD_BYTES] = packed.bytes.byteLength;
      return [];
    }
    const blocks = writeParcel(this.#heap, packed, this.#memory.target.view, start);
    this.#memory.words[cell + FORM] = PARCEL;
    this.#memory.words[cell + PAYLOAD_BYTES] = parcelBytes(packed);
    return blocks;
  }

  /** Payload of the next cell for items that lie in memory that all see. */
  writeNumbers({ list, from, length }: NumberRange): void {
    const { words, target } = this.#memory;
    const cell = this.#memory.cell(this.#tail);
    const start = cell * 4 + PAYLOAD_AT;
    target.view.setFloat64(start, list.offsetOf(from), true);
    target.view.setFloat64(start + 8, length * list.bytesEach, true);
    words[cell + FORM] = list.bytesEach === 4 ? INTEGERS : DOUBLES;
    words[cell + PAYLOAD_BYTES] = 16;
  }

  /** Payload of the next cell as it was in another one. */
  writeAgain({ form, bytes }: CellPayload): void {
    const cell = this.#memory.cell(this.#tail);
    this.#memory.target.bytes.set(bytes, cell * 4 + PAYLOAD_AT);
    this.#memory.words[cell + FORM] = form;
    this.#memory.words[cell + PAYLOAD_BYTES] = bytes.byteLength;
  }

  /** Makes the cell visible whose payload was written. @returns Its first word, for {@link TaskWriter.takeBack}. */
  publish(task: Task): number {
    const { words } = this.#memory;
    const cell = this.#memory.cell(this.#tail);
    words[cell + TASK_ID] = task.id;
    words[cell + FUNCTION_ID] = task.definition.id;
    words[cell + MODE] = task.mode | (task.mayCut ? MAY_CUT : 0) | (task.carried ? CARRIES : 0);
    words[cell + ATTEMPT] = task.attempt;
    words[cell + NUMBER] = task.number;
    Atomics.store(words, cell + STATE, READY);
    this.#tail = (this.#tail + 1) | 0;
    Atomics.store(words, TAIL, this.#tail);
    return cell;
  }

  /** Takes a task back that no worker has begun. @returns Its payload if it was still there. */
  takeBack(cell: number, id: number): CellPayload | undefined {
    const { words } = this.#memory;
    if (cell < 0 || words[cell + TASK_ID] !== id) return undefined;
    if (Atomics.compareExchange(words, cell + STATE, READY, TAKING_BACK) !== READY) return undefined;
    const payload = this.#payloadOf(cell);
    Atomics.store(words, cell + STATE, FREE);
    return payload;
  }

  /** The worker that has taken the task of that cell and not read it yet; -1 when none has. */
  claimantOf(cell: number, id: number): number {
    if (cell < 0 || this.#memory.words[cell + TASK_ID] !== id) return -1;
    return Math.max(-1, Atomics.load(this.#memory.words, cell + STATE) - CLAIMED);
  }

  /** What worker `index`, which is gone, had taken and not read to its end: by id. The cells become free. */
  releaseClaims(index: number): Map<number, CellPayload> {
    const found = new Map<number, CellPayload>();
    for (let position = 0; position < CELLS; position++) {
      const cell = this.#memory.cell(position);
      if (Atomics.load(this.#memory.words, cell + STATE) !== CLAIMED + index) continue;
      found.set(this.#memory.words[cell + TASK_ID] ?? 0, this.#payloadOf(cell));
      Atomics.store(this.#memory.words, cell + STATE, FREE);
    }
    return found;
  }

  #payloadOf(cell: number): CellPayload {
    const { words, target } = this.#memory;
    const start = cell * 4 + PAYLOAD_AT;
    return {
      form: words[cell + FORM] ?? 0,
      bytes: target.bytes.slice(start, start + (words[cell + PAYLOAD_BYTES] ?? 0)),
    };
  }
}

/** A worker's side. */
export class TaskReader {
  readonly #memory: WorkerMemory;
  readonly #mark: number;

  constructor(memory: WorkerMemory, worker: number) {
    this.#memory = memory;
    this.#mark = CLAIMED + worker;
  }

  /** Takes the oldest task that nobody has. @returns The first word of its cell, or -1. */
  claim(): number {
    const { words } = this.#memory;
    let position = Atomics.load(words, HEAD);
    const tail = Atomics.load(words, TAIL);
    while (((tail - position) | 0) > 0) {
      const cell = this.#memory.cell(position);
      const taken = Atomics.compareExchange(words, cell + STATE, READY, this.#mark) === READY;
      // Whoever sees a cell that is not ready moves the head on, so that one killed in between holds nobody up.
      Atomics.compareExchange(words, HEAD, position, (position + 1) | 0);
      if (taken) return cell;
      position = (position + 1) | 0;
    }
    return -1;
  }

  /** Whether a task may be there; asked before sleeping. */
  get hasWork(): boolean {
    const { words } = this.#memory;
    return ((Atomics.load(words, TAIL) - Atomics.load(words, HEAD)) | 0) > 0;
  }

  /** Gives the cell back once its payload was read. */
  free(cell: number): void {
    Atomics.store(this.#memory.words, cell + STATE, FREE);
  }
}
