import type { Channel } from '../connection/channel.ts';
import { askRelay } from '../process/relay-kinds.ts';
import type { Payload } from './payload-reader.ts';
import { BEGUN, ITEM_BEGUN, NOTHING, TASK, WANT } from './protocol.ts';
import type { WorkerPayload } from './worker-payload.ts';

/*
 * Tasks of a worker that shares no memory with its host. Its relay takes them from the host's ring, one when the worker asks
 * for one, and sends them through the channel:
 *
 *   [ function: i32 ][ mode: i32 ][ attempt: i32 ][ number: i32 ][ bytes of the definition: u32 ][ definition ][ arguments ]
 *
 * The definition of a function comes with the first task that has it.
 */

const HEADER_BYTES = 20;

/** A task as it travels. */
export interface RemoteTask {
  readonly id: number;
  readonly functionId: number;
  readonly mode: number;
  readonly attempt: number;
  readonly number: number;
  /** Empty when the worker knows it. */
  readonly definition: Uint8Array;
  readonly payload: Payload;
}

export function encodeTask({ functionId, mode, attempt, number, definition, payload }: RemoteTask): Uint8Array {
  const header = new DataView(new ArrayBuffer(HEADER_BYTES));
  for (const [i, word] of [functionId, mode, attempt, number].entries()) header.setInt32(4 * i, word, true);
  header.setUint32(16, definition.byteLength, true);
  return Buffer.concat([new Uint8Array(header.buffer), definition, payload.bytes]);
}

function decodeTask(id: number, bytes: Uint8Array, buffers: readonly ArrayBuffer[]): RemoteTask {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = HEADER_BYTES + view.getUint32(16, true);
  return {
    id,
    functionId: view.getInt32(0, true),
    mode: view.getInt32(4, true),
    attempt: view.getInt32(8, true),
    number: view.getInt32(12, true),
    definition: bytes.slice(HEADER_BYTES, end),
    payload: { bytes: bytes.slice(end), buffers },
  };
}

/** The worker's side. */
export class RemoteTasks {
  readonly #channel: Channel;
  #isAwaited = false;

  constructor(channel: Channel, { memory, slot }: WorkerPayload) {
    this.#channel = channel;
    askRelay(channel, 'tasks', { memory, slot });
  }

  /** Asks for a task, unless one is on its way. */
  want(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#channel.send(WANT, 0, NOTHING);
  }

  /** A message of the host's. @returns The task that it is, if it is one. */
  take(kind: number, id: number, bytes: Uint8Array, buffers: readonly ArrayBuffer[]): RemoteTask | undefined {
    if (kind !== TASK) return undefined;
    this.#isAwaited = false;
    return decodeTask(id, bytes, buffers);
  }

  /** Says that a task begins; what it needs is loaded now. */
  begin(id: number): void {
    this.#channel.send(BEGUN, id, NOTHING);
  }

  /** Says that an item of it runs (the only one of a call); the host will know it, whatever happens to this process. */
  beginItem(index: number): void {
    this.#channel.send(ITEM_BEGUN, index, NOTHING);
    this.#channel.settle?.();
  }
}
