import { IN_PARCEL, recordOf } from '../connection/channel.ts';
import { NO_BYTES, type WireRecord } from '../connection/wire.ts';
import type { RelayLine, RelayService } from '../process/relay.ts';
import { COMPACT as COMPACT_MESSAGE } from '../reduction/message.ts';
import { pack } from '../reduction/pack.ts';
import { copyParcel, peekParcel, type ParcelCopy } from '../shared-memory/parcel.ts';
import type { RegionHandle } from '../shared-memory/region.ts';
import { ITEM, LOADING, RUNNING, TASKS_DONE, WANTS_STARTS, WORKED, WorkerMemory } from './memory.ts';
import { keepNewest } from './definitions.ts';
import * as protocol from './protocol.ts';
import { encodeTask } from './remote-tasks.ts';
import * as ring from './task-ring.ts';

const { ATTEMPT, EMPTY, FORM, FUNCTION_ID, MODE, NUMBER, PARCEL, PAYLOAD_AT, PAYLOAD_BYTES, TASK_ID } = ring;

/** Records that end a task. */
const ENDS: readonly number[] = [
  protocol.RESULT,
  protocol.FAILURE,
  protocol.CHUNK_DONE,
  protocol.CHUNK_CUT,
  protocol.CHUNK_FAILURE,
];
/** Records of a call that was made. */
const CALLS: readonly number[] = [protocol.RESULT, protocol.FAILURE, protocol.ITEM_RESULT, protocol.ITEM_FAILURE];
/** Functions that are not sent again. The worker remembers more. */
const KNOWN = 256;

/** What a worker says about its place. */
interface Place {
  readonly memory: RegionHandle;
  readonly slot: number;
}

/** A task that was sent to the worker, which has not begun with it: its cell stays claimed. */
interface Given {
  readonly id: number;
  readonly cell: number;
  readonly parcel: ParcelCopy | undefined;
}

/**
 * Stands for a worker that shares no memory: takes tasks from the host's ring when the worker asks for one, and notes in its place
 * what it does. So the host knows what a worker was running that was killed, as of any other.
 */
class TaskRelay implements RelayService {
  readonly #line: RelayLine;
  readonly #memory: WorkerMemory;
  readonly #place: number;
  readonly #slot: number;
  readonly #tasks: ring.TaskReader;
  /** Functions that the worker knows. */
  readonly #known = new Set<number>();
  readonly #worked: Float64Array;
  #since = 0;
  #isWanted = false;
  #given: Given | undefined;

  constructor(line: RelayLine, { memory, slot }: Place) {
    this.#line = line;
    this.#memory = WorkerMemory.open(memory);
    this.#place = slot;
    const { buffer, byteOffset } = this.#memory.words;
    this.#worked = new Float64Array(buffer, byteOffset);
    this.#slot = this.#memory.slot(slot);
    this.#tasks = new ring.TaskReader(this.#memory, slot);
  }

  take({ kind, id }: WireRecord): void {
    if (kind === protocol.BEGUN) this.#begin(id);
    if (kind === protocol.ITEM_BEGUN) this.#beginItem(id);
    if (kind !== protocol.WANT) return;
    this.#isWanted = true;
    this.poll();
  }

  passing({ kind: flagged }: WireRecord): void {
    const { words } = this.#memory;
    const kind = flagged & ~IN_PARCEL;
    if (CALLS.includes(kind)) words[this.#slot + TASKS_DONE] = (words[this.#slot + TASKS_DONE] ?? 0) + 1;
    if (!ENDS.includes(kind)) return;
    const place = (this.#slot + WORKED) / 2;
    this.#worked[place] = (this.#worked[place] ?? 0) + performance.now() - this.#since;
  }

  passed({ kind, id }: WireRecord): void {
    // After the last word of the task, as in a worker itself.
    if (ENDS.includes(kind & ~IN_PARCEL)) Atomics.compareExchange(this.#memory.words, this.#slot + RUNNING, id, 0);
  }

  poll(): void {
    while (this.#isWanted && !this.#give()) {
      this.#memory.markIdle(this.#place);
      if (!this.#tasks.hasWork) return;
      this.#memory.takeIdleMark(this.#place);
    }
  }

  /** @returns Whether there was a task. */
  #give(): boolean {
    this.#memory.takeIdleMark(this.#place);
    const cell = this.#tasks.claim();
    if (cell < 0) return false;
    this.#isWanted = false;
    const { words, target } = this.#memory;
    const id = words[cell + TASK_ID] ?? 0;
    const functionId = words[cell + FUNCTION_ID] ?? 0;
    const parcel = words[cell + FORM] === PARCEL ? copyParcel(target.view, cell * 4 + PAYLOAD_AT) : undefined;
    const payload = parcel ?? { bytes: this.#payloadOf(cell), buffers: [] };
    const task = {
      id,
      functionId,
      mode: words[cell + MODE] ?? 0,
      attempt: words[cell + ATTEMPT] ?? 1,
      number: words[cell + NUMBER] ?? 0,
      definition: this.#definitionOf(functionId),
    };
    this.#given = { id, cell, parcel };
    const bytes = encodeTask({ ...task, payload: { bytes: payload.bytes, buffers: [] } });
    this.#line.toChild(recordOf(protocol.TASK, id, { bytes, buffers: payload.buffers }));
    return true;
  }

  /** As `PayloadReader.read` has it, but left where it is. */
  #payloadOf(cell: number): Uint8Array {
    const { words, target } = this.#memory;
    if (words[cell + FORM] === EMPTY) return EMPTY_LIST;
    const start = cell * 4 + PAYLOAD_AT;
    const bytes = target.bytes.slice(start, start + (words[cell + PAYLOAD_BYTES] ?? 0));
    return words[cell + FORM] === ring.COMPACT ? Buffer.concat([Buffer.of(COMPACT_MESSAGE), bytes]) : bytes;
  }

  #definitionOf(functionId: number): Uint8Array {
    if (this.#known.has(functionId)) return NO_BYTES;
    this.#known.add(functionId);
    keepNewest(this.#known, KNOWN);
    return peekParcel(this.#memory.target.view, this.#memory.definition(functionId)).slice();
  }

  #beginItem(index: number): void {
    Atomics.store(this.#memory.words, this.#slot + ITEM, index);
    // What the task needed is loaded now.
    if (index === 0) this.#since = performance.now();
  }

  /** From here on the host knows that the worker has the task; calls for this worker alone come without a cell. */
  #begin(id: number): void {
    const { words } = this.#memory;
    Atomics.store(words, this.#slot + ITEM, LOADING);
    Atomics.store(words, this.#slot + RUNNING, id);
    const given = this.#given;
    this.#since = performance.now();
    if (words[WANTS_STARTS] !== 0) this.#line.channel.send(protocol.STARTED, id, NO_VALUE);
    if (given?.id !== id) return;
    this.#given = undefined;
    this.#tasks.free(given.cell);
    given.parcel?.release();
  }
}

const EMPTY_LIST = pack([]).bytes;
const NO_VALUE = pack(undefined);

/** Serves the worker of a relay. @param data What the worker said: see `RemoteTasks`. */
export function serveTasks(line: RelayLine, data: unknown): RelayService {
  return new TaskRelay(line, data as Place);
}
