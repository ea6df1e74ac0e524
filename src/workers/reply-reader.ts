import { IN_PARCEL, type Channel } from '../connection/channel.ts';
import { type Cursor, readCompact } from '../reduction/compact.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { loadModules, loadModulesSync } from '../reduction/functions/load.ts';
import { COMPACT } from '../reduction/message.ts';
import { modulesOf, unpack } from '../reduction/unpack.ts';
import { Parcel } from '../shared-memory/parcel.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { OpenRun } from './memory.ts';
import { NumberRunReader, type NumbersHandler } from './number-run.ts';
import { ITEM_EQUALS, ITEM_FAILURE, ITEM_NUMBERS, ITEM_RESULT, REPORT } from './protocol.ts';

/** Called in the order in which the worker spoke. */
export interface ReplyHandlers {
  /** `index` is 0 where a message is about no item. */
  message(kind: number, id: number, index: number, value: unknown): void;
  readonly numbers: NumbersHandler;
}

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
  readonly #numbers: NumberRunReader;
  readonly #channel: Channel;
  readonly #handlers: ReplyHandlers;
  readonly #cursor: Cursor = { offset: 0 };
  /** Messages behind one whose modules are being imported: order is kept. */
  readonly #held: (Held | (() => void))[] = [];
  readonly #port = functionPort('auto');

  constructor(channel: Channel, handlers: ReplyHandlers) {
    this.#channel = channel;
    this.#handlers = handlers;
    this.#numbers = new NumberRunReader(channel);
  }

  /** Reads all that has come, and sends what the worker's ring had no room for. */
  poll(): void {
    this.#channel.flush();
    if (this.#held.length > 0 && Parker.current().isBlocking) this.#releaseHeldSync();
    if (this.#channel.reader.drain(this.#take)) this.#channel.notify();
  }

  /** Reads the last words of a worker that is gone, and the record that it was filling; nothing is held back afterwards. */
  finish(openRun: OpenRun): void {
    try {
      this.poll();
    } catch {
      // Something wrote into the channel what is no message: what was whole was read, and the rest is lost.
    }
    this.#releaseHeldSync();
    this.peek(openRun);
  }

  /**
   * Takes what is there of the record that the worker is filling, as its slot noted it just now; nothing as long as records ahead of
   * it are unread, as they would come too late then: a report after its job's end is nobody's.
   */
  peek(openRun: OpenRun): void {
    if (this.#held.length === 0 && this.#channel.reader.isEmpty) this.#numbers.peek(openRun, this.#handlers.numbers);
  }

  readonly #take = (kind: number, id: number, offset: number, end: number): void => {
    const { target } = this.#channel;
    if (kind === ITEM_NUMBERS || kind === ITEM_EQUALS) {
      const { numbers } = this.#handlers;
      if (this.#held.length === 0) this.#numbers.take(kind, offset, end, numbers);
      else this.#held.push(this.#numbers.keep(kind, offset, end, numbers));
      return;
    }
    if ((kind & IN_PARCEL) !== 0) {
      this.#takeParcel(kind & ~IN_PARCEL, id, offset);
      return;
    }
    const hasIndex = isAboutItem(kind);
    const index = hasIndex ? target.view.getUint32(offset, true) : 0;
    const start = hasIndex ? offset + 4 : offset;
    if (target.bytes[start] === COMPACT && this.#held.length === 0) {
      this.#cursor.offset = start + 1;
      this.#handlers.message(kind, id, index, readCompact(target, this.#cursor));
      return;
    }
    this.#takeBytes({ kind, id, index, bytes: target.bytes.subarray(start, end), buffers: [] });
  };

  #takeParcel(kind: number, id: number, offset: number): void {
    const hasIndex = isAboutItem(kind);
    const { view } = this.#channel.target;
    const index = hasIndex ? view.getUint32(offset, true) : 0;
    let parcel: Parcel;
    try {
      parcel = new Parcel(view, hasIndex ? offset + 8 : offset);
    } catch (error) {
      this.#handlers.message(kind, id, index, new Unreadable(error)); // There is no memory to map it.
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
      if (typeof message === 'object') await loadModules(modulesOf(message.bytes, this.#port)).catch(ignore);
      if (this.#held[0] !== message) continue; // Delivered by a blocking call meanwhile.
      this.#held.shift();
      this.#deliver(message);
    }
  }

  #releaseHeldSync(): void {
    for (let message = this.#held.shift(); message; message = this.#held.shift()) {
      try {
        if (typeof message === 'object') loadModulesSync(modulesOf(message.bytes, this.#port));
      } catch {
        // `unpack` says which module is missing and why.
      }
      this.#deliver(message);
    }
  }

  #deliver(message: Held | (() => void)): void {
    if (typeof message === 'function') {
      message();
      return;
    }
    const { kind, id, index, bytes, buffers } = message;
    let value: unknown;
    try {
      value = unpack(bytes, buffers, { functions: this.#port });
    } catch (error) {
      value = new Unreadable(error);
    }
    this.#handlers.message(kind, id, index, value);
  }
}

function isAboutItem(kind: number): boolean {
  return kind === ITEM_RESULT || kind === ITEM_FAILURE || kind === REPORT;
}

/** `unpack` says which module is missing and why. */
function ignore(): void {}
