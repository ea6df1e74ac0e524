import { Deadline } from '../../base/deadline.ts';
import { Finalize } from '../../base/finalize.ts';
import { Parker } from '../../shared-memory/parker.ts';
import type { SharedBlock } from '../../shared-memory/shared-block.ts';
import { currentCrossing, type Crossing } from '../crossing.ts';
import { serverGone } from '../errors.ts';
import { KIND_CODES, valuesOf, type BatchRun, type Request } from '../protocol.ts';
import { sendSlip } from '../slips.ts';
import type { Reference, Token, Transport } from '../transport.ts';
import { openAnswer, openAnswerSync, packValues } from './codec.ts';
import { CLOSED, type Door } from './door.ts';
import { Link, Sealed, type Contents } from './link.ts';

/** Milliseconds between two looks at whether the server is still there. */
const LOOK_MS = 200;

interface Waiting {
  /** Called by a poller: must not run code of the user's. */
  readonly settle: (kind: number, contents: Contents) => void;
  readonly fail: (error: unknown) => void;
}

/** What one call that blocks waits for. */
class Slot implements Waiting {
  kind = 0;
  contents: Contents | undefined;
  failure: { readonly error: unknown } | undefined;

  readonly settle = (kind: number, contents: Contents): void => {
    this.kind = kind;
    this.contents = contents;
  };

  readonly fail = (error: unknown): void => {
    this.failure = { error };
  };

  get isSettled(): boolean {
    return this.contents !== undefined || this.failure !== undefined;
  }
}

/** How messages name the server of a {@link LocalTransport}. */
export interface ServerIdentity {
  readonly uid: string;
  readonly name: string;
  /** What a message says of how to find the server; counts as a message that carries the door. */
  readonly route: () => unknown;
}

/** The way of one thread to a server of the same program, over shared memory. */
export class LocalTransport implements Transport {
  readonly uid: string;
  readonly #identity: ServerIdentity;
  readonly #door: Door;
  readonly #link = Link.create();
  readonly #parker = Parker.current();
  readonly #waiting = new Map<number, Waiting>();
  readonly #crossing: Crossing;
  readonly #timer: NodeJS.Timeout;
  readonly #farewell: Finalize;
  #lastId = 0;
  #tickets = 0;
  #failure: Error | undefined;

  constructor(identity: ServerIdentity, door: Door) {
    this.uid = identity.uid;
    this.#identity = identity;
    this.#door = door;
    this.#crossing = { at: 'client', transport: this, isRemote: false };
    this.#parker.add(this.#poll);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
    const link = this.#link;
    // A thread that ends in peace says so: then nobody takes it for one that was killed in the middle of something.
    this.#farewell = new Finalize(() => link.sayFarewell(), { priority: 0 });
    door.post(link.block);
  }

  call(object: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.#ask({ kind: 'call', object, method, args }, signal);
  }

  callSync(object: number, method: string, args: readonly unknown[]): unknown {
    return this.#askSync({ kind: 'call', object, method, args });
  }

