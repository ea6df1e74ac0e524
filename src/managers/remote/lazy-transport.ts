import { ProcessError } from '../../base/errors.ts';
import type { Address } from '../../connection/address.ts';
import { Client, type ClientOptions } from '../../connection/client.ts';
import { SharedBlock } from '../../shared-memory/shared-block.ts';
import { currentCrossing, foreignProxy, type Crossing } from '../crossing.ts';
import type { BatchRun } from '../protocol.ts';
import { Arrival, sendSlip } from '../slips.ts';
import type { Reference, Slip, Token, Transport } from '../transport.ts';
import type { Serializer } from './codec.ts';
import { nextTicket, RemoteTransport } from './remote-transport.ts';

/** How a server that is elsewhere is talked to. */
export interface RemoteOptions extends Pick<ClientOptions, 'authkey' | 'tls'> {
  readonly serializer?: Serializer | undefined;
}

/** Where a server is, and what it takes to talk to it. */
export interface RemotePlace {
  readonly uid: string;
  readonly name: string;
  readonly address: Address;
  readonly options: RemoteOptions;
  readonly route: () => unknown;
}

/** The way to a server that a proxy told of; connects when it is first used. */
export class LazyTransport implements Transport {
  readonly uid: string;
  readonly #place: RemotePlace;
  #connecting: Promise<RemoteTransport> | undefined;
  #connected: RemoteTransport | undefined;
  /** What has to be said first. */
  #notes: ((transport: RemoteTransport) => void)[] = [];
  /** By object, the last reference that came: what is sent on before the server can be told of it. */
  readonly #arrivals = new Map<number, Arrival>();

  constructor(place: RemotePlace) {
    this.uid = place.uid;
    this.#place = place;
  }

  async call(object: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const transport = this.#connected ?? (await unlessAborted(this.#connect(), signal));
    return transport.call(object, method, args, signal);
  }

  callSync(object: number, method: string, args: readonly unknown[]): unknown {
    return this.#now().callSync(object, method, args);
  }

  async batch(runs: readonly BatchRun[]): Promise<readonly unknown[]> {
    return (await this.#connect()).batch(runs);
  }

  batchSync(runs: readonly BatchRun[]): readonly unknown[] {
    return this.#now().batchSync(runs);
  }

  get hasFailed(): boolean {
    return this.#connected?.hasFailed === true;
  }

  release(object: number): void {
    this.#note((transport) => transport.release(object));
  }

  adopt(object: number, ticket: string, slip?: Slip): void {
    let arrival = slip instanceof SharedBlock ? new Arrival(object, ticket, slip) : undefined;
    let waiting = arrival ?? slip;
    if (arrival && !this.#connected) this.#arrivals.set(object, arrival);
    this.#note((transport) => {
      if (arrival?.isPassedOn) transport.adoptPassedOn(arrival);
      else transport.adopt(object, ticket, waiting);
    });
    // The reference is on its way for as long as nobody says that it arrived.
    this.#connect().catch(() => {
      // The next call tells. Nobody is there who would count it.
      waiting?.end();
      waiting = undefined;
      arrival = undefined;
      this.#arrivals.delete(object);
    });
  }

  describe(reference: Reference): Token {
    if (this.#connected) return this.#connected.describe(reference);
    const { id, typeid, exposed, proxy } = reference;
    const crossing = currentCrossing();
    if (crossing?.isRemote === true) throw foreignProxy();
    // The one that came needs no connection: it is on its way a little longer.
    const arrival = this.#arrivals.get(id);
    const route = this.#place.route();
    const sent = arrival ? { ticket: '', slip: arrival.passOn() } : this.#sendOn(id, crossing);
    return { uid: this.uid, id, typeid, exposed, proxy, route, ...sent };
  }

  referent(): undefined {
    return undefined;
  }

  /** The server hears of it when it has heard of the reference that came. */
  #sendOn(object: number, crossing: Crossing | undefined): Pick<Token, 'ticket' | 'slip'> {
    const ticket = nextTicket();
    const lose = (): void => this.#note((transport) => transport.lose(object, ticket));
    const { slip, life } = crossing ? crossing.carrier.sendReference(lose) : sendSlip();
    this.#note((transport) => transport.retain({ object, ticket, life }));
    return { ticket, slip };
  }

  #note(note: (transport: RemoteTransport) => void): void {
    if (this.#connected) note(this.#connected);
    else this.#notes.push(note);
  }

  #now(): RemoteTransport {
    if (this.#connected) return this.#connected;
    throw new ProcessError(
      `${this.#place.name}: this process is not connected to it yet, and cannot connect while it blocks; await an ` +
        'asynchronous method of the proxy first',
    );
  }

  /** One attempt at a time; the next call makes another one. */
  #connect(): Promise<RemoteTransport> {
    return (this.#connecting ??= this.#attempt());
  }

  async #attempt(): Promise<RemoteTransport> {
    try {
      return await this.#begin();
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async #begin(): Promise<RemoteTransport> {
    const { address, options, name, route, uid } = this.#place;
    const { serializer, ...how } = options;
    const transport = await RemoteTransport.begin({ name, route, serializer }, await Client(address, how));
    if (transport.uid !== uid) {
      transport.close();
      throw new ProcessError(`${name}: another server listens at its address now; the objects of the former are gone`);
    }
    this.#connected = transport;
    for (const note of this.#notes) note(transport);
    this.#notes = [];
    this.#arrivals.clear();
    return transport;
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  signal?.throwIfAborted();
  if (!signal) return promise;
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
