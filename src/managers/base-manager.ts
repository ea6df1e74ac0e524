import { EOFError, NotSendableError, ProcessError } from '../base/errors.ts';
import { checkFunction, checkIterable } from '../base/options.ts';
import type { AnyFunction, Wait } from '../base/types.ts';
import type { Address } from '../connection/address.ts';
import { Client } from '../connection/client.ts';
import type { ListenerOptions } from '../connection/listener.ts';
import type { Process } from '../process/process.ts';
import { assertMayStartProcesses } from '../reduction/functions/importing.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { ownAuthkey } from '../process/state.ts';
import { serverGone } from './errors.ts';
import { Door } from './local/door.ts';
import type { LocalTransport } from './local/local-transport.ts';
import { Server } from './manager-server.ts';
import { checkManagerOptions, type ManagerOptions } from './options.ts';
import { MANAGER_OBJECT } from './protocol.ts';
import type { ProxyOf } from './proxies/auto-proxy.ts';
import type { BaseProxy } from './proxies/base-proxy.ts';
import { checkRule, noteRule, rulesOf, type RegisterOptions } from './registered.ts';
import { RemoteTransport } from './remote/remote-transport.ts';
import { forgetTransport, knowTransport, localTransport, remoteRoute } from './routes.ts';
import { typesOf } from './server-main.ts';
import { ServerProcess } from './server-process.ts';
import type { ObjectInfo } from './server/manager-object.ts';
import type { Factory } from './server/type-table.ts';
import type { Transport } from './transport.ts';

const GRACE_MS = 1000;
let count = 0;

/** A class or function whose objects a manager can own. */
export type Creatable<A extends readonly unknown[], T> = (abstract new (...args: A) => T) | ((...args: A) => T);

/** A proxy of a type that is named, and so not known to the compiler. */
export type AnyMethods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

/**
 * Owns objects in a process of their own, which any process can use through proxies.
 *
 * Made by `start` in a new process, by `connect` to one that runs, or by `getServer` in this one.
 *
 * @see Python `multiprocessing.managers.BaseManager`
 *
 * @example
 * ```ts
 * class Counter { #n = 0; add(by: number): number { return (this.#n += by) } }
 * await using manager = new BaseManager();
 * await manager.start();
 * const counter = await manager.create(Counter);
 * await counter.add(3);
 * ```
 */
export class BaseManager {
  readonly #options: ManagerOptions;
  readonly #name: string;
  #address: Address | undefined;
  #transport: Transport | undefined;
  #process: ServerProcess | undefined;
  #isStarting = false;
  #hasEnded = false;

  constructor(options: ManagerOptions = {}) {
    checkManagerOptions(new.target.name, options);
    this.#options = options;
    this.#name = options.name ?? `${new.target.name}-${++count}`;
    this.#address = options.address;
  }

  /**
   * Adds a type to this class of managers. Managers have a method of that name, which makes an object and gives a proxy for it.
   *
   * @param typeid Its name; the same in programs that only connect, which need no factory.
   * @param factory A class, or a function that gives the object. Runs in the server.
   */
  static register(typeid: string, factory?: Factory, options: RegisterOptions = {}): void {
    noteRule(this, typeid, checkRule(typeid, factory, options));
    if (typeid in this.prototype) return;
    const make = function make(this: BaseManager, ...args: unknown[]): Promise<unknown> {
      return this.create(typeid, ...args);
    };
    Object.defineProperty(this.prototype, typeid, { value: make, writable: true, configurable: true });
  }

  /** Where other programs find it; `undefined` without one. With port 0, the port is known after the start. */
  get address(): Address | undefined {
    return this.#address;
  }

  get name(): string {
    return this.#name;
  }

  /** The server's process; `undefined` when this manager did not start it. */
  get process(): Process | undefined {
    return this.#process?.process;
  }

