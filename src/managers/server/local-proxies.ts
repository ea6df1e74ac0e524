import { RemoteError } from '../../base/errors.ts';
import { currentCrossing, foreignProxy } from '../crossing.ts';
import type { BatchRun } from '../protocol.ts';
import { isBuiltin, makeProxy } from '../proxies/crossing-proxies.ts';
import { sendSlip } from '../slips.ts';
import type { Reference, Token, Transport } from '../transport.ts';
import { Call, Owner } from './call.ts';
import type { Entry } from './object-table.ts';
import type { ManagerServer } from './server.ts';

/** Who calls through proxies inside of the server. */
const inside = new Owner();
let tickets = 0;

/** How a server says where it can be found by others of its program. */
export type Route = () => unknown;

/** The way from inside of a server to one of its objects. Holds the object, so that it lives as long as the proxy does. */
class EntryTransport implements Transport {
  readonly uid: string;
  readonly isInside = true;
  readonly #server: ManagerServer;
  readonly #entry: Entry;
  readonly #route: Route;

  constructor(server: ManagerServer, entry: Entry, route: Route) {
    this.uid = server.uid;
    this.#server = server;
    this.#entry = entry;
    this.#route = route;
  }

  async call(_id: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const call = new Call(inside);
    signal?.throwIfAborted();
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel);
    try {
      return await this.#server.invokeEntry(this.#entry, method, args, call);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** @throws RemoteError when the method would have to wait: the server cannot block. */
  callSync(_id: number, method: string, args: readonly unknown[]): unknown {
    const call = new Call(inside);
    const result = this.#server.invokeEntry(this.#entry, method, args, call);
    if (!(result instanceof Promise)) return result;
    result.catch(() => {}); // Nobody hears of it.
    call.cancel();
    throw new RemoteError(
      `manager: \`${method}\` waits, and the server cannot block; use the asynchronous method there`,
    );
  }

  async batch(runs: readonly BatchRun[]): Promise<readonly unknown[]> {
    const results: unknown[] = [];
    for (const { method, arity, count, args } of runs) {
      for (let i = 0; i < count; i++) results.push(await this.call(0, method, args.slice(i * arity, (i + 1) * arity)));
    }
    return results;
  }

  batchSync(runs: readonly BatchRun[]): readonly unknown[] {
    return runs.flatMap(({ method, arity, count, args }) =>
      Array.from({ length: count }, (_, i) => this.callSync(0, method, args.slice(i * arity, (i + 1) * arity))),
    );
  }

  release(): void {}

  describe({ id, typeid, proxy }: Reference): Token {
    const exposed = isBuiltin(typeid) ? undefined : [...this.#entry.methods.keys()];
    const crossing = currentCrossing();
    const own = { uid: this.uid, id, typeid, exposed };
    if (crossing?.at === 'server' && crossing.side.uid === this.uid) {
      crossing.carrier.lend(crossing.side.hand(this.#entry));
      return crossing.isRemote ? own : { ...own, proxy };
    }
    if (crossing?.isRemote === true) throw foreignProxy();
    const { objects } = this.#server;
    const ticket = `server-${++tickets}`;
    const route = this.#route();
    const lose = (): void => objects.doubt({ object: id, ticket });
    const { slip, life } = crossing ? crossing.carrier.sendReference(lose) : sendSlip();
    objects.send(this.#entry, ticket, { life });
    return { ...own, proxy, ticket, slip, route };
  }

  adopt(): void {}

  referent(): unknown {
    return this.#entry.object;
  }
}

/** Makes the proxies that stand for a server's objects inside of it. */
export function localProxyMaker(route: Route): (server: ManagerServer, entry: Entry) => object {
  return (server, entry) => {
    const transport = new EntryTransport(server, entry, route);
    const { proxy } = entry.rule;
    const exposed = isBuiltin(entry.typeid) ? undefined : [...entry.methods.keys()];
    return makeProxy({ transport, id: entry.id, typeid: entry.typeid, exposed, proxy });
  };
}
