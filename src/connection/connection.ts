import { checkSyncWait, checkWait, Deadline, type CheckedWait } from '../base/deadline.ts';
import { BufferTooShortError, EOFError, TimeoutError } from '../base/errors.ts';
import { wrongRange, wrongType, wrongUse } from '../base/invalid.ts';
import { checkInteger } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { pack } from '../reduction/pack.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { Breather } from './breather.ts';
import { codecFor } from './codec.ts';
import { discard, type LaneMessage } from './lane-message.ts';
import { openPipeEnd } from './ends.ts';
import type { PipeEndHandle } from './pipe-end.ts';
import { NOTHING, Received } from './received.ts';
import type { Transport } from './transport.ts';
import type { Watch } from './waitable.ts';

const breather = Breather.current();

let transportOf: (connection: Connection) => Transport;

/** Memory of bytes, of any kind. */
export type Bytes = ArrayBufferView | ArrayBufferLike;

/**
 * One end of a conversation in whole messages: objects, or bytes. From `Pipe`, `Listener.accept` or `Client`.
 *
 * Sendable in any message: the receiver holds the same end, with the same rights, until it closes it too. A message is
 * taken by one holder. A connection over a socket is then served by the process that made it, which must live on.
 *
 * @see Python `multiprocessing.connection.Connection`
 */
export class Connection<T = unknown> {
  readonly #transport: Transport;

  /** @param transport From this library only: see `Pipe` and `Client`. */
  constructor(transport: Transport) {
    const given: unknown = transport;
    if (typeof given !== 'object' || given === null || !('takeLater' in given)) {
      throw wrongType('Connection', 'transport', 'what `Pipe`, `Client` or `Listener` makes', transport);
    }
    this.#transport = transport;
  }

  static {
    showAsText(this.prototype);
    transportOf = (connection) => connection.#transport;
  }

  /** Whether this end may receive. Stays true when the far end is gone. */
  get readable(): boolean {
    return this.#transport.readable;
  }

  /** Whether this end may send. Stays true when the far end is gone. */
  get writable(): boolean {
    return this.#transport.writable;
  }

  /** Whether {@link Connection.close} was called. */
  get closed(): boolean {
    return this.#transport.isClosed;
  }

  toString(): string {
    if (this.closed) return '<Connection closed>';
    return `<Connection ${this.readable ? (this.writable ? 'duplex' : 'read-only') : 'write-only'}>`;
  }

  /** Descriptor of the socket; -1 for an end of a `Pipe`, which is memory and has none. @throws EOFError when closed. */
  fileno(): number {
    this.#checkOpen();
    return this.#transport.fd;
  }

  /**
   * Sends a value; waits while too much is under way that nobody has received.
   *
   * @throws NotSendableError; nothing was sent then. EOFError when nobody can receive it any more. TimeoutError, `signal.reason`.
   */
  async send(value: T, options?: Wait): Promise<void> {
    const wait = checkWait('Connection.send', options);
    wait.signal?.throwIfAborted();
    await this.#send(this.#encode(value), wait);
  }

  /** As {@link Connection.send}, but blocks the calling thread. */
  sendSync(value: T, options?: SyncWait): void {
    this.#sendSync(this.#encode(value), checkSyncWait('Connection.sendSync', options));
  }

  /** Sends bytes as one message: `size` of them from `offset` on, all by default. */
  async sendBytes(bytes: Bytes, offset?: number, size?: number): Promise<void> {
    await this.#send(this.#encodeBytes(bytes, offset, size), checkWait('Connection.sendBytes', undefined));
  }

  /** As {@link Connection.sendBytes}, but blocks the calling thread. */
  sendBytesSync(bytes: Bytes, offset?: number, size?: number): void {
    this.#sendSync(this.#encodeBytes(bytes, offset, size), Deadline.never);
  }

  /**
   * Receives a value.
   *
   * @throws EOFError when the far end is gone and everything it sent was received. TimeoutError, `signal.reason`.
   */
  async recv(options?: Wait): Promise<T> {
    const taken = await this.#take(false, checkWait('Connection.recv', options));
    // The sender had the same type in mind.
    if (!(taken instanceof Received)) return taken as T;
    const { codec } = this.#transport;
    return (codec.isReady(taken) ? codec.open(taken) : await codec.openLoading(taken)) as T;
  }

