import { checkSyncWait, checkWait } from '../base/deadline.ts';
import { ProcessError } from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';
import { wrongType } from '../base/invalid.ts';
import { checkBoolean, checkOptions, checkString } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { assertMayStartProcesses } from '../reduction/functions/importing.ts';
import { Child, liveChildren } from './children.ts';
import { launch, type LaunchRequest, type StartMethod } from './launch.ts';
import { OwnLife, ParentLife, type Life } from './life.ts';
import { endTree, type EndOptions } from './end-tree.ts';
import { checkProcessOptions, freshProfile, type AnyProcessOptions, type ProcessOptions } from './options.ts';
import { packPayload } from './pack-payload.ts';
import type { Popen } from './popen.ts';
import type { Work } from './work.ts';
import type { Waitable } from './sentinel.ts';
import { SIGINT, SIGKILL, SIGTERM } from './signals.ts';
import { ownAuthkey, processState } from './state.ts';
import type { Profile } from './boot.ts';

const RUN_TARGET = new URL('./run-target.js', import.meta.url);
/** A target needs its channel for the first message only. */
const SMALL_RING = 1 << 16;
/** How long a disposed process may take to end before it is killed. */
const GRACE_MS = 1000;

/** Key of an option that users cannot name: what is known of a process that is not started from here. */
const KNOWN = Symbol('known');
/** Key of the static property by which a class, that of a context, is bound to a start method. */
export const BOUND: unique symbol = Symbol.for('manycore.start-method');
const CURRENT = 'process.current.1';

interface Known {
  readonly profile: Profile;
  readonly life: Life | undefined;
}

type Target = (...args: never[]) => unknown;

/** Makes the process behind `popen` the one that `owner` stands for. */
let adopt: <A extends readonly unknown[]>(owner: Process<A>, popen: Popen) => Child;

/**
 * A function that runs in a process of its own.
 *
 * The child ends when the function has returned, or what it returned has settled, and nothing that it started is left in
 * its event loop. It never outlives its parent.
 *
 * Subclasses override {@link Process.run} and travel with their own fields, but not with private ones (`#x`): the
 * constructor does not run again in the child.
 *
 * @see Python `multiprocessing.Process`
 *
 * @example
 * ```ts
 * const child = new Process({ target: compress, args: ['a.log'] });
 * child.start();
 * await child.join();
 * ```
 */
export class Process<A extends readonly unknown[] = readonly unknown[]> {
  #target: Target | undefined;
  #args: readonly unknown[];
  #options: Pick<ProcessOptions, 'env' | 'execArgv' | 'preload' | 'resourceLimits'>;
  #method: StartMethod;
  #profile: Profile;
  #authkey: Uint8Array | undefined;
  #life: Life | undefined;
  #closed = false;

  /** @param options All optional; `daemon` is the starting process's own unless given. */
  constructor(options: ProcessOptions<A> = {}) {
    this.#method = checkProcessOptions(options, Reflect.get(new.target, BOUND));
    const known: unknown = Reflect.get(options, KNOWN);
    // The key is private to this file.
    const { profile, life } = (known as Known | undefined) ?? {
      profile: freshProfile(options, new.target.name),
      life: undefined,
    };
    this.#profile = profile;
    this.#life = life;
    this.#target = options.target;
    this.#args = [...(options.args ?? [])];
    const { env, execArgv, preload, resourceLimits } = options;
    this.#options = { env, execArgv, preload, resourceLimits };
  }

  static {
    showAsText(this.prototype);
    adopt = (owner, popen) => {
      const child = new Child(popen, owner.daemon, owner);
      owner.#life = child;
      return child;
    };
  }

