import type { Address } from '../connection/address.ts';
import type { ListenerOptions } from '../connection/listener.ts';
import { Door } from './local/door.ts';
import { LocalHost } from './local/host.ts';
import { RemoteHost } from './remote/host.ts';
import { localRoute } from './routes.ts';
import { localProxyMaker } from './server/local-proxies.ts';
import { ManagerServer } from './server/server.ts';
import type { TypeTable } from './server/type-table.ts';

/**
 * A manager's server in this very process, from `BaseManager.getServer`.
 *
 * @see Python `multiprocessing.managers.Server`
 */
export class Server {
  readonly #server: ManagerServer;
  readonly #door = Door.create();
  readonly #listen: ListenerOptions;
  #starting: Promise<readonly { close(): void }[]> | undefined;
  #address: Address | undefined;

  constructor(uid: string, name: string, types: TypeTable, listen: ListenerOptions) {
    this.#listen = listen;
    this.#address = listen.address;
    this.#server = new ManagerServer(uid, types, localProxyMaker(localRoute(name, this.#door, () => this.#address)));
  }

  /** Where it listens; the port is known once it is {@link Server.ready}. */
  get address(): Address | undefined {
    return this.#address;
  }

  /** Resolves when it takes requests. @throws An error with the system's code, such as `EADDRINUSE`. */
  async ready(): Promise<this> {
    await (this.#starting ??= this.#start());
    return this;
  }

  /** Serves until {@link Server.stop} is called or a client shuts it down. */
  async serveForever(): Promise<void> {
    await this.ready();
    await this.#server.stopped;
    for (const host of (await this.#starting) ?? []) host.close();
  }

  /** Ends {@link Server.serveForever}. */
  stop(): void {
    this.#server.stop();
  }

  async #start(): Promise<readonly { close(): void }[]> {
    const remote = await RemoteHost.listen(this.#server, this.#listen);
    this.#address = remote.address;
    return [remote, new LocalHost(this.#server, this.#door)];
  }
}
