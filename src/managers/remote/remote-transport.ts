import { Finalize } from '../../base/finalize.ts';
import type { Connection } from '../../connection/connection.ts';
import { AskingTransport, isCancelled, type Question, type SentReference } from '../asking-transport.ts';
import { Carrier, NOTHING_LENT, takeBack, type Loan } from '../carrier.ts';
import type { Crossing } from '../crossing.ts';
import { serverGone, serverLeft } from '../errors.ts';
import { KIND_CODES, MANAGER_OBJECT, parseWatch, valuesOf, type Request } from '../protocol.ts';
import type { Arrival } from '../slips.ts';
import type { Slip } from '../transport.ts';
import { CODECS, encode, headOf, type Serializer, valueIn, valuesIn } from './codec.ts';
import type { RemoteCodec } from './remote-codec.ts';
import { programName, SentTickets } from './sent-tickets.ts';

interface Waiting {
  settle(code: number, value: unknown): void;
  fail(error: unknown): void;
  /** What its request has lent. */
  lent: readonly Loan[];
}

/** Makes the names of references on their way unlike those of other clients. */
const OWN = `${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;
let tickets = 0;

/** A name that no other client of a server uses for a reference on its way. */
export function nextTicket(): string {
  return `${OWN}-${++tickets}`;
}

/** How others find the server of a {@link RemoteTransport}. */
export interface RemoteIdentity {
  readonly name: string;
  readonly route: () => unknown;
  /** How to talk to it; `native` when absent. */
  readonly serializer?: Serializer | undefined;
}

/** The way to a server over a socket. */
export class RemoteTransport extends AskingTransport {
  override uid = '';
  readonly #identity: RemoteIdentity;
  readonly #connection: Connection;
  readonly #codec: RemoteCodec;
  readonly #crossing: Crossing;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  readonly #sent = new SentTickets((object, ticket) => this.note({ kind: 'lost', object, ticket }));
  #reading: AbortController | undefined;
  readonly #farewell: Finalize;

  private constructor(identity: RemoteIdentity, connection: Connection) {
    super(identity.route);
    this.#identity = identity;
    this.#connection = connection;
    this.#codec = CODECS[identity.serializer ?? 'native'];
    this.#crossing = { at: 'client', transport: this, isRemote: true, carrier: new Carrier() };
    this.#farewell = new Finalize(() => this.#sayFarewell(), { priority: 0 });
  }

  /** Begins to talk to a server over a connection that was authenticated. */
  static async begin(identity: RemoteIdentity, connection: Connection): Promise<RemoteTransport> {
    const transport = new RemoteTransport(identity, connection);
    // The server says which one it is.
    transport.uid = String(await transport.call(MANAGER_OBJECT, 'uid', [programName()]));
    return transport;
  }

  adopt(object: number, ticket: string, slip?: Slip): void {
    this.note({ kind: 'adopt', object, ticket });
    if (slip) void this.#endWhenTold(slip);
  }

  /** As {@link RemoteTransport.adopt}, for a reference that was passed on: it is on its way as long as its slip lives. */
  adoptPassedOn(arrival: Arrival): void {
    const { object, ticket, life } = arrival;
    this.adopt(object, '', arrival);
    // Its sender may have ended.
    if (ticket !== '') this.#sent.add({ object, ticket, life });
  }

  /** Ends the conversation in peace. */
  close(): void {
    if (this.failure) return;
    this.#farewell.run();
    this.#fail(serverLeft(this.#identity.name));
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
        encode({ code: KIND_CODES.farewell, id: 0, codec: this.#codec }, [], this.#crossing).bytes,
      );
    } catch {
      // The server is gone before.
    }
  }

  protected override async ask(request: Question, signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    let cancel: () => void = () => {};
    try {
      return await new Promise((resolve, reject) => {
        const id = this.#send(request, {
          settle: (code, value) => {
            if (code === KIND_CODES.error) reject(value);
            else resolve(value);
          },
          fail: reject,
          lent: NOTHING_LENT,
        });
        this.#read();
        cancel = () => void this.write(id, { kind: 'cancel' });
        signal?.addEventListener('abort', cancel);
      });
    } catch (error) {
      if (isCancelled(error)) signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  protected override askSync(request: Question): unknown {
    const slot: { code?: number; value?: unknown } = {};
    const id = this.#send(request, {
      settle: (code, value) => Object.assign(slot, { code, value }),
      fail: (value) => Object.assign(slot, { code: KIND_CODES.error, value }),
      lent: NOTHING_LENT,
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
    this.checkOpen();
    this.#lastId = (this.#lastId + 1) >>> 0;
    const id = this.#lastId;
    this.#waiting.set(id, waiting);
    try {
      waiting.lent = this.write(id, request);
    } catch (error) {
      this.#waiting.delete(id);
      throw error;
    }
    return id;
  }

  protected override nextTicket(): string {
    return nextTicket();
  }

  override retain({ object, ticket, life }: SentReference): void {
    this.note({ kind: 'retain', object, ticket, life });
    // The server cannot see what becomes of it.
    if (life) this.#sent.add({ object, ticket, life });
  }

  protected override write(id: number, request: Request): readonly Loan[] {
    const head = { code: KIND_CODES[request.kind], id, codec: this.#codec };
    const { bytes, lent } = encode(head, valuesOf(request), this.#crossing);
    // A server that is gone shows when its answer is read.
    void this.#connection.sendBytes(bytes).catch(() => this.#fail(serverGone(this.#identity.name)));
    return lent;
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
    if (code === KIND_CODES.watch) return this.#watch(bytes);
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    try {
      const isError = code === KIND_CODES.error;
      // The server may not have read it whole; what it has read it has counted.
      if (isError && waiting) takeBack(waiting.lent);
      waiting?.settle(code, isError ? valueIn(bytes, this.#crossing) : valuesIn(bytes, this.#crossing)[0]);
    } catch (error) {
      waiting?.fail(error);
    }
    if (this.#waiting.size === 0) this.#reading?.abort();
  }

  /** The sender of a reference has ended, and this process is of the same program. */
  #watch(bytes: Uint8Array): void {
    const sent = parseWatch(valuesIn(bytes, this.#crossing));
    if (sent) this.#sent.add(sent);
  }

  #fail(error: Error): void {
    if (this.failure) return;
    this.failure = error;
    this.#farewell.cancel();
    this.#sent.clear();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#reading?.abort();
    for (const one of waiting) one.fail(error);
  }
}