  /** What the child does; to be overridden. Calls `target(...args)`. */
  run(): unknown {
    // The target was given together with its arguments.
    return (this.#target as ((...args: readonly unknown[]) => unknown) | undefined)?.(...this.#args);
  }

  /**
   * Starts the child; `pid` is set on return. Target and arguments belong to the child from now on.
   *
   * @throws NotSendableError when something cannot cross; nothing was started then.
   * @throws ProcessError when it was started before, when this process is a daemon, or when the system refuses.
   * @throws BootstrapError in a child that is still importing modules.
   */
  start(): void {
    this.#checkOpen();
    if (this.#life) throw new ProcessError(`${this.name} was started before; make a new Process for every start`);
    assertMayStartProcesses('a Process');
    const payload = packPayload(this.#work(), 'Process', this.#method);
    const options = { ...this.#options, ringBytes: SMALL_RING };
    const request = { method: this.#method, main: RUN_TARGET, payload, profile: this.#profile, authkey: this.authkey };
    adopt(this, launch({ ...request, options }));
    this.#target = undefined;
    this.#args = [];
    this.#options = {};
  }

  /** Waits for the end. Just returns after the time-out: look at `exitCode`. */
  async join(timeout?: Wait): Promise<void> {
    const wait = checkWait('Process.join', timeout);
    await this.#started('join').join(wait);
  }

  /** As {@link Process.join}, but blocks the calling thread. */
  joinSync(timeout?: SyncWait): void {
    this.#started('join').joinSync(checkSyncWait('Process.joinSync', timeout));
  }

  toString(): string {
    return `<${this.constructor.name} name='${this.name}' ${this.#state()}>`;
  }

  isAlive(): boolean {
    this.#checkOpen();
    return this.#life?.isAlive() ?? false;
  }

  /**
   * Asks it to end: SIGTERM. Its own children end with it.
   *
   * @param options With `tree`, programs that it or they started otherwise, by `child_process` for example, get the signal too.
   * @throws ProcessError when `tree` is asked of a thread or of a process that is not a child of this one.
   */
  terminate(options: EndOptions = {}): void {
    this.#end('terminate', SIGTERM, options);
  }

  /** Ends it at once: SIGKILL. Otherwise as {@link Process.terminate}. */
  kill(options: EndOptions = {}): void {
    this.#end('kill', SIGKILL, options);
  }

  /** As Ctrl-C does: SIGINT. */
  interrupt(): void {
    this.#started('interrupt').signal(SIGINT);
  }

  /**
   * Lets go of everything; only `name`, `daemon` and `authkey` can be asked afterwards.
   *
   * @throws ProcessError while it runs.
   */
  close(): void {
    if (this.#closed) return;
    if (this.#life?.isAlive()) {
      throw new ProcessError(`cannot close ${this.name} while it is running; call join() or terminate() first`);
    }
    this.#closed = true;
    this.#life = undefined;
    this.#target = undefined;
    this.#args = [];
  }

  /** `undefined` before the start. */
  get pid(): number | undefined {
    this.#checkOpen();
    return this.#life?.pid;
  }

  /** The same as {@link Process.pid}; a thread has a number of its own, as its `pid` is that of its process. */
  get ident(): number | undefined {
    this.#checkOpen();
    return this.#life?.ident;
  }

  /** 0 to 255 from `process.exit`, 1 after an uncaught error, -N when signal N ended it; `null` before the end. */
  get exitCode(): number | null {
    this.#checkOpen();
    return this.#life?.exitCode() ?? null;
  }

  get name(): string {
    return this.#isSelf ? processState().profile.name : this.#profile.name;
  }

  set name(name: string) {
    checkString('Process', 'name', name);
    this.#profile = { ...this.#profile, name };
    if (this.#isSelf) processState().profile = this.#profile;
  }

  /** Whether it is ended together with the process that started it, which does not wait for it. */
  get daemon(): boolean {
    return this.#profile.daemon;
  }

  set daemon(daemon: boolean) {
    checkBoolean('Process', 'daemon', daemon);
    if (this.#life) throw new ProcessError(`cannot change \`daemon\` of ${this.name}: it was started already`);
    this.#profile = { ...this.#profile, daemon };
  }

  /** The key by which processes of one program know each other; inherited. */
  get authkey(): Uint8Array {
    return this.#authkey ?? ownAuthkey();
  }

  set authkey(key: Uint8Array) {
    if (!(key instanceof Uint8Array)) throw wrongType('Process', 'authkey', 'a Uint8Array', key);
    this.#authkey = new Uint8Array(key);
    if (this.#isSelf) processState().authkey = this.#authkey;
  }

  /** Ready once the process has ended; to be waited for together with others. */
  get sentinel(): Waitable {
    const life = this.#started('wait for');
    if (!(life instanceof Child)) throw new ProcessError(`${this.name} is not a child of this process`);
    return { isReady: () => !life.isAlive(), whenReady: (callback) => life.whenEnded(callback) };
  }

  /** Terminates the process and waits for its end; kills it when it does not obey within a second. */
  async [Symbol.asyncDispose](): Promise<void> {
    const life = this.#life;
    if (this.#closed || !(life instanceof Child)) return;
    life.signal(SIGTERM);
    await life.join(checkWait('Process', GRACE_MS));
    life.signal(SIGKILL);
    await life.join(checkWait('Process', undefined));
  }

  #end(action: string, signal: number, options: EndOptions): void {
    checkOptions(`Process.${action}`, options, ['tree']);
    if (options.tree !== undefined) checkBoolean(`Process.${action}`, 'tree', options.tree);
    const life = this.#started(action);
    if (options.tree !== true) life.signal(signal);
    else endTree(life, `cannot ${action} the tree of ${this.name}`, signal);
  }

  #state(): string {
    if (this.#closed) return 'closed';
    if (!this.#life) return 'initial';
    const { pid } = this.#life;
    return this.#life.isAlive()
      ? `pid=${pid} started`
      : `pid=${pid} stopped exitCode=${this.#life.exitCode() ?? 'unknown'}`;
  }

  get #isSelf(): boolean {
    return this.#life instanceof OwnLife;
  }

  #work(): Work {
    const work = { target: this.#target, args: this.#args };
    // Neither the class itself nor that of a context has anything of its own that would have to cross.
    if (this.constructor === Process || Object.hasOwn(this.constructor, BOUND)) return work;
    return { ...work, instance: { Class: this.constructor, fields: Object.fromEntries(Object.entries(this)) } };
  }

  #checkOpen(): void {
    if (this.#closed) throw new ProcessError(`${this.name} is closed`);
  }

  #started(action: string): Life {
    this.#checkOpen();
    if (!this.#life) throw new ProcessError(`cannot ${action} ${this.name}: it was not started; call start() first`);
    return this.#life;
  }
}

/** What a child behind a `Process` is started with. */
type BehindRequest = Pick<LaunchRequest, 'main' | 'payload'> & {
  readonly ringBytes?: number | undefined;
  /** What the child itself sees otherwise than the users of the `Process` here. */
  readonly profile?: Partial<Pick<Profile, 'daemon' | 'cpus' | 'poolDepth'>>;
};

/**
 * Starts a child that runs something else than a target, and the `Process` that users see for it.
 *
 * @param options Of the `Process`: `name`, `daemon`, `context`, `env`, `execArgv` and `preload` count.
 */
export function startBehind(
  options: ProcessOptions,
  { main, payload, ringBytes, profile: changes }: BehindRequest,
): Child {
  const owner = new Process(options);
  const { name, daemon, authkey } = owner;
  const { cpus, poolDepth } = processState().profile;
  const profile = { name, daemon, identity: [], cpus, poolDepth, ...changes };
  const { env, execArgv, preload, resourceLimits } = options;
  const method = checkProcessOptions(options);
  const how = { env, execArgv, preload, resourceLimits, ringBytes };
  return adopt(owner, launch({ method, main, payload, profile, authkey, options: how }));
}

/** The process that runs this code. In a child of a subclass it is the instance itself. */
export function currentProcess(): Process {
  return sharedState(CURRENT, () => knownProcess(processState().profile, new OwnLife()));
}

/** The process that started this one; `null` in the program's first process. */
export function parentProcess(): Process | null {
  const { parent } = processState();
  if (!parent) return null;
  const profile = { name: parent.name, identity: [], daemon: false };
  return sharedState('process.parent.1', () => knownProcess(profile, new ParentLife(parent)));
}

/** The children of this thread that have not ended, oldest first. Those that have are reaped. */
export function activeChildren(): Process[] {
  // Every owner was made by a `Process`.
  return liveChildren().map((child) => child.owner as Process);
}

/** The instance of a subclass, in the child: it is the current process there. The constructor of the subclass does not run. */
export function reviveInstance(Class: Function, options: AnyProcessOptions, fields: object): Process {
  const known: Known = { profile: processState().profile, life: new OwnLife() };
  // `Class` extends Process, so what is constructed is one.
  const instance = Reflect.construct(Process, [{ ...options, [KNOWN]: known }], Class) as Process;
  for (const [name, value] of Object.entries(fields)) {
    Object.defineProperty(instance, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return sharedState(CURRENT, () => instance);
}

function knownProcess(profile: Profile, life: Life): Process {
  const known: Known = { profile, life };
  return new Process(Object.defineProperty({}, KNOWN, { value: known }));
}