  /**
   * Starts the server in a process of its own.
   *
   * @param initializer Runs there first.
   * @throws What the initializer throws; NotSendableError for a type that cannot be sent; an error with the system's code.
   */
  async start(initializer?: AnyFunction, initArgs: Iterable<unknown> = []): Promise<this> {
    if (initializer !== undefined) checkFunction('manager.start', 'initializer', initializer);
    checkIterable('manager.start', 'initArgs', initArgs);
    assertMayStartProcesses('a manager');
    this.#begin();
    try {
      const uid = newId();
      const door = Door.create();
      const { env, execArgv, preload, context } = this.#options;
      this.#process = await ServerProcess.start(
        { name: this.#name, env, execArgv, preload, context },
        {
          uid,
          name: this.#name,
          door: door.send(),
          hasBuiltins: this.hasBuiltins(),
          types: [...rulesOf(this.constructor)],
          listen: this.#address === undefined ? undefined : this.#listenerOptions(),
          initializer,
          initArgs: [...initArgs],
        },
      );
      this.#address = this.#process.address;
      const transport = localTransport(uid, this.#name, door, () => this.#address);
      this.#transport = transport;
      this.#process.onExit(() => this.#lose(transport));
    } finally {
      this.#isStarting = false;
    }
    return this;
  }

  /** Connects to a server that runs at the address. @throws AuthenticationError when it has another key; the system's errors. */
  async connect(): Promise<this> {
    const address = this.#address;
    if (address === undefined) throw new ProcessError(`${this.#name}: connect() needs the option \`address\``);
    this.#begin();
    try {
      const { tls, serializer } = this.#options;
      const options = { authkey: this.#authkey(), tls };
      const route = remoteRoute(this.#name, address, { ...options, serializer });
      const identity = { name: this.#name, route, serializer };
      const transport = await RemoteTransport.begin(identity, await Client(address, options));
      this.#transport = transport;
      knowTransport(transport);
    } finally {
      this.#isStarting = false;
    }
    return this;
  }

  /** A server for this very process. @throws ProcessError when this manager is in use already. */
  getServer(): Server {
    this.#begin();
    this.#hasEnded = true;
    const types = typesOf({ hasBuiltins: this.hasBuiltins(), types: [...rulesOf(this.constructor)] });
    return new Server(newId(), this.#name, types, this.#listenerOptions());
  }

  /**
   * Makes an object in the server.
   *
   * @param type A class or function, which a server of this program need not know before; or the name of a registered type.
   * @returns A proxy with the object's methods.
   */
  create<A extends readonly unknown[], T>(type: Creatable<A, T>, ...args: A): Promise<ProxyOf<T>>;
  create(typeid: string, ...args: readonly unknown[]): Promise<BaseProxy & AnyMethods>;
  async create(type: Factory | string, ...args: readonly unknown[]): Promise<unknown> {
    const [method, what] = this.#creation(type);
    return this.#server('create').call(MANAGER_OBJECT, method, [what, args]);
  }

  /** As {@link BaseManager.create}, but blocks the calling thread. */
  createSync<A extends readonly unknown[], T>(type: Creatable<A, T>, ...args: A): ProxyOf<T>;
  createSync(typeid: string, ...args: readonly unknown[]): BaseProxy & AnyMethods;
  createSync(type: Factory | string, ...args: readonly unknown[]): unknown {
    const [method, what] = this.#creation(type);
    return this.#server('createSync').callSync(MANAGER_OBJECT, method, [what, args]);
  }

  /** How many objects clients refer to. */
  async numberOfObjects(): Promise<number> {
    return Number(await this.#server('numberOfObjects').call(MANAGER_OBJECT, 'numberOfObjects', []));
  }

  /** The objects that clients refer to, and how often. */
  async debugInfo(): Promise<ObjectInfo[]> {
    return (await this.#server('debugInfo').call(MANAGER_OBJECT, 'debugInfo', [])) as ObjectInfo[]; // what it gives
  }

  /**
   * Ends the server that was started, or leaves the one that was connected to. Its objects are gone.
   *
   * A server that does not end when it is asked gets SIGTERM after `shutdownTimeout`, and is killed after as long again.
   */
  async shutdown(): Promise<void> {
    const transport = this.#transport;
    if (this.#hasEnded || !transport) return;
    this.#hasEnded = true;
    if (transport instanceof RemoteTransport) transport.close();
    if (this.#process) {
      // One that hangs does not answer.
      transport.call(MANAGER_OBJECT, 'shutdown', []).catch(() => {});
      await this.#process.end(this.#options.shutdownTimeout ?? GRACE_MS);
    }
    forgetTransport(transport);
  }

  /** Asks a server that was connected to to end, for everybody. */
  async shutdownServer(): Promise<void> {
    try {
      await this.#server('shutdownServer').call(MANAGER_OBJECT, 'shutdown', []);
    } catch (error) {
      // Its end may be quicker than its answer.
      if (!(error instanceof EOFError)) throw error;
    }
    await this.shutdown();
  }

  /** Waits for the end of the server's process. Just returns after the time-out. */
  async join(timeout?: Wait): Promise<void> {
    if (!this.#process) throw new ProcessError(`${this.#name}: join() is for managers that were started`);
    await this.#process.join(timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** Whether the library's own types are there. */
  protected hasBuiltins(): boolean {
    return false;
  }

  #begin(): void {
    if (this.#hasEnded) throw new ProcessError(`${this.#name}: it was used and has ended; make another manager`);
    if (this.#transport || this.#isStarting)
      throw new ProcessError(`${this.#name}: it was started or connected before`);
    this.#isStarting = true;
  }

  #server(method: string): Transport {
    if (this.#hasEnded) throw new ProcessError(`${this.#name}.${method}: it was shut down; make another manager`);
    if (this.#transport) return this.#transport;
    throw new ProcessError(`${this.#name}.${method}: it was not started; call start() or connect() first`);
  }

  #creation(type: Factory | string): readonly [method: string, what: unknown] {
    if (typeof type === 'string') return ['create', type];
    checkFunction(this.#name, 'type', type);
    for (const [typeid, rule] of rulesOf(this.constructor)) if (rule.factory === type) return ['create', typeid];
    return ['createFrom', type];
  }

  #lose(transport: LocalTransport): void {
    transport.fail(serverGone(this.#name));
    forgetTransport(transport);
  }

  #authkey(): Uint8Array {
    return this.#options.authkey ?? ownAuthkey();
  }

  #listenerOptions(): ListenerOptions {
    const { tls, maxMessageBytes } = this.#options;
    const address = this.#address;
    return {
      authkey: this.#authkey(),
      ...(address === undefined ? {} : { address }),
      ...(tls === undefined ? {} : { tls }),
      ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
    };
  }
}

function newId(): string {
  // Asked for here: to load it costs each program two milliseconds.
  return process.getBuiltinModule('node:crypto').randomUUID();
}

registerHandler<BaseManager, never>('manycore.manager', BaseManager, {
  take: (manager) => {
    const how =
      manager.address === undefined ? 'send proxies of its objects' : 'send proxies, or connect() to its address';
    throw new NotSendableError(
      `cannot send ${manager.name} to another process: it belongs to the one that made it; ${how}`,
    );
  },
  make: (nothing) => nothing,
});
