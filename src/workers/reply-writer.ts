import { inspect } from 'node:util';
import { Deadline } from '../base/deadline.ts';
import { RemoteError } from '../base/errors.ts';
import type { Channel } from '../connection/channel.ts';
import { IN_PARCEL } from '../connection/channel.ts';
import { writeCompact } from '../reduction/compact.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { COMPACT, type Packed } from '../reduction/message.ts';
import { pack } from '../reduction/pack.ts';
import { Heap } from '../shared-memory/heap.ts';
import { parcelBytes, writeParcel } from '../shared-memory/parcel.ts';
import { Parker } from '../shared-memory/parker.ts';

/** Room that is tried for a compact value before it is packed. */
const SMALL_BYTES = 2048;
/** Packed messages up to this size are copied into the ring itself. */
const INLINE_BYTES = 16 << 10;
/** No index: the message is about the whole task. */
const NO_ITEM = -1;

/** Writes what a worker has to say, each message visible at once. Blocks when the host does not keep up. */
export class ReplyWriter {
  readonly #channel: Channel;
  readonly #heap = Heap.current();
  readonly #port = functionPort('auto');

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** @throws NotSendableError when the value cannot cross; nothing was written then. */
  send(kind: number, id: number, value: unknown, name: string): void {
    this.#write(kind, id, NO_ITEM, value, name);
    this.#channel.notify();
  }

  /** Sends what was thrown; never throws itself: of an error that cannot cross, its text does. */
  sendError(kind: number, id: number, error: unknown, index: number = NO_ITEM): void {
    try {
      this.#write(kind, id, index, error, 'the error');
    } catch (refusal) {
      this.#write(kind, id, index, textOf(error, refusal), 'the error');
    }
    this.#channel.notify();
  }

  /** As {@link send}, for one item of a chunk. */
  sendItem(kind: number, id: number, index: number, value: unknown, name: string): void {
    this.#write(kind, id, index, value, name);
    this.#channel.notify();
  }

  #write(kind: number, id: number, index: number, value: unknown, name: string): void {
    const { target, writer } = this.#channel;
    const offset = this.#reserve(SMALL_BYTES);
    const start = index === NO_ITEM ? offset : offset + 4;
    const end = writeCompact(target, start + 1, offset + SMALL_BYTES, value);
    if (end < 0) {
      this.#writePacked(kind, id, index, pack(value, { name, functions: this.#port }));
      return;
    }
    if (index !== NO_ITEM) target.view.setUint32(offset, index, true);
    target.bytes[start] = COMPACT;
    writer.commit(kind, id, end);
  }

  #writePacked(kind: number, id: number, index: number, packed: Packed): void {
    const { target, writer } = this.#channel;
    if (packed.buffers.length > 0 || packed.bytes.byteLength > INLINE_BYTES) {
      this.#writeParcel(kind, id, index, packed);
      return;
    }
    const offset = this.#reserve(packed.bytes.byteLength + 4);
    const start = index === NO_ITEM ? offset : offset + 4;
    if (index !== NO_ITEM) target.view.setUint32(offset, index, true);
    target.bytes.set(packed.bytes, start);
    writer.commit(kind, id, start + packed.bytes.byteLength);
  }

  #writeParcel(kind: number, id: number, index: number, packed: Packed): void {
    const { target, writer } = this.#channel;
    const offset = this.#reserve(parcelBytes(packed) + 8);
    const start = index === NO_ITEM ? offset : offset + 8;
    if (index !== NO_ITEM) target.view.setUint32(offset, index, true);
    writeParcel(this.#heap, packed, target.view, start);
    writer.commit(kind | IN_PARCEL, id, start + parcelBytes(packed));
  }

  /** Finds room in the ring, waiting for the host if need be: a worker must not pile up results without bound. */
  #reserve(byteLength: number): number {
    const { writer } = this.#channel;
    let offset = writer.reserve(byteLength);
    if (offset >= 0) return offset;
    Parker.current().wait(() => {
      writer.wantRoom();
      offset = writer.reserve(byteLength);
      return offset >= 0;
    }, Deadline.never);
    return offset;
  }
}

/** What can be said of an error that cannot be sent. */
function textOf(error: unknown, refusal: unknown): RemoteError {
  const why = refusal instanceof Error ? refusal.message : 'it cannot be sent';
  let text = 'a value that has no text';
  try {
    text = inspect(error);
  } catch {
    // An error whose own text throws: then there is none.
  }
  return new RemoteError(`the task threw an error that cannot be sent back (${why}): ${text}`);
}
