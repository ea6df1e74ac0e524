import type { Server, Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { checkWait, Deadline } from '../base/deadline.ts';
import { AuthenticationError, EOFError, ManycoreError, TimeoutError } from '../base/errors.ts';
import { Finalize } from '../base/finalize.ts';
import { wrongType } from '../base/invalid.ts';
import { checkInteger, checkOptions } from '../base/options.ts';
import type { Wait } from '../base/types.ts';
import { familyOf, type Address, type Family } from './address.ts';
import { Connection } from './connection.ts';
import { answerChallenge, checkAuthkey, deliverChallenge } from './handshake.ts';
import { LocalLine } from './local-line.ts';
import { HANDSHAKE_MS, LARGEST_MESSAGE } from './limits.ts';
import { SocketTransport } from './socket-transport.ts';

const KEYS = ['address', 'family', 'backlog', 'authkey', 'tls', 'maxMessageBytes'] as const;
const BACKLOG = 64;
/** Peers that have connected and were not accepted yet, authenticated or not; more are turned away. */
const MOST_WAITING = 1024;

/** Where and for whom a {@link Listener} listens. */
export interface ListenerOptions {
  /** Default: a fresh name of the family. */
  readonly address?: Address | undefined;
  /** Default: that of the address, else `AF_UNIX`. */
  readonly family?: Family | undefined;
  /** How many connections the system holds until this process looks at them. Default 64. */
  readonly backlog?: number | undefined;
  /** Key that peers must know, and prove to know. Without it everybody may connect, and only data is taken from them. */
  readonly authkey?: Uint8Array | undefined;
  /** Options of `tls.createServer`: `key` and `cert` at least. */
  readonly tls?: TlsOptions | undefined;
  /** Longest message that is taken from a peer. Default 1 GiB. */
  readonly maxMessageBytes?: number | undefined;
}

type Arrival = { readonly connection: Connection; readonly from: Address } | { readonly failure: Error };

/**
 * Waits for connections on a Unix socket, a Linux abstract name, or TCP; with TLS if wanted.
 *
 * It listens once {@link Listener.ready} resolves; `accept` waits for that by itself.
 *
 * @see Python `multiprocessing.connection.Listener`
 *
 * @example
 * ```ts
 * const listener = new Listener({ address: ['localhost', 6000], authkey: Buffer.from('secret') });
 * using connection = await listener.accept();
 * await connection.send({ hello: listener.lastAccepted });
 * ```
 */
export class Listener {
  readonly #server: Server;
  readonly #authkey: Uint8Array | undefined;
  readonly #limit: number;
  readonly #family: Family;
  readonly #ready: Promise<void>;
  readonly #line: LocalLine;
  readonly #cleanUp: Finalize;
  #arrivals: Arrival[] = [];
  #waiting = 0;
  #address: Address;
  #lastAccepted: Address | undefined;
  #failure: Error | undefined;
  #isClosed = false;

  /** @throws TypeError, RangeError for options that are wrong. That an address is in use is told by `ready` and `accept`. */
  constructor(options: ListenerOptions = {}) {
    checkOptions('Listener', options, KEYS);
    const { backlog = BACKLOG, maxMessageBytes = LARGEST_MESSAGE, authkey, tls } = options;
    if (tls === null || !['undefined', 'object'].includes(typeof tls))
      throw wrongType('Listener', 'tls', 'options of `tls.createServer`', tls);
    checkInteger('Listener', 'backlog', backlog, 1);
    checkInteger('Listener', 'maxMessageBytes', maxMessageBytes, 1);
    checkAuthkey('Listener', authkey);
    this.#family = familyOf('Listener', options.address, options.family);
    this.#authkey = authkey;
    this.#limit = maxMessageBytes;
    const folder = options.address === undefined && this.#family !== 'AF_INET' ? freshFolder() : undefined;
    this.#address = options.address ?? (folder === undefined ? ['127.0.0.1', 0] : `${folder}/listener`);
    const onSocket = (socket: Socket): void => void this.#welcome(socket);
    this.#server =
      tls === undefined
        ? process.getBuiltinModule('node:net').createServer(onSocket)
        : process.getBuiltinModule('node:tls').createServer(tls, onSocket);
    this.#line = new LocalLine((isUsed) => (isUsed ? this.#server.ref() : this.#server.unref()));
    this.#cleanUp = new Finalize(() => removeFolder(folder), { priority: 0 });
    this.#ready = this.#listen(backlog);
    // Whoever waits for it gets the error; nobody has to.
    this.#ready.catch(() => {});
  }

  /** Resolves when it listens. @throws An error with the system's code, such as `EADDRINUSE`. */
  async ready(): Promise<this> {
    await this.#ready;
    return this;
  }

  /** Where peers find it. With port 0, the port is known once it is {@link Listener.ready}. */
  get address(): Address {
    return this.#address;
  }

  /** Where the last accepted peer came from; '' for a Unix socket. `undefined` before the first one. */
  get lastAccepted(): Address | undefined {
    return this.#lastAccepted;
  }

  /**
   * Waits for the next peer.
   *
   * @throws AuthenticationError for a peer that did not prove to know the key: the next call is for the next peer.
   * @throws The error of `ready`; EOFError after `close`; TimeoutError; `signal.reason`.
   */
  async accept<T = unknown>(options?: Wait): Promise<Connection<T>> {
    const wait = checkWait('Listener.accept', options);
    wait.signal?.throwIfAborted();
    await this.#ready;
    let arrival: Arrival | undefined;
    const attempt = (): boolean => {
      if (this.#isClosed) throw closed();
      if (this.#failure) throw this.#failure;
      arrival = this.#arrivals.shift();
      return arrival !== undefined;
    };
    if (!(await this.#line.wait(attempt, wait)) || arrival === undefined) {
      throw new TimeoutError('nobody connected in time');
    }
    if ('failure' in arrival) throw arrival.failure;
    this.#lastAccepted = arrival.from;
    // What it carries is a matter between the two sides.
    return arrival.connection as Connection<T>;
  }

  /** Stops listening. Connections that were accepted go on, others are closed. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#server.close();
    for (const arrival of this.#arrivals) if ('connection' in arrival) arrival.connection.close();
    this.#arrivals = [];
    this.#cleanUp.run();
    this.#line.poll();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #listen(backlog: number): Promise<void> {
    const server = this.#server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', resolve);
      if (typeof this.#address === 'string') server.listen({ path: this.#address, backlog });
      else server.listen({ host: this.#address[0], port: this.#address[1], backlog });
    });
    server.removeAllListeners('error');
    server.on('error', (error) => {
      this.#failure = error;
      this.#line.poll();
    });
    if (this.#line.isEmpty) server.unref();
    const bound = server.address();
    if (typeof bound === 'object' && bound !== null && typeof this.#address !== 'string') {
      this.#address = [this.#address[0], bound.port];
    }
  }

  async #welcome(socket: Socket): Promise<void> {
    if (this.#isClosed || this.#waiting + this.#arrivals.length >= MOST_WAITING) {
      socket.destroy();
      return;
    }
    const { remoteAddress, remotePort } = socket;
    const from: Address = remoteAddress === undefined || remotePort === undefined ? '' : [remoteAddress, remotePort];
    const transport = new SocketTransport(socket);
    this.#waiting++;
    try {
      await this.#authenticate(transport);
      this.#arrive({ connection: new Connection(transport), from });
    } catch (error) {
      transport.close();
      this.#arrive({ failure: asAuthenticationError(error) });
    } finally {
      this.#waiting--;
    }
  }

  async #authenticate(transport: SocketTransport): Promise<void> {
    if (this.#authkey !== undefined) {
      const stream = transport.handshake(Deadline.after(HANDSHAKE_MS));
      await deliverChallenge(stream, this.#authkey);
      await answerChallenge(stream, this.#authkey);
    }
    transport.trust(this.#authkey === undefined ? 'anybody' : 'peer', this.#limit);
  }

  #arrive(arrival: Arrival): void {
    if (this.#isClosed) {
      if ('connection' in arrival) arrival.connection.close();
      return;
    }
    this.#arrivals.push(arrival);
    this.#line.poll();
  }
}

/** Whatever goes wrong before a peer has proved itself is its failure to do so. */
export function asAuthenticationError(error: unknown): Error {
  if (error instanceof AuthenticationError) return error;
  const why = error instanceof ManycoreError ? error.message : String(error);
  return new AuthenticationError(`the peer did not end the handshake: ${why}`, { cause: error });
}

function closed(): EOFError {
  return new EOFError('the listener is closed');
}

function freshFolder(): string {
  const { mkdtempSync } = process.getBuiltinModule('node:fs');
  return mkdtempSync(`${process.getBuiltinModule('node:os').tmpdir()}/manycore-`);
}

function removeFolder(folder: string | undefined): void {
  if (folder !== undefined) process.getBuiltinModule('node:fs').rmSync(folder, { recursive: true, force: true });
}
