import { unlinkSync } from 'node:fs';
import { createConnection } from 'node:net';
import { AuthenticationError, EOFError } from '../../base/errors.ts';
import { logInfo } from '../../base/log.ts';
import type { Connection } from '../../connection/connection.ts';
import { Listener, type ListenerOptions } from '../../connection/listener.ts';
import { Carrier } from '../carrier.ts';
import type { Crossing } from '../crossing.ts';
import { KIND_CODES } from '../protocol.ts';
import type { ManagerServer } from '../server/server.ts';
import type { Watched } from '../server/call.ts';
import { Session, type Answering } from '../server/session.ts';
import { CODECS, encode, encodeError, headOf, valuesIn, type Head } from './codec.ts';
import type { RemoteCodec } from './remote-codec.ts';

/** Longest request that a server takes from a socket. */
export const LARGEST_REQUEST: number = 256 << 20;
/** Answers on their way to a client that does not read them; its next request waits. */
const MOST_UNSENT = 256;

/** A client that came over a socket. */
class RemoteClient implements Answering {
  readonly isRemote = true;
  readonly #connection: Connection;
  readonly #session: Session;
  readonly #crossing: Crossing;
  readonly #unsent = new Set<Promise<void>>();
  /** That of its last request. */
  #codec: RemoteCodec = CODECS.native;

  constructor(server: ManagerServer, connection: Connection) {
    this.#connection = connection;
    this.#session = new Session(server, this);
    this.#crossing = { at: 'server', side: this.#session, isRemote: true, carrier: new Carrier() };
  }

  /** Carries out what comes until the client is gone. */
  async serve(): Promise<void> {
    try {
      for (;;) {
        const bytes = await this.#connection.recvBytes();
        this.#carryOut(bytes);
        while (this.#unsent.size > MOST_UNSENT) await Promise.race(this.#unsent);
      }
    } catch {
      // The client is gone, or sent more than is allowed: both end the conversation.
    } finally {
      this.#session.leave(true);
      this.#connection.close();
    }
  }

  close(): void {
    this.#connection.close();
  }

  value(id: number, value: unknown): void {
    this.#send(encode({ code: KIND_CODES.value, id, codec: this.#codec }, [value], this.#crossing).bytes);
  }

  error(id: number, error: unknown): void {
    this.#send(encodeError({ code: KIND_CODES.error, id, codec: this.#codec }, error, this.#crossing).bytes);
  }

  refused(id: number, error: unknown): void {
    this.error(id, error);
  }

  watch({ object, ticket, life }: Watched): void {
    const head = { code: KIND_CODES.watch, id: 0, codec: this.#codec };
    this.#send(encode(head, [object, ticket, ...life], this.#crossing).bytes);
  }

  #carryOut(bytes: Uint8Array): void {
    const head: Head = headOf(bytes);
    this.#codec = head.codec;
    let values: readonly unknown[];
    try {
      values = valuesIn(bytes, this.#crossing);
    } catch (error) {
      this.#session.refuse(head.code, head.id, error);
      return;
    }
    this.#session.handle(head.code, head.id, values);
  }

  #send(bytes: Uint8Array): void {
    // A client that is gone is noticed by `serve`.
    const sent = this.#connection.sendBytes(bytes).catch(() => {});
    this.#unsent.add(sent);
    void sent.then(() => this.#unsent.delete(sent));
  }
}

/** Serves clients that come over sockets. */
export class RemoteHost {
  readonly #server: ManagerServer;
  readonly #listener: Listener;
  readonly #clients = new Set<RemoteClient>();
  #isClosed = false;

  private constructor(server: ManagerServer, listener: Listener) {
    this.#server = server;
    this.#listener = listener;
  }

  /** @throws An error with the system's code, such as `EADDRINUSE`. */
  static async listen(server: ManagerServer, options: ListenerOptions): Promise<RemoteHost> {
    const whole = { maxMessageBytes: LARGEST_REQUEST, ...options };
    let listener: Listener;
    try {
      listener = await new Listener(whole).ready();
    } catch (error) {
      if (!(await isLeftover(options.address, error))) throw error;
      unlinkSync(String(options.address));
      listener = await new Listener(whole).ready();
    }
    const host = new RemoteHost(server, listener);
    void host.#accept();
    return host;
  }

  get address(): Listener['address'] {
    return this.#listener.address;
  }

  close(): void {
    this.#isClosed = true;
    this.#listener.close();
    for (const client of this.#clients) client.close();
  }

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        void this.#welcome(await this.#listener.accept());
      } catch (error) {
        if (error instanceof AuthenticationError) {
          logInfo(() => `a client was turned away: ${error.message}`);
          continue;
        }
        if (error instanceof EOFError) return;
        throw error;
      }
    }
  }

  async #welcome(connection: Connection): Promise<void> {
    const client = new RemoteClient(this.#server, connection);
    this.#clients.add(client);
    await client.serve();
    this.#clients.delete(client);
  }
}

/** Whether an address is taken only by the file of a server that was killed. */
async function isLeftover(address: ListenerOptions['address'], error: unknown): Promise<boolean> {
  const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  if (!isTaken || typeof address !== 'string' || address.startsWith('\0')) return false;
  return new Promise((resolve) => {
    const socket = createConnection(address, () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (failure) => resolve('code' in failure && failure.code === 'ECONNREFUSED'));
  });
}
