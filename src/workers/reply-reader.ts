import { Parcel } from '../shared-memory/parcel.ts';
import { IN_PARCEL, type Channel } from '../connection/channel.ts';
import { type Cursor, readCompact } from '../reduction/compact.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { COMPACT } from '../reduction/message.ts';
import { loadModules, loadModulesSync } from '../reduction/functions/load.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import { Parker } from '../shared-memory/parker.ts';
import { ITEM_FAILURE, ITEM_RESULT } from './protocol.ts';

/** Called for each message in the order in which the worker sent them. `index` is 0 where a message is about no item. */
export type ReplyHandler = (kind: number, id: number, index: number, value: unknown) => void;

/** Stands for a message that could not be read here. */
export class Unreadable {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

interface Held {
  readonly kind: number;
  readonly id: number;
  readonly index: number;
  readonly bytes: Uint8Array;
  readonly buffers: readonly ArrayBuffer[];
}

/** Reads what one worker says. */
export class ReplyReader {
  readonly #channel: Channel;
  readonly #handle: ReplyHandler;
  readonly #cursor: Cursor = { offset: 0 };
  /** Messages behind one whose modules are being imported: order is kept. */
  readonly #held: Held[] = [];
  readonly #port = functionPort('auto');

  constructor(channel: Channel, handle: ReplyHandler) {
    this.#channel = channel;
    this.#handle = handle;
  }

  /** Reads all that has come. */
  poll(): void {
    if (this.#held.length > 0 && Parker.current().isBlocking) this.#releaseHeldSync();
    if (this.#channel.reader.drain(this.#take)) this.#channel.notify();
  }

  readonly #take = (kind: number, id: number, offset: number, end: number): void => {
    const { target } = this.#channel;
    if ((kind & IN_PARCEL) !== 0) {
      this.#takeParcel(kind & ~IN_PARCEL, id, offset);
      return;
    }
    const isItem = kind === ITEM_RESULT || kind === ITEM_FAILURE;
    const index = isItem ? target.view.getUint32(offset, true) : 0;
    const start = isItem ? offset + 4 : offset;
    if (target.bytes[start] === COMPACT && this.#held.length === 0) {
      this.#cursor.offset = start + 1;
      this.#handle(kind, id, index, readCompact(target, this.#cursor));
      return;
    }
    this.#takeBytes({ kind, id, index, bytes: target.bytes.subarray(start, end), buffers: [] });
  };

  #takeParcel(kind: number, id: number, offset: number): void {
    const isItem = kind === ITEM_RESULT || kind === ITEM_FAILURE;
    const { view } = this.#channel.target;
    const index = isItem ? view.getUint32(offset, true) : 0;
    let parcel: Parcel;
    try {
      parcel = new Parcel(view, isItem ? offset + 8 : offset);
    } catch (error) {
      this.#handle(kind, id, index, new Unreadable(error)); // The worker died before its big message was read.
      return;
    }
    try {
      this.#takeBytes({ kind, id, index, bytes: parcel.bytes, buffers: parcel.buffers });
    } finally {
      parcel.release();
    }
  }

  /** Hands a message on, now or when its modules are there. The bytes are the sender's: what is kept is copied. */
  #takeBytes(message: Held): void {
    if (this.#held.length === 0 && modulesOf(message.bytes, this.#port).length === 0) {
      this.#deliver(message);
      return;
    }
    const isFirst = this.#held.push({ ...message, bytes: message.bytes.slice() }) === 1;
    if (Parker.current().isBlocking) this.#releaseHeldSync();
    else if (isFirst) void this.#releaseHeld(); // Delivers its errors as values.
  }

  async #releaseHeld(): Promise<void> {
    for (let message = this.#held[0]; message; message = this.#held[0]) {
      try {
        await loadModules(modulesOf(message.bytes, this.#port));
      } catch {
        // `unpack` says which module is missing and why.
      }
      if (this.#held[0] !== message) continue; // Delivered by a blocking call meanwhile.
      this.#held.shift();
      this.#deliver(message);
    }
  }

  #releaseHeldSync(): void {
    for (let message = this.#held.shift(); message; message = this.#held.shift()) {
      try {
        loadModulesSync(modulesOf(message.bytes, this.#port));
      } catch {
        // As above.
      }
      this.#deliver(message);
    }
  }

  #deliver({ kind, id, index, bytes, buffers }: Held): void {
    let value: unknown;
    try {
      value = unpack(bytes, buffers, { functions: this.#port });
    } catch (error) {
      value = new Unreadable(error);
    }
    this.#handle(kind, id, index, value);
  }
}
