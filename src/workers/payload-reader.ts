import { CompactTarget, type Cursor, readCompact } from '../reduction/compact.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { loadModules } from '../reduction/functions/load.ts';
import { pack } from '../reduction/pack.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import { bytesAt, Parcel } from '../shared-memory/parcel.ts';
import { ITEM, READING, type WorkerMemory } from './memory.ts';
import { sharing } from './sharing.ts';
import { FORM, INTEGERS, PARCEL, PAYLOAD_AT, PAYLOAD_BYTES, COMPACT as COMPACT_FORM, EMPTY } from './task-ring.ts';
import { COMPACT } from '../reduction/message.ts';

/** A packed message, read out of the memory that the host will use again. */
export interface Payload {
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];
}

const EMPTY_LIST: Payload = { bytes: pack([]).bytes, buffers: [] };

/** Reads the arguments of tasks from their cells. */
export class PayloadReader {
  readonly #memory: WorkerMemory;
  readonly #cursor: Cursor = { offset: 0 };
  readonly #port = functionPort('auto');
  /** Word that says which item runs. */
  readonly #item: number;

  /** @param place That of this worker. */
  constructor(memory: WorkerMemory, place: number) {
    this.#memory = memory;
    this.#item = memory.slot(place) + ITEM;
  }

  /** The value in a cell whose form is `COMPACT`. */
  readCompact(cell: number): unknown {
    this.#cursor.offset = cell * 4 + PAYLOAD_AT;
    return readCompact(this.#memory.target, this.#cursor);
  }

  /**
   * Reads the payload of a cell whose form is not `COMPACT`, or copies it.
   *
   * @param free Gives the cell back. Called when all was read, but before memory beside the cell is given back: so whoever
   *   finds this worker dead knows by the cell whether that memory is its to free.
   */
  read(cell: number, free: (cell: number) => void): Payload {
    const { target, words } = this.#memory;
    const start = cell * 4 + PAYLOAD_AT;
    const form = words[cell + FORM];
    if (form === EMPTY) {
      free(cell);
      return EMPTY_LIST;
    }
    if (form !== PARCEL) {
      const bytes = target.bytes.slice(start, start + (words[cell + PAYLOAD_BYTES] ?? 0));
      free(cell);
      // A compact value in a cell has no format byte, a message has.
      return { bytes: form === COMPACT_FORM ? Buffer.concat([Buffer.of(COMPACT), bytes]) : bytes, buffers: [] };
    }
    const parcel = new Parcel(target.view, start);
    const payload = { bytes: parcel.bytes.slice(), buffers: parcel.buffers };
    free(cell);
    parcel.release();
    return payload;
  }

  /** The items in a cell whose form is `INTEGERS` or `DOUBLES`. @param free As for {@link PayloadReader.read}. */
  readNumbers(cell: number, free: (cell: number) => void): ArrayLike<number> {
    const { target, words } = this.#memory;
    const start = cell * 4 + PAYLOAD_AT;
    const isInteger = words[cell + FORM] === INTEGERS;
    const part = { offset: target.view.getFloat64(start, true), byteLength: target.view.getFloat64(start + 8, true) };
    const { buffer } = bytesAt(part).slice();
    free(cell);
    return isInteger ? new Int32Array(buffer) : new Float64Array(buffer);
  }

  /** Whether all modules that the message names are there. */
  isReady(payload: Payload): boolean {
    return modulesOf(payload.bytes, this.#port).length === 0;
  }

  unpack(payload: Payload): unknown {
    if (payload.bytes[0] === COMPACT) return unpackCompact(payload.bytes);
    // From here on the time-out of the task counts.
    Atomics.store(this.#memory.words, this.#item, READING);
    return unpack(payload.bytes, payload.buffers, { functions: this.#port, copy: false });
  }

  async unpackLoading(payload: Payload): Promise<unknown> {
    await loadModules(modulesOf(payload.bytes, this.#port));
    return this.unpack(payload);
  }
}

/** A compact value that came in a cell may hold more than one that `pack` wrote. */
function unpackCompact(bytes: Uint8Array): unknown {
  const target = new CompactTarget(bytes);
  target.sharing = sharing;
  return readCompact(target, { offset: 1 });
}
