import { inspect } from 'node:util';
import { warn } from '../../base/warn.ts';
import { Heap } from '../../shared-memory/heap.ts';
import { Parker } from '../../shared-memory/parker.ts';
import type { Crossing } from '../crossing.ts';
import { KIND_CODES } from '../protocol.ts';
import type { ManagerServer } from '../server/server.ts';
import { Session, type Answering } from '../server/session.ts';
import { isReady, open, openLoading, packError, packValues } from './codec.ts';
import type { Door } from './door.ts';
import { Link, Sealed, type Contents } from './link.ts';

/** Milliseconds between two looks at whether clients are still there: cheap ones, and every tenth a thorough one. */
const LOOK_MS = 100;
const THOROUGH = 10;

type Arrived = readonly [kind: number, id: number, contents: Contents];

/** One thread of the program that uses the server. */
class LocalClient implements Answering {
  readonly isRemote = false;
  readonly link: Link;
  readonly id: number;
  readonly #session: Session;
  readonly #crossing: Crossing;
  /** Requests behind one whose modules are being loaded: the order of requests is kept. */
  #behind: Arrived[] | undefined;
  /** Whether it has to be woken to look at its answers. */
  #isToWake = false;
  #isInTurn = false;
  #hasLeft = false;

  constructor(server: ManagerServer, link: Link) {
    this.link = link;
    this.id = link.peer;
    this.#session = new Session(server, this);
    this.#crossing = { at: 'server', side: this.#session, isRemote: false, carrier: link.carrier };
  }

  /** Carries out everything that has come; one wake-up for all answers. */
  serve(): void {
    this.#isInTurn = true;
    try {
      this.link.receive(this.#take);
    } finally {
      this.#isInTurn = false;
      if (this.#isToWake) this.#wake();
    }
  }

  /** Whether requests that have come wait to be carried out. */
  get isLoading(): boolean {
    return this.#behind !== undefined;
  }

  leave(): void {
    const { link } = this;
    try {
      // What it asked for before it ended is done.
      if (!link.isEmpty) this.serve();
    } finally {
      this.#session.leave(!link.hasFarewell);
      Heap.current().reclaim(this.id);
      this.#hasLeft = true;
      this.#endLink();
    }
  }

  value(id: number, value: unknown): void {
    this.link.send(KIND_CODES.value, id, [value], () => packValues([value], this.#crossing, 'result').result);
    this.#answered();
  }

  error(id: number, error: unknown, kind: number = KIND_CODES.error): void {
    // Alone, as `packThrown` may have to put something else in its place.
    const packed = packError(error, this.#crossing);
    this.link.send(kind, id, [unwritable], () => packed);
    this.#answered();
  }

  refused(id: number, error: unknown): void {
    this.error(id, error, KIND_CODES.refused);
  }

  readonly #take = (kind: number, id: number, contents: Contents): void => {
    if (this.#behind) this.#behind.push([kind, id, contents]);
    else this.#carryOut(kind, id, contents);
  };

  #carryOut(kind: number, id: number, contents: Contents): void {
    if (!(contents instanceof Sealed)) return this.#session.handle(kind, id, contents);
    if (!isReady(contents)) return void this.#loadAndGoOn(kind, id, contents);
    let values: readonly unknown[];
    try {
      values = open(contents, this.#crossing);
    } catch (error) {
      return this.#session.refuse(kind, id, error);
    }
    this.#session.handle(kind, id, values);
  }

  async #loadAndGoOn(kind: number, id: number, contents: Sealed): Promise<void> {
    this.#behind = [];
    try {
      this.#session.handle(kind, id, await openLoading(contents, this.#crossing));
    } catch (error) {
      this.#session.refuse(kind, id, error);
    }
    const behind = this.#behind;
    this.#behind = undefined;
    for (const arrived of behind) this.#take(...arrived);
    this.#endLink();
  }

  /** All that came is read: what else is on its way to or from a client that is gone is lost. */
  #endLink(): void {
    if (this.#hasLeft && !this.isLoading) this.link.end();
  }

  #answered(): void {
    if (this.#isInTurn) this.#isToWake = true;
    else this.#wake();
  }

  #wake(): void {
    this.#isToWake = false;
    this.link.notify(this.id);
  }
}

/** Never compact, so that what is packed is sent. */
const unwritable = Symbol('unwritable');

/** Serves the threads of the program that come to a door. */
export class LocalHost {
  readonly #server: ManagerServer;
  readonly #door: Door;
  readonly #parker = Parker.current();
  readonly #clients = new Map<number, LocalClient>();
  readonly #timer: NodeJS.Timeout;
  #list: readonly LocalClient[] = [];
  #looks = 0;
  #isPutOff = false;

  constructor(server: ManagerServer, door: Door) {
    this.#server = server;
    this.#door = door;
    this.#parker.add(this.#poll);
    this.#parker.hold();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
    door.attend();
    this.#poll();
  }

  /** Every client learns that the server has ended. */
  close(): void {
    clearInterval(this.#timer);
    this.#parker.delete(this.#poll);
    this.#parker.release();
    this.#door.close();
    for (const client of this.#list) {
      client.leave();
      client.link.notify(client.id);
    }
  }

  readonly #poll = (): void => {
    // Requests are code of the user's, which must not run while this thread is blocked.
    if (this.#parker.isBlocking) return this.#putOff();
    this.#door.take((handle) => this.#welcome(Link.open(handle)));
    for (const client of this.#list) {
      try {
        client.serve();
      } catch (error) {
        this.#dismiss(client, error);
      }
    }
  };

  #putOff(): void {
    if (this.#isPutOff) return;
    this.#isPutOff = true;
    setImmediate(() => {
      this.#isPutOff = false;
      this.#poll();
    });
  }

  #welcome(link: Link): void {
    const client = new LocalClient(this.#server, link);
    this.#clients.set(client.id, client);
    this.#list = [...this.#clients.values()];
  }

  #look(): void {
    const { registry } = this.#parker;
    const isThorough = this.#looks++ % THOROUGH === 0;
    for (const client of this.#list) {
      const isThere = isThorough ? registry.isAlive(client.id) : registry.pidOf(client.id) !== 0;
      if (!isThere) this.#dismiss(client);
    }
    this.#giveBackLost();
  }

  #giveBackLost(): void {
    const { objects } = this.#server;
    const ended = objects.endedTickets();
    if (ended.length === 0) return;
    // Those that have arrived did so before their slips ended: their receivers' words are there by now.
    this.#poll();
    const isReadToTheEnd = this.#list.every((client) => !client.isLoading);
    for (const one of ended) {
      if (isReadToTheEnd) objects.lose(one.object, one.ticket);
      else objects.doubt(one);
    }
  }

  /** A client that wrote what is no message, or died while it wrote, must not end the server. */
  #dismiss(client: LocalClient, damage?: unknown): void {
    this.#clients.delete(client.id);
    this.#list = [...this.#clients.values()];
    if (damage !== undefined)
      warn(`a client of the manager is dismissed: ${inspect(damage)}`, 'WARN_MP_MANAGER_CLIENT');
    try {
      client.leave();
    } catch {
      // It was said above, or the client is gone.
    }
  }
}
