import { RemoteError } from '../../base/errors.ts';
import { wrongUse } from '../../base/invalid.ts';
import { sharedState } from '../../base/globals.ts';
import { isIterator, ManagedIterator } from '../objects/managed-iterator.ts';
import { MANAGER_OBJECT, type BatchRun, type Request } from '../protocol.ts';
import { enterCall, leaveCall, type Call, type Owner } from './call.ts';
import { methodsOf } from './exposed.ts';
import { ManagerObject } from './manager-object.ts';
import { ObjectTable, type Entry } from './object-table.ts';
import { Programs } from './programs.ts';
import { produce, type Factory, type TypeRule, type TypeTable } from './type-table.ts';

const ITERATOR_RULE: TypeRule = { factory: ManagedIterator, exposed: ['next', 'return'] };

/** Servers of this thread by name: messages that name one of their objects mean the object itself here. */
export function localServers(): Map<string, ManagerServer> {
  return sharedState('managers.servers.1', () => new Map<string, ManagerServer>());
}

/** Makes the proxy that stands for an object inside of its server. Set by the proxies, which know the server. */
export type MakeLocalProxy = (server: ManagerServer, entry: Entry) => object;

/** What all ways to a manager's server lead to: its objects, and how requests are carried out. */
export class ManagerServer {
  readonly uid: string;
  readonly types: TypeTable;
  readonly objects: ObjectTable = new ObjectTable();
  readonly programs: Programs = new Programs((object, ticket) => this.objects.lose(object, ticket));
  /** How many calls clients have asked for. */
  requests = 0;
  readonly #makeProxy: MakeLocalProxy;
  readonly #stopped: Promise<void>;
  #stop: () => void = () => {};

  constructor(uid: string, types: TypeTable, makeProxy: MakeLocalProxy) {
    this.uid = uid;
    this.types = types;
    this.#makeProxy = makeProxy;
    this.#stopped = new Promise((resolve) => (this.#stop = resolve));
    localServers().set(uid, this);
  }

  /** Resolves when {@link stop} was called. */
  get stopped(): Promise<void> {
    return this.#stopped;
  }

  stop(): void {
    localServers().delete(this.uid);
    this.#stop();
  }

  /** Carries a request out. What it gives may be a promise; what it throws is for the caller. */
  execute(request: Extract<Request, { kind: 'call' | 'batch' }>, call: Call, isRemote: boolean): unknown {
    this.requests++;
    if (request.kind === 'call') return this.invoke(request.object, request.method, request.args, call, isRemote);
    return this.#executeBatch(request.runs, call, isRemote);
  }

  /** Calls one method of an object, by the object's number. */
  invoke(id: number, name: string, args: readonly unknown[], call: Call, isRemote: boolean): unknown {
    if (id === MANAGER_OBJECT) return this.#invokeManager(name, args, call, isRemote);
    const entry = this.objects.get(id);
    if (entry === undefined) throw gone(id);
    return this.invokeEntry(entry, name, args, call);
  }

  invokeEntry(entry: Entry, name: string, args: readonly unknown[], call: Call): unknown {
    const method = entry.methods.get(name);
    if (method === undefined) throw notExposed(entry, name);
    const before = enterCall(call);
    let result: unknown;
    try {
      result = Reflect.apply(method, entry.object, args);
    } finally {
      leaveCall(before);
    }
    return isThenable(result)
      ? settled(result, (value) => this.#present(entry, name, value))
      : this.#present(entry, name, result);
  }

  /** Deals with messages that need no answer. */
  note(
    request: Extract<Request, { kind: 'release' | 'retain' | 'adopt' | 'lost' }>,
    owner: Owner,
    isRemote: boolean,
  ): void {
    const entry = this.objects.get(request.object);
    if (!entry) return;
    switch (request.kind) {
      case 'release':
        return this.objects.release(request.object, owner, request.count);
      case 'retain':
        return this.#send(entry, request, owner, isRemote);
      case 'lost':
        return isRemote ? this.objects.lose(request.object, request.ticket) : this.objects.doubt(request);
      case 'adopt':
        return this.objects.adopt(entry, request.ticket, owner);
    }
  }

  /** A client is gone: what it held is released, what it waited for is over, what it referred to may be freed. */
  leave(owner: Owner, killed: boolean): void {
    owner.leave(killed);
    this.programs.leave(owner);
    this.objects.drop(owner);
  }

  /** Makes an object of a registered type, and the proxy for it. */
  create(typeid: string, args: readonly unknown[]): object {
    const rule = this.types.get(typeid);
    return this.#wrap(typeid, produce(rule.factory, args), rule);
  }

  /** Makes an object with a factory that came in the request, which only processes of this program can send. */
  createFrom(factory: Factory, args: readonly unknown[]): object {
    const known = this.types.nameOf(factory);
    if (known !== undefined) return this.create(known, args);
    return this.#wrap(factory.name || 'Object', produce(factory, args), { factory });
  }

  /** The proxy of an entry inside of this server; always the same one, so that it can be a key. */
  proxyOf(entry: Entry): object {
    return (entry.proxy ??= this.#makeProxy(this, entry));
  }

  #send(entry: Entry, { ticket, life }: Extract<Request, { kind: 'retain' }>, owner: Owner, isRemote: boolean): void {
    if (!isRemote) return this.objects.send(entry, ticket, { life });
    // What a peer elsewhere says of memory means something to its like only.
    this.objects.send(entry, ticket, { program: this.programs.of(owner), away: { sender: owner, life } });
  }

  #wrap(typeid: string, object: unknown, rule: TypeRule): object {
    if (isThenable(object)) throw wrongUse(`manager.${typeid}`, 'its factory must not be async');
    return this.proxyOf(this.objects.make(typeid, object, rule));
  }