  /** As {@link Connection.recv}, but blocks the calling thread. Modules with a top-level `await` cannot be loaded this way. */
  recvSync(options?: SyncWait): T {
    const taken = this.#takeSync(false, checkSyncWait('Connection.recvSync', options));
    // The sender had the same type in mind.
    return (taken instanceof Received ? this.#transport.codec.openLoadingSync(taken) : taken) as T;
  }

  /**
   * Receives the bytes of one message.
   *
   * @param maxLength Longest message that is wanted.
   * @throws BufferTooShortError with the whole message when it is longer.
   */
  async recvBytes(maxLength?: number, options?: Wait): Promise<Uint8Array> {
    checkLength('Connection.recvBytes', maxLength);
    return atMost(await this.#takeBytes(checkWait('Connection.recvBytes', options)), maxLength);
  }

  /** As {@link Connection.recvBytes}, but blocks the calling thread. */
  recvBytesSync(maxLength?: number, options?: SyncWait): Uint8Array {
    checkLength('Connection.recvBytesSync', maxLength);
    return atMost(bytesOf(this.#takeSync(true, checkSyncWait('Connection.recvBytesSync', options))), maxLength);
  }

  /**
   * Receives the bytes of one message into `target`, from the byte `offset` on.
   *
   * @returns How many there were.
   * @throws BufferTooShortError with the whole message when it does not fit; `target` is unchanged then.
   */
  async recvBytesInto(target: Bytes, offset = 0, options?: Wait): Promise<number> {
    const room = roomIn('Connection.recvBytesInto', target, offset);
    return fill(room, await this.#takeBytes(checkWait('Connection.recvBytesInto', options)));
  }

  /** As {@link Connection.recvBytesInto}, but blocks the calling thread. */
  recvBytesIntoSync(target: Bytes, offset = 0, options?: SyncWait): number {
    const room = roomIn('Connection.recvBytesIntoSync', target, offset);
    return fill(room, bytesOf(this.#takeSync(true, checkSyncWait('Connection.recvBytesIntoSync', options))));
  }

  /** Whether a message is there, or the far end is gone; waits for it until the time-out, which is 0 by default. Takes nothing. */
  async poll(options: Wait = 0): Promise<boolean> {
    const wait = checkWait('Connection.poll', options);
    wait.signal?.throwIfAborted();
    this.#checkReadable('poll');
    return this.#transport.isReady() || (!wait.deadline.expired && this.#transport.ready(wait));
  }

  /** As {@link Connection.poll}, but blocks the calling thread. */
  pollSync(options: SyncWait = 0): boolean {
    const deadline = checkSyncWait('Connection.pollSync', options);
    this.#checkReadable('pollSync');
    // A socket has to be looked at; nobody does it while this thread is blocked.
    return this.#transport.isReady() || this.#transport.readySync(deadline);
  }

  /** Gives this end up. The far end reads EOF when all holders of this one did. May be called again. */
  close(): void {
    this.#transport.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** The messages as they come, until the far end is gone. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      let value: T;
      try {
        value = await this.recv();
      } catch (error) {
        if (error instanceof EOFError) return;
        throw error;
      }
      yield value;
    }
  }

  /** Whether `recv` would not wait. For `wait()`. */
  isReady(): boolean {
    return this.#transport.isReady();
  }

  /** Calls `callback` once {@link Connection.isReady}. @returns How to stop waiting. */
  whenReady(callback: () => void): () => void {
    const stop = new AbortController();
    void this.#notify(callback, stop.signal);
    return () => stop.abort();
  }

  /** For `waitSync()`. */
  watch(): Watch {
    return this.#transport.watch();
  }

  async #notify(callback: () => void, signal: AbortSignal): Promise<void> {
    try {
      if (!this.isReady()) await this.#transport.ready({ deadline: Deadline.never, signal });
    } catch {
      return; // It was stopped.
    }
    callback();
  }

  #encode(value: T): LaneMessage {
    this.#checkWritable('send');
    return this.#transport.encode(value);
  }

  #encodeBytes(bytes: Bytes, offset: number | undefined, size: number | undefined): LaneMessage {
    const part = partOf('Connection.sendBytes', bytes, offset, size);
    this.#checkWritable('sendBytes');
    return this.#transport.encodeBytes(part);
  }

  async #send(message: LaneMessage, wait: CheckedWait): Promise<void> {
    if (sentAtOnce(this.#transport, message)) {
      if (breather.count(undefined)) await breather.breathe();
      return;
    }
    const kept = this.#transport.keep(message);
    try {
      if (await this.#transport.sendLater(kept, wait)) return;
    } catch (error) {
      discard(kept);
      throw error;
    }
    discard(kept);
    throw late();
  }

  #sendSync(message: LaneMessage, deadline: Deadline): void {
    if (sentAtOnce(this.#transport, message)) return;
    const kept = this.#transport.keep(message);
    try {
      if (this.#transport.sendLaterSync(kept, deadline)) return;
    } catch (error) {
      discard(kept);
      throw error;
    }
    discard(kept);
    throw late();
  }

  async #take(asBytes: boolean, wait: CheckedWait): Promise<unknown> {
    wait.signal?.throwIfAborted();
    this.#checkReadable('recv');
    const taken = this.#transport.take(asBytes, false);
    if (taken !== NOTHING) {
      if (breather.count(taken)) await breather.breathe();
      return taken;
    }
    const later = wait.deadline.expired ? NOTHING : await this.#transport.takeLater(asBytes, wait);
    if (later === NOTHING) throw late();
    return later;
  }

  #takeSync(asBytes: boolean, deadline: Deadline): unknown {
    this.#checkReadable('recv');
    let taken = this.#transport.take(asBytes, true);
    if (taken === NOTHING) taken = this.#transport.takeLaterSync(asBytes, deadline);
    if (taken === NOTHING) throw late();
    return taken;
  }

  async #takeBytes(wait: CheckedWait): Promise<Uint8Array> {
    return bytesOf(await this.#take(true, wait));
  }

  #checkOpen(): void {
    if (this.closed) throw new EOFError('this connection is closed');
  }

  #checkReadable(what: string): void {
    this.#checkOpen();
    if (!this.readable) throw wrongUse(`Connection.${what}`, 'this end can only send');
  }

  #checkWritable(what: string): void {
    this.#checkOpen();
    if (!this.writable) throw wrongUse(`Connection.${what}`, 'this end can only receive');
  }
}

function sentAtOnce(transport: Transport, message: LaneMessage): boolean {
  try {
    return transport.send(message);
  } catch (error) {
    discard(message);
    throw error;
  }
}

function late(): TimeoutError {
  return new TimeoutError('the connection was not ready in time');
}

function viewOf(owner: string, bytes: Bytes): Uint8Array {
  if (ArrayBuffer.isView(bytes)) return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const given: unknown = bytes;
  if (given instanceof ArrayBuffer || given instanceof SharedArrayBuffer) return new Uint8Array(given);
  throw wrongType(owner, 'bytes', 'a typed array, a DataView or an ArrayBuffer', bytes);
}

function partOf(owner: string, bytes: Bytes, offset: number | undefined = 0, size: number | undefined): Uint8Array {
  const whole = viewOf(owner, bytes);
  checkInteger(owner, 'offset', offset, 0, whole.length);
  if (size !== undefined) checkInteger(owner, 'size', size, 0, whole.length - offset);
  return whole.subarray(offset, size === undefined ? whole.length : offset + size);
}

function roomIn(owner: string, target: Bytes, offset: number): Uint8Array {
  const whole = viewOf(owner, target);
  checkInteger(owner, 'offset', offset);
  if (offset < 0 || offset > whole.length) throw wrongRange(owner, 'offset', `from 0 to ${whole.length}`, offset);
  return whole.subarray(offset);
}

function checkLength(owner: string, maxLength: number | undefined): void {
  if (maxLength !== undefined) checkInteger(owner, 'maxLength', maxLength, 0);
}

function atMost(bytes: Uint8Array, maxLength: number = Infinity): Uint8Array {
  if (bytes.length <= maxLength) return bytes;
  throw tooShort(bytes, maxLength);
}

function fill(room: Uint8Array, bytes: Uint8Array): number {
  if (bytes.length > room.length) throw tooShort(bytes, room.length);
  room.set(bytes);
  return bytes.length;
}

function tooShort(bytes: Uint8Array, room: number): BufferTooShortError {
  const message = `the message has ${bytes.length} bytes, and there is room for ${room}; it is in \`error.bytes\``;
  return new BufferTooShortError(message, bytes);
}

/** The bytes of a message that was taken as bytes. */
function bytesOf(taken: unknown): Uint8Array {
  // `take(true)` gives bytes, or an object with big buffers beside it, which are put in one piece.
  if (!(taken instanceof Received)) return taken as Uint8Array;
  return pack(codecFor('program').openLoadingSync(taken), { functions: functionPort('auto'), outOfBand: Infinity })
    .bytes;
}

registerHandler<Connection, unknown>('Connection', Connection, {
  home: import.meta.url,
  take: (connection) => {
    if (connection.closed) throw new EOFError('cannot send a closed connection to another process');
    return transportOf(connection).describe();
  },
  // What `describe` of the same version of this library gave.
  make: (handle) => new Connection(openPipeEnd(handle as PipeEndHandle)),
});
