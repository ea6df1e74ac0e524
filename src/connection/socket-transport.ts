import type { Socket } from 'node:net';
import { Deadline, type CheckedWait } from '../base/deadline.ts';
import { EOFError } from '../base/errors.ts';
import { wrongUse } from '../base/invalid.ts';
import { Parker } from '../shared-memory/parker.ts';
import { codecFor, packForSocket, type Codec, type Trust } from './codec.ts';
import { frameHeader, FrameReader } from './frames.ts';
import { LONGEST_HANDSHAKE, type HandshakeStream } from './handshake.ts';
import { bytesMessage, type LaneMessage } from './lane-message.ts';
import { LocalLine } from './local-line.ts';
import { NOTHING, Received } from './received.ts';
import { relay } from './relay.ts';
import type { Transport } from './transport.ts';
import type { Watch } from './waitable.ts';

/** Bytes that are read ahead before the peer has to wait. */
const READ_AHEAD = 1 << 20;
const READ_CHUNK = 1 << 16;
/** How long a blocked thread rests between two looks at a socket. */
const REST_MS = 1;

/** A connection over a stream socket. */
export class SocketTransport implements Transport {
  readonly readable: boolean = true;
  readonly writable: boolean = true;
  codec: Codec;
  readonly #socket: Socket;
  readonly #frames = new FrameReader(LONGEST_HANDSHAKE);
  readonly #readers: LocalLine;
  readonly #writers: LocalLine;
  #trust: Trust = 'anybody';
  #isEnded = false;
  /** Whether what comes is no frames: nothing of it is read any more. */
  #isBroken = false;
  #isClosed = false;
  /** Relays that go on using the socket when this end is closed. */
  #relays = 0;