  #present(entry: Entry, name: string, value: unknown): unknown {
    const { methodToTypeid } = entry.rule;
    if (methodToTypeid !== undefined && Object.hasOwn(methodToTypeid, name)) {
      const typeid = methodToTypeid[name] ?? '';
      return this.#wrap(typeid, value, typeid === 'Iterator' ? iteratorRule(value) : this.types.get(typeid));
    }
    if (typeof value !== 'object' || value === null || !isIterator(value)) return value;
    return this.#wrap('Iterator', new ManagedIterator(value), ITERATOR_RULE);
  }

  #executeBatch(runs: readonly BatchRun[], call: Call, isRemote: boolean): unknown[] | Promise<unknown[]> {
    const results: unknown[] = [];
    const before = enterCall(call);
    try {
      for (const [index, run] of runs.entries()) {
        const invoke = this.#caller(run, call, isRemote);
        for (let i = 0; i < run.count; i++) {
          const result = invoke(i);
          if (isThenable(result)) {
            const rest = { ...run, count: run.count - i - 1, args: run.args.slice((i + 1) * run.arity) };
            return this.#finishBatch([rest, ...runs.slice(index + 1)], { results, waiting: result }, call, isRemote);
          }
          results.push(result);
        }
      }
    } finally {
      leaveCall(before);
    }
    return results;
  }

  /** Makes the calls of a run: what is the same for all of them is looked up once. */
  #caller({ object: id, method: name, arity, args }: BatchRun, call: Call, isRemote: boolean): (i: number) => unknown {
    const entry = this.objects.get(id);
    const method = entry?.methods.get(name);
    if (!entry || !method || arity > 1 || entry.rule.methodToTypeid) {
      return (i) => this.invoke(id, name, args.slice(i * arity, (i + 1) * arity), call, isRemote);
    }
    const { object } = entry;
    return (i) => {
      const result = arity === 0 ? method.call(object) : method.call(object, args[i]);
      if (typeof result !== 'object' || result === null) return result;
      return isThenable(result)
        ? settled(result, (value) => this.#present(entry, name, value))
        : this.#present(entry, name, result);
    };
  }

  /** The rest of a batch one of whose calls waits. */
  async #finishBatch(
    runs: readonly BatchRun[],
    { results, waiting }: { readonly results: unknown[]; readonly waiting: PromiseLike<unknown> },
    call: Call,
    isRemote: boolean,
  ): Promise<unknown[]> {
    results.push(await waiting);
    for (const { object, method, arity, count, args } of runs) {
      for (let i = 0; i < count; i++) {
        results.push(await this.invoke(object, method, args.slice(i * arity, (i + 1) * arity), call, isRemote));
      }
    }
    return results;
  }

  #invokeManager(name: string, args: readonly unknown[], call: Call, isRemote: boolean): unknown {
    const object = new ManagerObject(this, isRemote);
    const method = methodsOf(object).get(name);
    if (method === undefined) throw new RemoteError(`manager: there is no request \`${name}\``);
    const before = enterCall(call);
    try {
      return Reflect.apply(method, object, args);
    } finally {
      leaveCall(before);
    }
  }
}

function iteratorRule(value: unknown): TypeRule {
  return { factory: ManagedIterator, exposed: methodsOf(value).has('return') ? ['next', 'return'] : ['next'] };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

async function settled<R>(promise: PromiseLike<unknown>, then: (value: unknown) => R): Promise<R> {
  return then(await promise);
}

function gone(id: number): RemoteError {
  return new RemoteError(
    `manager: object ${id} is not there; its last proxy was collected, or the manager was restarted`,
  );
}

function notExposed(entry: Entry, name: string): RemoteError {
  return new RemoteError(
    `manager: \`${name}\` is not an exposed method of ${entry.typeid}; exposed are ${[...entry.methods.keys()].join(', ')}`,
  );
}
