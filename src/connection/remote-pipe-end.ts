import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { EOFError } from '../base/errors.ts';
import { pack } from '../reduction/pack.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { packing } from '../shared-memory/reach.ts';
import { codecFor, packForSocket, type Codec, type Trust } from './codec.ts';
import { bytesMessage, type LaneMessage } from './lane-message.ts';
import type { Carried } from './pipe-host.ts';
import type { PipeEndHandle } from './pipe-end.ts';
import { NOTHING, Received } from './received.ts';
import { RootLine } from './root-line.ts';
import type { Transport } from './transport.ts';
import type { Watch } from './waitable.ts';

/** A value as one piece of bytes, for a process that shares no memory. @throws NotSendableError, NativeUnavailableError */
export function packApart(value: unknown, name: string): Uint8Array {
  const options = { name, functions: functionPort('auto'), outOfBand: Infinity };
  return packing(true, () => pack(value, options)).bytes;
}

/** What came from the first process, as it is taken out of a lane. */
export function received(message: Carried, asBytes: boolean): unknown {
  if (message === undefined) return NOTHING;
  const { bytes, buffers } = message;
  return asBytes && buffers.length === 0 ? bytes : new Received(bytes, buffers);
}

/** For objects that are asked and not woken: whoever blocks looks by itself. */
export const NO_WATCH: Watch = { recheck: () => {}, stop: () => {} };

/** One end of a pipe that lives in the program's first process, with which this one shares no memory. */
export class RemotePipeEnd implements Transport {
  readonly fd: number = -1;
  readonly codec: Codec;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly #line: RootLine;
  readonly #object: number;
  readonly #trust: Trust;
  readonly #closing = new AbortController();

  private constructor(line: RootLine, object: number, trust: Trust) {
    this.#line = line;
    this.#object = object;
    this.#trust = trust;
    this.codec = codecFor(trust);
    [this.readable, this.writable] = line.askSync({ op: 'rights', object }) as [boolean, boolean];
    line.dropWith(this, object);
  }

  static pair(duplex: boolean, trust: Trust): [RemotePipeEnd, RemotePipeEnd] {
    const line = RootLine.here();
    const [one, other] = line.askSync({ op: 'pair', object: 0, data: [duplex, trust] }) as [number, number];
    return [new RemotePipeEnd(line, one, trust), new RemotePipeEnd(line, other, trust)];
  }

  static open(handle: PipeEndHandle): RemotePipeEnd {
    const line = RootLine.here();
    const [object] = line.askSync({ op: 'openEnd', object: 0, data: handle }) as [number];
    return new RemotePipeEnd(line, object, handle[2].trust);
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  close(): void {
    if (this.isClosed) return;
    this.#closing.abort();
    this.#line.drop(this, this.#object);
  }

  describe(): unknown {
    return this.#askSync('describe');
  }

  encode(value: unknown): LaneMessage {
    return bytesMessage(
      this.#trust === 'program' ? packApart(value, 'the message') : packForSocket(value, this.#trust, 'the message'),
    );
  }

  encodeBytes(bytes: Uint8Array): LaneMessage {
    return bytesMessage(bytes);
  }

  keep(message: LaneMessage): LaneMessage {
    return bytesMessage(message.bytes.slice(0, message.length));
  }

  send(message: LaneMessage): boolean {
    return this.#askSync('send', message.bytes.subarray(0, message.length)) === true;
  }

  async sendLater(message: LaneMessage, wait: CheckedWait): Promise<boolean> {
    return (await this.#ask('sendLater', message.bytes, wait)) === true;
  }

  sendLaterSync(message: LaneMessage, deadline: Deadline): boolean {
    return this.#askSync('sendLater', message.bytes, deadline) === true;
  }

  take(asBytes: boolean, isBlocking: boolean): unknown {
    // An event loop need not be held up only to hear that there is nothing yet.
    if (!isBlocking) return NOTHING;
    return received(this.#askSync('take') as Carried, asBytes);
  }

  async takeLater(asBytes: boolean, wait: CheckedWait): Promise<unknown> {
    return received((await this.#ask('takeLater', undefined, wait)) as Carried, asBytes);
  }

  takeLaterSync(asBytes: boolean, deadline: Deadline): unknown {
    return received(this.#askSync('takeLater', undefined, deadline) as Carried, asBytes);
  }

  isReady(): boolean {
    return this.isClosed || this.#askSync('isReady') === true;
  }

  async ready(wait: CheckedWait): Promise<boolean> {
    return (await this.#ask('ready', undefined, wait)) === true;
  }

  readySync(deadline: Deadline): boolean {
    return this.#askSync('ready', undefined, deadline) === true;
  }

  watch(): Watch {
    return NO_WATCH;
  }

  async #ask(op: string, data: unknown, { deadline, signal }: CheckedWait): Promise<unknown> {
    this.#checkOpen();
    const closing = this.#closing.signal;
    const either = signal ? AbortSignal.any([signal, closing]) : closing;
    try {
      return await this.#line.ask({ op, object: this.#object, data }, { deadline, signal: either });
    } catch (error) {
      if (this.isClosed && signal?.aborted !== true) throw gone();
      throw error;
    }
  }

  #askSync(op: string, data?: unknown, deadline?: Deadline): unknown {
    this.#checkOpen();
    return this.#line.askSync({ op, object: this.#object, data }, deadline);
  }

  #checkOpen(): void {
    if (this.isClosed) throw gone();
  }
}

function gone(): EOFError {
  return new EOFError('the connection is closed');
}
