import { ProcessError } from '../../base/errors.ts';
import type { Address } from '../../connection/address.ts';
import { Client, type ClientOptions } from '../../connection/client.ts';
import type { SharedBlock } from '../../shared-memory/shared-block.ts';
import { currentCrossing } from '../crossing.ts';
import type { BatchRun } from '../protocol.ts';
import { Arrival } from '../slips.ts';
import type { Reference, Token, Transport } from '../transport.ts';
import type { Serializer } from './codec.ts';
import { foreignProxy, RemoteTransport } from './remote-transport.ts';

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
    return (await this.#connect()).call(object, method, args, signal);
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

  release(object: number): void {
    this.#note((transport) => transport.release(object));
  }

  adopt(object: number, ticket: string, slip?: SharedBlock): void {
    const arrival = slip && new Arrival(object, ticket, slip);
    if (arrival && !this.#connected) this.#arrivals.set(object, arrival);
    this.#note((transport) => {
      if (arrival?.isPassedOn) transport.adoptPassedOn(arrival);
      else transport.adopt(object, ticket, arrival);
    });
    // The reference is on its way for as long as nobody says that it arrived.
    this.#connect().catch(() => {}); // The next call tells.
  }

  describe(reference: Reference): Token {
    const arrival = this.#connected ? undefined : this.#arrivals.get(reference.id);
    return arrival ? this.#passOn(reference, arrival) : this.#now().describe(reference);
  }

  referent(): undefined {
    return undefined;
  }

  /** Needs no connection: the reference is the one that came, on its way a little longer. */
  #passOn({ id, typeid, exposed, proxy }: Reference, arrival: Arrival): Token {
    if (currentCrossing()?.isRemote === true) throw foreignProxy();
    const route = this.#place.route();
    return { uid: this.uid, id, typeid, exposed, proxy, ticket: '', slip: arrival.passOn(), route };
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

  #connect(): Promise<RemoteTransport> {
    return (this.#connecting ??= this.#begin());
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
