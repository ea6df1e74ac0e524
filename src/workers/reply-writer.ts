import { Deadline } from '../base/deadline.ts';
import { RemoteError } from '../base/errors.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Channel } from '../connection/channel.ts';
import { IN_PARCEL } from '../connection/channel.ts';
import { writeCompact } from '../reduction/compact.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { giveBack } from '../reduction/loans.ts';
import { COMPACT, type Packed } from '../reduction/message.ts';
import { packResult, packThrown } from '../reduction/error-codec.ts';
import { pack } from '../reduction/pack.ts';
import { Heap } from '../shared-memory/heap.ts';
import { parcelBytes, writeParcel } from '../shared-memory/parcel.ts';
import { packing } from '../shared-memory/reach.ts';
import { Parker } from '../shared-memory/parker.ts';
import { RunValues } from './item-values.ts';
import { NumberRun, RUN_BYTES } from './number-run.ts';
import { ITEM_RESULT, REPORT, RESULT } from './protocol.ts';

/** Room that is tried for a compact value before it is packed. */
const SMALL_BYTES = 2048;
/** Packed messages up to this size are copied into the ring itself. */
const INLINE_BYTES = 16 << 10;
/** Buffers that travel beside a message, at most. */
const MOST_BUFFERS = 1000;
/** No index: the message is about the whole task. */
const NO_ITEM = -1;

/** Writes what a worker has to say, each message visible at once. Blocks when the host does not keep up. */
export class ReplyWriter {
  readonly #channel: Channel;
  readonly #heap = Heap.current();
  readonly #port = functionPort('auto');
  #run: NumberRun | undefined;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  /** From now on numbers travel together; the slot says which are there. @returns What takes them. */
  useSlot(words: Int32Array<ArrayBuffer>, slot: number): NumberRun {
    this.#run = new NumberRun(this.#channel, words, slot);
    return this.#run;
  }

  /** @throws NotSendableError when the value cannot cross; nothing was written then. */
  send(kind: number, id: number, value: unknown, name: string): void {
    this.#write(kind, id, NO_ITEM, value, name);
    this.#channel.notify();
  }

  /** The result of a call. @throws As {@link ReplyWriter.send}. */
  sendResult(id: number, value: unknown, fn: AnyFunction): void {
    this.#write(RESULT, id, NO_ITEM, value, fn);
    this.#channel.notify();
  }

  /** Sends what was thrown; never throws itself: of an error that cannot cross, its text does. */
  sendError(kind: number, id: number, error: unknown, index: number = NO_ITEM): void {
    try {
      this.#writePacked(kind, id, index, packThrown(error, { functions: this.#port }));
    } catch (failure) {
      // Its own text throws, or there is no memory for it.
      const reason = failure instanceof Error ? failure.stack : typeof failure;
      this.#writePacked(
        kind,
        id,
        index,
        pack(new RemoteError(`the task threw an error that cannot be sent: ${reason}`)),
      );
    }
    this.#channel.notify();
  }

  /**
   * The result of one item of a chunk. The host looks for those by itself now and then: {@link ReplyWriter.announce} makes it
   * look at once.
   *
   * @throws NotSendableError when the value cannot cross; nothing was written then.
   */
  sendItem(id: number, index: number, value: unknown, fn: AnyFunction): void {
    if (this.#run && RunValues.holds(value)) {
      if (this.#run.append(value)) return;
      this.#run.begin(this.#reserve(RUN_BYTES), id, index, value);
      return;
    }
    this.#write(ITEM_RESULT, id, index, value, fn);
  }

  /** What a task says while it runs. */
  sendReport(id: number, index: number, value: unknown): void {
    this.#write(REPORT, id, index, value, 'the progress report');
    this.#channel.notify();
  }

  /** Lets the host look at what was written. */
  announce(): void {
    this.#run?.commit();
    this.#channel.notify();
  }

  #write(kind: number, id: number, index: number, value: unknown, origin: string | AnyFunction): void {
    const { target, writer } = this.#channel;
    const offset = this.#reserve(SMALL_BYTES);
    const start = index === NO_ITEM ? offset : offset + 4;
    const end = writeCompact(target, start + 1, offset + SMALL_BYTES, value);
    if (end < 0) {
      this.#writePacked(kind, id, index, this.#pack(value, origin));
      return;
    }
    if (index !== NO_ITEM) target.view.setUint32(offset, index, true);
    target.bytes[start] = COMPACT;
    writer.commit(kind, id, end);
  }

  #pack(value: unknown, origin: string | AnyFunction): Packed {
    const isResult = typeof origin === 'function';
    const name = isResult ? `the result of ${origin.name || 'a function'}` : origin;
    const options = { name, functions: this.#port };
    const packed = packing(this.#channel.settle !== undefined, () =>
      isResult ? packResult(value, options) : pack(value, options),
    );
    if (packed.buffers.length <= MOST_BUFFERS) return packed;
    // The list of buffers must fit in the ring as a whole.
    giveBack(packed.loans);
    return pack(value, { ...options, outOfBand: Infinity });
  }

  #writePacked(kind: number, id: number, index: number, packed: Packed): void {
    try {
      this.#place(kind, id, index, packed);
    } catch (error) {
      giveBack(packed.loans);
      throw error;
    }
  }

  #place(kind: number, id: number, index: number, packed: Packed): void {
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
    this.#run?.commit();
    let offset = writer.reserve(byteLength);
    if (offset >= 0) return offset;
    this.#channel.notify();
    Parker.current().wait(() => {
      writer.wantRoom();
      offset = writer.reserve(byteLength);
      return offset >= 0;
    }, Deadline.never);
    return offset;
  }
}
