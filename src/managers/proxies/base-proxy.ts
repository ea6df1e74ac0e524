import { checkArray, checkFunction, checkOptions, checkSignal, checkString } from '../../base/options.ts';

import type { Reference, Transport } from '../transport.ts';
import { record } from './batch.ts';
import { makeLive } from './live.ts';
import { markReferent } from './marks.ts';
import type { BatchResults, LiveMethods, Pending, Recorder } from './proxy-types.ts';

/** How a call waits. */
export interface CallOptions {
  /** Ends the wait of a method that waits in the server; the call rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

interface Counted {
  readonly transport: Transport;
  readonly id: number;
}

/** Proxies of objects that are not in this thread. */
let foreign = 0;

/** Proxies that were collected give their reference back. */
const collected = new FinalizationRegistry<Counted>(letGo);

/** How many proxies of objects elsewhere this thread has. */
export function foreignProxies(): number {
  return foreign;
}

function letGo({ transport, id }: Counted): void {
  if (!transport.isInside) foreign--;
  transport.release(id);
}

/** What a proxy refers to, for those who send it. */
let referenceOf: (proxy: AnyProxy) => Reference;

/** A proxy of whatever. */
export interface AnyProxy {
  readonly typeid: string;
  callMethod(name: string, args?: readonly unknown[], options?: CallOptions): Promise<unknown>;
  callMethodSync(name: string, args?: readonly unknown[]): unknown;
}

/** The reference of a proxy. */
export function referenceOfProxy(proxy: AnyProxy): Reference {
  return referenceOf(proxy);
}

/**
 * Stands for an object in a manager's server.
 *
 * Sendable in any message: the copy stands for the same object, which lives as long as any proxy does.
 *
 * @typeParam T The object's class.
 * @typeParam Live How it looks through `live`.
 * @see Python `multiprocessing.managers.BaseProxy`
 */
export class BaseProxy<T = unknown, Live = LiveMethods<T>> {
  #reference: Reference;
  #live: object | undefined;

  constructor(reference: Reference) {
    this.#reference = reference;
    if (!reference.transport.isInside) foreign++;
    collected.register(this, { transport: reference.transport, id: reference.id }, this);
    markReferent(this, () => this.#reference.transport.referent());
  }

  static {
    // What `console.log` shows; a symbol that is not unique to the compiler has no place in the class itself.
    Object.defineProperty(this.prototype, Symbol.for('nodejs.util.inspect.custom'), {
      value(this: BaseProxy): string {
        return `${this.constructor.name} { ${this.typeid} #${this.#reference.id} }`;
      },
      configurable: true,
    });
    // Fails for what is none, with a TypeError.
    referenceOf = (proxy) => (proxy as BaseProxy).#reference;
  }

  /** Name of the type that the object was made by. */
  get typeid(): string {
    return this.#reference.typeid;
  }

  /**
   * Calls any exposed method by name.
   *
   * @throws RemoteError when it is not exposed, or the object is gone; else what the method throws.
   */
  async callMethod(name: string, args: readonly unknown[] = [], options: CallOptions = {}): Promise<unknown> {
    checkString('callMethod', 'name', name);
    checkArray('callMethod', 'args', args);
    checkOptions('callMethod', options, ['signal']);
    checkSignal('callMethod', options.signal);
    return this.#reference.transport.call(this.#reference.id, name, args, options.signal);
  }

  /** As {@link BaseProxy.callMethod}, but blocks the calling thread. */
  callMethodSync(name: string, args: readonly unknown[] = []): unknown {
    checkString('callMethodSync', 'name', name);
    checkArray('callMethodSync', 'args', args);
    return this.#reference.transport.callSync(this.#reference.id, name, args);
  }

  /**
   * Makes several calls in one round trip, one after the other; nothing of others comes in between unless one of them waits.
   *
   * @param build Notes the calls down; the result of each that it gives back is in its place, or all results in order when it
   * gives nothing back.
   * @throws What the first call that fails throws. Those before it have happened, those after it have not.
   *
   * @example
   * ```ts
   * const [size, value] = await dict.batch((d) => [d.size(), d.get('key')]);
   * ```
   */
  async batch<const R extends readonly Pending<unknown>[] | void>(
    build: (calls: Recorder<T>) => R,
  ): Promise<BatchResults<R>> {
    const { runs, wanted } = this.#record(build);
    return pick<R>(await this.#reference.transport.batch(runs), wanted);
  }

  /** As {@link BaseProxy.batch}, but blocks the calling thread. */
  batchSync<const R extends readonly Pending<unknown>[] | void>(build: (calls: Recorder<T>) => R): BatchResults<R> {
    const { runs, wanted } = this.#record(build);
    return pick<R>(this.#reference.transport.batchSync(runs), wanted);
  }

  /** The object as if it were an ordinary one of this process: every operation blocks the thread for one round trip. */
  get live(): Live {
    return (this.#live ??= makeLive(this)) as Live; // an object of that look
  }

  /** Lets go of the object; the proxy cannot be used any more. Done by the garbage collector otherwise. */
  [Symbol.dispose](): void {
    if (!collected.unregister(this)) return;
    letGo(this.#reference);
    this.#reference = { ...this.#reference, transport: new Disposed(this.#reference.transport.uid) };
  }

  #record(build: (calls: Recorder<T>) => unknown): ReturnType<typeof record> {
    checkFunction('batch', 'build', build);
    // Every name is a method of what `record` gives.
    return record(this.#reference.id, (recorder) => build(recorder as Recorder<T>));
  }
}

/** Calls a method; for the proxies of this library, which check nothing again. */
export function call(proxy: AnyProxy, name: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
  const { transport, id } = referenceOf(proxy);
  return transport.call(id, name, args, signal);
}

/** As {@link call}, blocking. */
export function callSync(proxy: AnyProxy, name: string, args: readonly unknown[]): unknown {
  const { transport, id } = referenceOf(proxy);
  return transport.callSync(id, name, args);
}

function pick<R>(results: readonly unknown[], wanted: unknown): BatchResults<R> {
  if (!Array.isArray(wanted)) return [...results] as BatchResults<R>; // nothing was asked for by place
  return wanted.map((one: Pending<unknown>) => results[one.index]) as BatchResults<R>; // as the recorder's types say
}

/** The way of a proxy that was disposed. */
class Disposed implements Transport {
  readonly uid: string;

  constructor(uid: string) {
    this.uid = uid;
  }

  call(): Promise<unknown> {
    return Promise.reject(disposed());
  }

  callSync(): unknown {
    throw disposed();
  }

  batch(): Promise<readonly unknown[]> {
    return Promise.reject(disposed());
  }

  batchSync(): readonly unknown[] {
    throw disposed();
  }

  release(): void {}

  describe(): never {
    throw disposed();
  }

  adopt(): void {}

  referent(): undefined {
    return undefined;
  }
}

function disposed(): Error {
  return new ReferenceError('this proxy was disposed; use it before its scope ends, or send it on before');
}