  /** @param socket A connected one that nobody reads. Does not keep the program alive unless somebody waits. */
  constructor(socket: Socket) {
    this.codec = codecFor('anybody');
    this.#socket = socket;
    const keepAlive = (): void => {
      if (this.#readers.isEmpty && this.#writers.isEmpty) socket.unref();
      else socket.ref();
    };
    this.#readers = new LocalLine(keepAlive);
    this.#writers = new LocalLine(keepAlive);
    const end = (): void => {
      this.#isEnded = true;
      this.#readers.poll();
      this.#writers.poll();
    };
    // A short message must not wait until the peer has acknowledged the one before.
    socket.setNoDelay(true);
    socket.unref();
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('drain', () => this.#writers.poll());
    socket.on('end', end);
    socket.on('close', end);
    // The peer is gone: readers and writers see that by themselves.
    socket.on('error', end);
  }

  /** Whom this leads to, once the handshake is over. */
  trust(trust: Trust, limit: number): void {
    this.#trust = trust;
    this.codec = codecFor(trust);
    this.#frames.limit = limit;
  }

  /** The messages of the handshake. */
  handshake(deadline: Deadline): HandshakeStream {
    return {
      send: (bytes) => void this.send(bytesMessage(bytes)),
      receive: async () => {
        const taken = await this.takeLater(true, { deadline, signal: undefined });
        if (taken === NOTHING) throw new EOFError('nothing more of it came in time');
        // `take` of a socket gives bytes.
        return taken as Uint8Array;
      },
    };
  }

  get fd(): number {
    const handle: unknown = Reflect.get(this.#socket, '_handle');
    const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : -1;
    return typeof fd === 'number' ? fd : -1;
  }

  encode(value: unknown): LaneMessage {
    return bytesMessage(packForSocket(value, this.#trust, 'the message'));
  }

  encodeBytes(bytes: Uint8Array): LaneMessage {
    return bytesMessage(bytes.slice());
  }

  keep(message: LaneMessage): LaneMessage {
    return message;
  }

  send({ bytes, length }: LaneMessage): boolean {
    if (this.#isOver || this.#socket.destroyed || !this.#socket.writable) throw gone();
    if (this.#socket.writableNeedDrain) return false;
    this.#socket.cork();
    this.#socket.write(frameHeader(length));
    this.#socket.write(bytes);
    this.#socket.uncork();
    return true;
  }

  sendLater(message: LaneMessage, wait: CheckedWait): Promise<boolean> {
    return this.#writers.wait(() => this.send(message), wait);
  }

  sendLaterSync(message: LaneMessage): boolean {
    // What the system does not take at once goes out when the event loop runs again.
    if (this.#isOver || !this.#socket.writable) throw gone();
    this.#socket.write(frameHeader(message.length));
    this.#socket.write(message.bytes);
    return true;
  }

  take(asBytes: boolean): unknown {
    if (this.#isClosed) throw gone();
    return this.#readers.isEmpty ? this.#take(asBytes) : NOTHING;
  }

  async takeLater(asBytes: boolean, wait: CheckedWait): Promise<unknown> {
    let value: unknown = NOTHING;
    const attempt = (): boolean => {
      if (this.#isOver) throw gone();
      value = this.#take(asBytes);
      return value !== NOTHING;
    };
    return (await this.#readers.wait(attempt, wait)) ? value : NOTHING;
  }

  takeLaterSync(asBytes: boolean, deadline: Deadline): unknown {
    let value: unknown = NOTHING;
    const hasValue = (): boolean => {
      value = this.#take(asBytes);
      return value !== NOTHING;
    };
    return this.#waitSync(hasValue, deadline) ? value : NOTHING;
  }

  isReady(): boolean {
    return this.#isClosed || this.#isEnded || this.#hasMessage();
  }

  ready(wait: CheckedWait): Promise<boolean> {
    return this.#readers.wait(() => this.isReady(), wait);
  }

  readySync(deadline: Deadline): boolean {
    return this.#waitSync(() => this.isReady(), deadline);
  }

  watch(): Watch {
    return { recheck: () => this.#read(), stop: () => {} };
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    this.#isClosed = true;
    if (this.#relays === 0) this.#socket.destroySoon();
    this.#readers.poll();
    this.#writers.poll();
  }

  /** Another process goes on with the conversation; this one passes the messages on, as long as it lives. */
  describe(): unknown {
    this.#relays++;
    return relay(this, this.#trust, () => {
      if (--this.#relays === 0 && this.#isClosed) this.#socket.destroySoon();
    });
  }

  get #isOver(): boolean {
    return this.#isClosed && this.#relays === 0;
  }

  #receive(chunk: Uint8Array): void {
    this.#frames.push(chunk);
    this.#readers.poll();
    if (this.#frames.held >= READ_AHEAD && this.#hasMessage()) this.#socket.pause();
  }

  #take(asBytes: boolean): unknown {
    const bytes = this.#cut();
    if (this.#socket.isPaused() && this.#frames.held < READ_AHEAD) this.#socket.resume();
    if (bytes !== undefined) return asBytes ? bytes : new Received(bytes, []);
    if (this.#isEnded) throw gone();
    return NOTHING;
  }

  #cut(): Uint8Array | undefined {
    if (this.#isBroken) return undefined;
    try {
      return this.#frames.next();
    } catch (error) {
      // Nothing that follows can be told apart any more.
      this.#isEnded = true;
      this.#isBroken = true;
      this.#socket.destroy();
      throw error;
    }
  }

  /** Whether `take` would give something; an error is something. */
  #hasMessage(): boolean {
    try {
      return this.#frames.hasNext;
    } catch {
      return true;
    }
  }

  #waitSync(isDone: () => boolean, deadline: Deadline): boolean {
    for (;;) {
      this.#read();
      if (isDone()) return true;
      if (deadline.expired) return false;
      Parker.current().wait(() => false, Deadline.after(Math.min(REST_MS, deadline.remaining())));
    }
  }

  /** Reads what has come, without the event loop. */
  #read(): void {
    const { fd } = this;
    if ('encrypted' in this.#socket || fd < 0) {
      if (this.#isEnded) return;
      throw wrongUse(
        'Connection',
        'a blocked thread cannot read a TLS connection; use the method that returns a promise',
      );
    }
    const { readSync } = process.getBuiltinModule('node:fs');
    while (!this.#isEnded && this.#frames.held < READ_AHEAD) {
      const chunk = Buffer.allocUnsafeSlow(READ_CHUNK);
      try {
        const count = readSync(fd, chunk);
        if (count === 0) this.#isEnded = true;
        else this.#frames.push(chunk.subarray(0, count));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return;
        this.#isEnded = true;
      }
    }
  }
}

function gone(): EOFError {
  return new EOFError('the connection is closed, or its far end was closed or died, and everything it sent was read');
}