  async batch(runs: readonly BatchRun[]): Promise<readonly unknown[]> {
    return (await this.#ask({ kind: 'batch', runs })) as readonly unknown[]; // what the server gives for it
  }

  batchSync(runs: readonly BatchRun[]): readonly unknown[] {
    return this.#askSync({ kind: 'batch', runs }) as readonly unknown[]; // what the server gives for it
  }

  release(object: number): void {
    this.#note({ kind: 'release', object, count: 1 });
  }

  adopt(object: number, ticket: string, slip?: SharedBlock): void {
    this.#note({ kind: 'adopt', object, ticket });
    // The server reads what was said before it takes the reference for lost.
    slip?.end();
  }

  describe({ id, typeid, exposed, proxy }: Reference): Token {
    const token = { uid: this.uid, id, typeid, exposed, proxy };
    const crossing = currentCrossing();
    // The reference of this thread outlives the request: what it says later comes later.
    if (crossing?.at === 'client' && crossing.transport === this) return token;
    if (this.#failure) throw this.#failure;
    const ticket = `${this.#parker.id}-${++this.#tickets}`;
    const route = this.#identity.route();
    const { slip, life } = sendSlip();
    this.#note({ kind: 'retain', object: id, ticket, life });
    return { ...token, ticket, slip, route };
  }

  referent(): undefined {
    return undefined;
  }

  /** Ends the way; what is pending fails. */
  fail(error: Error = serverGone(this.#identity.name)): void {
    if (this.#failure) return;
    this.#failure = error;
    clearInterval(this.#timer);
    this.#farewell.cancel();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (waiting.length > 0) this.#parker.release();
    this.#parker.delete(this.#poll);
    for (const one of waiting) one.fail(error);
  }

  #ask(request: Request, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#send(request, {
        settle: (kind, contents) => {
          signal?.removeEventListener('abort', cancel);
          if (contents instanceof Sealed) resolve(this.#open(kind, contents, signal));
          else resolve(contents[0]);
        },
        fail: (error) => {
          signal?.removeEventListener('abort', cancel);
          reject(error);
        },
      });
      const cancel = (): void => this.#write(id, { kind: 'cancel' });
      signal?.addEventListener('abort', cancel);
    });
  }

  async #open(kind: number, contents: Sealed, signal: AbortSignal | undefined): Promise<unknown> {
    // Not at once: this may be called while the thread is blocked.
    await Promise.resolve();
    const value = await openAnswer(contents, this.#crossing, kind === KIND_CODES.error);
    if (kind !== KIND_CODES.error) return value;
    if (isCancelled(value)) signal?.throwIfAborted();
    throw value;
  }

  #askSync(request: Request): unknown {
    const slot = new Slot();
    this.#send(request, slot);
    let lookAt = performance.now() + LOOK_MS;
    this.#parker.wait(() => {
      if (slot.isSettled) return true;
      const now = performance.now();
      if (now < lookAt) return false;
      lookAt = now + LOOK_MS;
      this.#look();
      return slot.isSettled;
    }, Deadline.never);
    if (slot.failure) throw slot.failure.error;
    const { contents = [] } = slot;
    if (!(contents instanceof Sealed)) return contents[0];
    const value = openAnswerSync(contents, this.#crossing, slot.kind === KIND_CODES.error);
    if (slot.kind === KIND_CODES.error) throw value;
    return value;
  }

  #send(request: Request, waiting: Waiting): number {
    if (this.#failure) throw this.#failure;
    // Ids go round through all 32 bits, which is as many as a record has for them.
    this.#lastId = (this.#lastId + 1) | 0;
    const id = this.#lastId;
    this.#write(id, request);
    this.#waiting.set(id, waiting);
    if (this.#waiting.size === 1) this.#parker.hold();
    return id;
  }

  #note(request: Request): void {
    if (!this.#failure) this.#write(0, request);
  }

  #write(id: number, request: Request): void {
    const values = valuesOf(request);
    this.#link.send(KIND_CODES[request.kind], id, values, () => packValues(values, this.#crossing, nameOf(request)));
    this.#parker.registry.wake(this.#door.server);
  }

  readonly #poll = (): void => {
    this.#link.receive(this.#take);
    if (this.#door.state === CLOSED) this.fail();
  };

  readonly #take = (kind: number, id: number, contents: Contents): void => {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#parker.release();
    waiting.settle(kind, contents);
  };

  #look(): void {
    if (this.#failure) return;
    if (this.#door.state === CLOSED) return this.fail();
    const { server } = this.#door;
    // 0: it has not begun yet, and whoever starts it knows whether it will.
    if (server !== 0 && !this.#parker.registry.isAlive(server)) this.fail();
  }
}

function nameOf(request: Request): string {
  return request.kind === 'call' ? `an argument of \`${request.method}\`` : 'an argument';
}

function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MP_CANCELLED';
}
