import { sharedState } from '../base/globals.ts';
import type { Address } from '../connection/address.ts';
import { ownAuthkey } from '../process/state.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { pack } from '../reduction/pack.ts';
import { unpack } from '../reduction/unpack.ts';
import { SharedBlock, type BlockHandle } from '../shared-memory/shared-block.ts';
import { Door } from './local/door.ts';
import { LocalTransport } from './local/local-transport.ts';
import { addFinder } from './proxies/crossing-proxies.ts';
import { LazyTransport, type RemoteOptions } from './remote/lazy-transport.ts';
import { programId } from './slips.ts';
import type { Token, Transport } from './transport.ts';

/*
 * What a message says of how a manager's server is found. Handles of shared memory mean something in one program only, which is
 * why it is named: elsewhere the address must do. The key never travels, but for a place in memory that only this program reads.
 */

/** A plain value in a {@link Token}. */
interface Route {
  readonly program: number;
  readonly name: string;
  /** Where threads of the program hand over their links; absent for servers of other programs. */
  readonly door?: BlockHandle | undefined;
  readonly address?: Address | undefined;
  /** Memory with the key of a server elsewhere, and how to talk to it. */
  readonly secret?: BlockHandle | undefined;
}

function transports(): Map<string, Transport> {
  return sharedState('managers.transports.1', () => new Map<string, Transport>());
}

/** Says how a server of this program is found. `address` may become known later. */
export function localRoute(name: string, door: Door, address: () => Address | undefined): () => Route {
  return () => ({ program: programId(), name, door: door.send(), address: address() });
}

/** Says how a server elsewhere is found. */
export function remoteRoute(name: string, address: Address, options: RemoteOptions): () => Route {
  // Made when a proxy is sent for the first time, which few programs do.
  let secret: SharedBlock | undefined;
  return () => {
    secret ??= hide(options);
    return { program: programId(), name, address, secret: secret.send() };
  };
}

/** Puts what a client must know into memory of the program. */
function hide({ authkey, tls, serializer }: RemoteOptions): SharedBlock {
  const { bytes } = pack({ authkey, tls, serializer }, { outOfBand: Infinity, functions: functionPort('auto') });
  const block = SharedBlock.allocate(bytes.byteLength);
  block.bytes.set(bytes);
  return block;
}

function reveal(handle: BlockHandle): RemoteOptions {
  // Written by `hide` of the same version of this library.
  return unpack(SharedBlock.open(handle).bytes, [], {
    functions: functionPort('auto'),
  }) as RemoteOptions;
}

/** The way to a server of this program; one for each thread. */
export function localTransport(
  uid: string,
  name: string,
  door: Door,
  address: () => Address | undefined,
): LocalTransport {
  const known = transports().get(uid);
  if (known instanceof LocalTransport && !known.hasFailed) return known;
  const transport = new LocalTransport({ uid, name, route: localRoute(name, door, address) }, door);
  transports().set(uid, transport);
  return transport;
}

/** Remembers a way that was made otherwise. */
export function knowTransport(transport: Transport): void {
  transports().set(transport.uid, transport);
}

/** Forgets a way that has ended; not another one to the same server. */
export function forgetTransport(transport: Transport): void {
  if (transports().get(transport.uid) === transport) transports().delete(transport.uid);
}

addFinder((token) => {
  const route = routeOf(token);
  const isHere = route?.program === programId();
  // Opened in any case: the message that carried it has arrived.
  const door = isHere && route.door ? Door.open(route.door) : undefined;
  const options = isHere && route.secret ? reveal(route.secret) : { authkey: ownAuthkey() };
  const known = transports().get(token.uid);
  // A way that was cut off is for those who had it: what was counted for it is gone, and this reference is not.
  if ((known && !known.hasFailed) || !route) return known;
  const { name, address } = route;
  if (door) return localTransport(token.uid, name, door, () => address);
  if (address === undefined) return undefined;
  const transport = new LazyTransport({
    uid: token.uid,
    name,
    address,
    options,
    route: remoteRoute(name, address, options),
  });
  transports().set(token.uid, transport);
  return transport;
});

/** Only messages of this program have one. */
function routeOf({ route }: Token): Route | undefined {
  return typeof route === 'object' && route !== null ? (route as Route) : undefined;
}
