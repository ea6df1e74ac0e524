import { RemoteError } from '../../base/errors.ts';
import { Finalize } from '../../base/finalize.ts';
import type { Connection } from '../../connection/connection.ts';
import { currentCrossing, type Crossing } from '../crossing.ts';
import { serverGone } from '../errors.ts';
import { KIND_CODES, MANAGER_OBJECT, valuesOf, type BatchRun, type Request } from '../protocol.ts';
import { type Arrival, sendSlip } from '../slips.ts';
import type { Reference, Slip, Token, Transport } from '../transport.ts';
import { CODECS, encode, headOf, type Serializer, valueIn, valuesIn } from './codec.ts';
import type { RemoteCodec } from './remote-codec.ts';
import { programName, SentTickets } from './sent-tickets.ts';

interface Waiting {
  settle(code: number, value: unknown): void;
  fail(error: unknown): void;
}

/** Makes the names of references on their way unlike those of other clients. */
const OWN = `${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;

/** How others find the server of a {@link RemoteTransport}. */
export interface RemoteIdentity {
  readonly name: string;
  readonly route: () => unknown;
  /** How to talk to it; `native` when absent. */
  readonly serializer?: Serializer | undefined;
}

/** The way to a server over a socket. */
export class RemoteTransport implements Transport {
  uid = '';
  readonly #identity: RemoteIdentity;
  readonly #connection: Connection;
  readonly #codec: RemoteCodec;
  readonly #crossing: Crossing;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #tickets = 0;
  readonly #sent = new SentTickets((object, ticket) => this.#note({ kind: 'lost', object, ticket }));
  #failure: Error | undefined;
  #reading: AbortController | undefined;
  readonly #farewell: Finalize;

  private constructor(identity: RemoteIdentity, connection: Connection) {
    this.#identity = identity;
    this.#connection = connection;
    this.#codec = CODECS[identity.serializer ?? 'native'];
    this.#crossing = { at: 'client', transport: this, isRemote: true };
    this.#farewell = new Finalize(() => this.#sayFarewell(), { priority: 0 });
  }

  /** Begins to talk to a server over a connection that was authenticated. */
  static async begin(identity: RemoteIdentity, connection: Connection): Promise<RemoteTransport> {
    const transport = new RemoteTransport(identity, connection);
    // The server says which one it is.
    transport.uid = String(await transport.call(MANAGER_OBJECT, 'uid', [programName()]));
    return transport;
  }

  call(object: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.#ask({ kind: 'call', object, method, args }, signal);
  }

  callSync(object: number, method: string, args: readonly unknown[]): unknown {
    return this.#askSync({ kind: 'call', object, method, args });
  }

  async batch(runs: readonly BatchRun[]): Promise<readonly unknown[]> {
    return (await this.#ask({ kind: 'batch', runs })) as readonly unknown[]; // what the server gives for it
  }

  batchSync(runs: readonly BatchRun[]): readonly unknown[] {
    return this.#askSync({ kind: 'batch', runs }) as readonly unknown[]; // what the server gives for it
  }

  release(object: number): void {
    this.#note({ kind: 'release', object, count: 1 });
  }

  adopt(object: number, ticket: string, slip?: Slip): void {
    this.#note({ kind: 'adopt', object, ticket });
    if (slip) void this.#endWhenTold(slip);
  }

  /** As {@link RemoteTransport.adopt}, for a reference that was passed on: it is on its way as long as its slip lives. */
  adoptPassedOn(arrival: Arrival): void {
    const { object, ticket, life } = arrival;
    this.adopt(object, '', arrival);
    // Its sender may have ended.
    if (ticket !== '') this.#sent.add({ object, ticket, life });
  }

  describe({ id, typeid, exposed, proxy }: Reference): Token {
    const token = { uid: this.uid, id, typeid, exposed };
    const crossing = currentCrossing();
    if (crossing?.at === 'client' && crossing.transport === this) return token;
    if (crossing?.isRemote === true) throw foreignProxy();
    const ticket = `${OWN}-${++this.#tickets}`;
    const route = this.#identity.route();
    const { slip, life } = sendSlip();
    this.#note({ kind: 'retain', object: id, ticket });
    this.#sent.add({ object: id, ticket, life });
    return { ...token, proxy, ticket, slip, route };
  }

  referent(): undefined {
    return undefined;
  }

  /** Ends the conversation in peace. */
  close(): void {
    if (this.#failure) return;
    this.#farewell.run();
    this.#fail(serverGone(this.#identity.name));
    this.#connection.close();
  }

  /** Until the server knows that the reference has arrived, its sender must not take it for lost. */
  async #endWhenTold(slip: Slip): Promise<void> {
    try {
      await this.call(MANAGER_OBJECT, 'ping', []);
    } catch {
      // The server is gone.
    } finally {
      slip.end();
    }
  }

  /** Says that this process ends in peace, and was not killed. */
  #sayFarewell(): void {
    try {
      this.#connection.sendBytesSync(
        encode({ code: KIND_CODES.farewell, id: 0, codec: this.#codec }, [], this.#crossing),
      );
    } catch {
      // The server is gone before.
    }
  }

  async #ask(request: Request, signal?: AbortSignal): Promise<unknown> {
    let cancel: () => void = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const id = this.#send(request, {
          settle: (code, value) => {
            if (code === KIND_CODES.error) reject(value);
            else resolve(value);
          },
          fail: reject,
        });
        this.#read();
        cancel = () => this.#write(id, { kind: 'cancel' });
        signal?.addEventListener('abort', cancel);
      });
    } catch (error) {
      if (isCancelled(error)) signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  #askSync(request: Request): unknown {
    const slot: { code?: number; value?: unknown } = {};
    const id = this.#send(request, {
      settle: (code, value) => Object.assign(slot, { code, value }),
      fail: (value) => Object.assign(slot, { code: KIND_CODES.error, value }),
    });
    while (this.#waiting.has(id)) {
      try {
        this.#take(this.#connection.recvBytesSync());
      } catch {
        this.#fail(serverGone(this.#identity.name));
      }
    }
    if (slot.code === KIND_CODES.error) throw slot.value;
    return slot.value;
  }

  #send(request: Request, waiting: Waiting): number {
    if (this.#failure) throw this.#failure;
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    this.#waiting.set(id, waiting);
    try {
      this.#write(id, request);
    } catch (error) {
      this.#waiting.delete(id);
      throw error;
    }
    return id;
  }

  #note(request: Request): void {
    if (!this.#failure) this.#write(0, request);
  }

  #write(id: number, request: Request): void {
    const bytes = encode({ code: KIND_CODES[request.kind], id, codec: this.#codec }, valuesOf(request), this.#crossing);
    // A server that is gone shows when its answer is read.
    void this.#connection.sendBytes(bytes).catch(() => this.#fail(serverGone(this.#identity.name)));
  }

  /** Reads answers as long as some are awaited: only then does the connection keep the program alive. */
  #read(): void {
    if (this.#reading || this.#waiting.size === 0) return;
    this.#reading = new AbortController();
    void this.#readAll(this.#reading.signal);
  }

  async #readAll(signal: AbortSignal): Promise<void> {
    try {
      while (this.#waiting.size > 0) this.#take(await this.#connection.recvBytes(undefined, { signal }));
    } catch {
      if (!signal.aborted) this.#fail(serverGone(this.#identity.name));
    }
    this.#reading = undefined;
    this.#read();
  }

  #take(bytes: Uint8Array): void {
    const { code, id } = headOf(bytes);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    try {
      const isError = code === KIND_CODES.error;
      waiting?.settle(code, isError ? valueIn(bytes, this.#crossing) : valuesIn(bytes, this.#crossing)[0]);
    } catch (error) {
      waiting?.fail(error);
    }
    if (this.#waiting.size === 0) this.#reading?.abort();
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#farewell.cancel();
    this.#sent.clear();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#reading?.abort();
    for (const one of waiting) one.fail(error);
  }
}

/** What comes of sending a proxy of one server to another that is elsewhere. */
export function foreignProxy(): RemoteError {
  return new RemoteError('manager: a proxy of another manager cannot be sent over a socket');
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MP_CANCELLED';
}
