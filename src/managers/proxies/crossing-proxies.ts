import { RemoteError } from '../../base/errors.ts';
import type { Handler } from '../../reduction/ports.ts';
import { currentCrossing, foreignProxy } from '../crossing.ts';
import { localServers } from '../server/server.ts';
import { isKept, openSlip } from '../slips.ts';
import type { Reference, Token, Transport } from '../transport.ts';
import { autoProxyClass, makeSendable, type ProxyClass } from './auto-proxy.ts';
import { BaseProxy, referenceOfProxy, type AnyProxy } from './base-proxy.ts';
import { ArrayProxy, DictProxy, ListProxy, NamespaceProxy, SetProxy, ValueProxy } from './containers.ts';
import { IteratorProxy } from './iterator-proxy.ts';
import { BoundedSemaphoreProxy, ConditionProxy, LockProxy, RLockProxy, SemaphoreProxy } from './locks.ts';
import { BarrierProxy, EventProxy } from './meeting.ts';
import { PoolProxy } from './pool-proxy.ts';
import { JoinableQueueProxy, QueueProxy } from './queues.ts';

/** How proxies travel: as a token, whatever their class. */
export const PROXY_TAG = 'manycore.proxy';

const BUILTIN: ReadonlyMap<string, ProxyClass> = new Map<string, ProxyClass>(
  Object.entries({
    dict: DictProxy,
    list: ListProxy,
    set: SetProxy,
    Namespace: NamespaceProxy,
    Value: ValueProxy,
    Array: ArrayProxy,
    Queue: QueueProxy,
    JoinableQueue: JoinableQueueProxy,
    Lock: LockProxy,
    RLock: RLockProxy,
    Semaphore: SemaphoreProxy,
    BoundedSemaphore: BoundedSemaphoreProxy,
    Condition: ConditionProxy,
    Event: EventProxy,
    Barrier: BarrierProxy,
    Iterator: IteratorProxy,
    Pool: PoolProxy,
  }) as [string, ProxyClass][], // each takes a reference
);

const handler: Handler<AnyProxy, unknown> = {
  // Whoever receives one needs the ways to its server as well.
  home: new URL('../routes.js', import.meta.url).href,
  take: (proxy) => {
    const reference = referenceOfProxy(proxy);
    return reference.transport.describe(reference);
  },
  make: (plain) => makeFromToken(checkToken(plain)),
};

/** What a message says of a proxy, where tokens are written by hand; `undefined` for what is none. */
export function describeProxy(value: object): Token | undefined {
  if (!(value instanceof BaseProxy)) return undefined;
  const reference = referenceOfProxy(value);
  return reference.transport.describe(reference);
}

/** The proxy that such a token stands for. @throws RemoteError */
export function proxyOfToken(plain: unknown): AnyProxy {
  return makeFromToken(checkToken(plain));
}

for (const Class of BUILTIN.values()) makeSendable(Class, PROXY_TAG, handler);

/** Whether the library has proxies of its own for a type. */
export function isBuiltin(typeid: string): boolean {
  return BUILTIN.has(typeid);
}

/** Makes the proxy that a reference is used through. */
export function makeProxy(reference: Reference): AnyProxy {
  const { typeid, exposed, proxy } = reference;
  // Registered classes of proxies extend BaseProxy: `register` looks at that.
  const own = (proxy as ProxyClass | undefined) ?? BUILTIN.get(typeid);
  const Class = exposed === undefined && own ? own : (own ?? autoProxyClass(typeid, exposed ?? []));
  makeSendable(Class, PROXY_TAG, handler);
  return new Class(reference);
}

/** How servers that are neither of this thread nor known to it are found; the ways to them set it. */
const finders = new Set<(token: Token) => Transport | undefined>();

export function addFinder(finder: (token: Token) => Transport | undefined): void {
  finders.add(finder);
}

function makeFromToken(token: Token): AnyProxy {
  const { id, typeid, exposed, proxy } = token;
  // Of other programs nothing is on its way: they are told of what was counted for them.
  const isForeign = currentCrossing()?.isRemote === true;
  const ticket = isForeign ? undefined : ticketOf(token);
  const slip = isForeign ? undefined : openSlip(token.slip);
  const server = localServers().get(token.uid);
  if (server) {
    const entry = server.objects.get(id);
    if (!entry) throw new RemoteError(`manager: object ${id} is not there any more`);
    const local = server.proxyOf(entry);
    // Also of other programs: then it came another way than what was said of it.
    if (token.ticket !== undefined) server.objects.adopt(entry, ticketOf(token) ?? '');
    slip?.end();
    return local as AnyProxy; // servers make proxies
  }
  const transport = find(token);
  if (ticket !== undefined) transport.adopt(id, ticket, slip ?? currentCrossing()?.carrier.arrive());
  const reference = { transport, id, typeid, exposed, proxy };
  return currentCrossing()?.at === 'server' && ticket !== undefined ? theOne(reference) : makeProxy(reference);
}

/** In servers: proxies of objects of other servers. */
const inServers = new Map<string, WeakRef<AnyProxy>>();
const collected = new FinalizationRegistry<string>((key) => {
  if (inServers.get(key)?.deref() === undefined) inServers.delete(key);
});

/** As {@link makeProxy}; always the same one for an object, so that it can be a key of what the server owns. */
function theOne(reference: Reference): AnyProxy {
  const { transport, id } = reference;
  const key = `${transport.uid} ${id}`;
  const known = inServers.get(key)?.deref();
  if (known && referenceOfProxy(known).transport === transport) {
    // It counts already.
    transport.release(id);
    return known;
  }
  const made = makeProxy(reference);
  inServers.set(key, new WeakRef(made));
  collected.register(made, key);
  return made;
}

/** An empty name is that of no reference on its way: the receiver's is one more. */
function ticketOf({ ticket, slip }: Token): string | undefined {
  return slip && isKept(slip) ? '' : ticket;
}

function find(token: Token): Transport {
  const crossing = currentCrossing();
  if (crossing?.at === 'client' && crossing.transport.uid === token.uid) return crossing.transport;
  if (crossing?.isRemote === true) {
    throw foreignProxy();
  }
  for (const finder of finders) {
    const found = finder(token);
    if (found) return found;
  }
  throw new RemoteError(
    'manager: a proxy arrived whose manager cannot be reached from this program; give the manager an address',
  );
}

/** What came may have been made by anybody. */
function checkToken(plain: unknown): Token {
  const token = plain as Partial<Token> | null; // looked at below
  const fits =
    typeof token === 'object' &&
    token !== null &&
    typeof token.uid === 'string' &&
    Number.isSafeInteger(token.id) &&
    typeof token.typeid === 'string' &&
    (token.ticket === undefined || typeof token.ticket === 'string') &&
    (token.exposed === undefined || isListOfTexts(token.exposed));
  if (fits) return token as Token; // all parts were looked at
  throw new RemoteError('manager: a damaged proxy arrived');
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
