import { Deadline } from '../../base/deadline.ts';
import { Finalize } from '../../base/finalize.ts';
import { Parker } from '../../shared-memory/parker.ts';
import { AskingTransport, isCancelled, type Question, type SentReference } from '../asking-transport.ts';
import { NOTHING_LENT, takeBack, type Loan } from '../carrier.ts';
import type { Crossing } from '../crossing.ts';
import { serverGone } from '../errors.ts';
import { KIND_CODES, valuesOf, type Request } from '../protocol.ts';
import type { Slip } from '../transport.ts';
import { openAnswer, openAnswerSync, packValues } from './codec.ts';
import { CLOSED, type Door } from './door.ts';
import { Link, Sealed, type Contents } from './link.ts';

/** Milliseconds between two looks at whether the server is still there. */
const LOOK_MS = 200;

interface Waiting {
  /** Called by a poller: must not run code of the user's. */
  readonly settle: (kind: number, contents: Contents) => void;
  readonly fail: (error: unknown) => void;
  /** What its request has lent. */
  lent: readonly Loan[];
}

/** What one call that blocks waits for. */
class Slot implements Waiting {
  kind = 0;
  contents: Contents | undefined;
  failure: { readonly error: unknown } | undefined;
  lent = NOTHING_LENT;

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
export class LocalTransport extends AskingTransport {
  override readonly uid: string;
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
  /** Answers that have come and are not opened yet. */
  #sealed = 0;

  constructor(identity: ServerIdentity, door: Door) {
    super(identity.route);
    this.uid = identity.uid;
    this.#identity = identity;
    this.#door = door;
    this.#crossing = { at: 'client', transport: this, isRemote: false, carrier: this.#link.carrier };
    this.#parker.add(this.#poll);
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
    this.#timer.unref();
    const link = this.#link;
    // A thread that ends in peace says so: then nobody takes it for one that was killed in the middle of something.
    this.#farewell = new Finalize(() => link.sayFarewell(), { priority: 0 });
    door.post(link.block);
  }

  override adopt(object: number, ticket: string, slip?: Slip): void {
    this.note({ kind: 'adopt', object, ticket });
    // The server reads what was said before it takes the reference for lost.
    slip?.end();
  }

  /** Ends the way; what is pending fails. */
  fail(error: Error = serverGone(this.#identity.name)): void {
    if (this.failure) return;
    // What the server has answered is answered.
    this.#receiveLast();
    this.failure = error;
    clearInterval(this.#timer);
    this.#farewell.cancel();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    if (waiting.length > 0) this.#parker.release();
    this.#parker.delete(this.#poll);
    for (const one of waiting) one.fail(error);
    this.#door.abandon(this.#link.block);
    this.#endLink();
  }

  protected override ask(request: Question, signal?: AbortSignal): Promise<unknown> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
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
        lent: NOTHING_LENT,
      });
      const cancel = (): void => void this.write(id, { kind: 'cancel' });
      signal?.addEventListener('abort', cancel);
    });
  }

  async #open(kind: number, contents: Sealed, signal: AbortSignal | undefined): Promise<unknown> {
    // Not at once: this may be called while the thread is blocked.
    await Promise.resolve();
    let value: unknown;
    try {
      value = await openAnswer(contents, this.#crossing, isError(kind));
    } finally {
      this.#opened();
    }
    if (!isError(kind)) return value;
    if (isCancelled(value)) signal?.throwIfAborted();
    throw value;
  }

  protected override askSync(request: Question): unknown {
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
    const value = this.#openSync(slot.kind, contents);
    if (isError(slot.kind)) throw value;
    return value;
  }

  #openSync(kind: number, contents: Sealed): unknown {
    try {
      return openAnswerSync(contents, this.#crossing, isError(kind));
    } finally {
      this.#opened();
    }
  }

  protected override nextTicket(): string {
    return `${this.#parker.id}-${++this.#tickets}`;
  }

  protected override retain({ object, ticket, life = this.#link.life }: SentReference): void {
    this.note({ kind: 'retain', object, ticket, life });
  }

  #send(request: Request, waiting: Waiting): number {
    this.checkOpen();
    // Ids go round through all 32 bits, which is as many as a record has for them.
    this.#lastId = (this.#lastId + 1) | 0;
    const id = this.#lastId;
    waiting.lent = this.write(id, request);
    this.#waiting.set(id, waiting);
    if (this.#waiting.size === 1) this.#parker.hold();
    return id;
  }

  protected override write(id: number, request: Request): readonly Loan[] {
    const values = valuesOf(request);
    let lent = NOTHING_LENT;
    this.#link.send(KIND_CODES[request.kind], id, values, () => {
      const written = packValues(values, this.#crossing, nameOf(request));
      lent = written.lent;
      return written.result;
    });
    this.#parker.registry.wake(this.#door.server);
    return lent;
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
    if (kind === KIND_CODES.refused) takeBack(waiting.lent);
    if (contents instanceof Sealed) this.#sealed++;
    waiting.settle(kind, contents);
  };

  #opened(): void {
    this.#sealed--;
    if (this.failure) this.#endLink();
  }

  /** What is on its way over the link is taken for lost from then on. */
  #endLink(): void {
    if (this.#sealed === 0) this.#link.end();
  }

  #receiveLast(): void {
    try {
      this.#link.receive(this.#take);
    } catch {
      // It died while it wrote: what is pending fails.
    }
  }

  #look(): void {
    if (this.failure) return;
    if (this.#door.state === CLOSED) return this.fail();
    const { server } = this.#door;
    // 0: it has not begun yet, and whoever starts it knows whether it will.
    if (server !== 0 && !this.#parker.registry.isAlive(server)) this.fail();
  }
}

function isError(kind: number): boolean {
  return kind === KIND_CODES.error || kind === KIND_CODES.refused;
}

function nameOf(request: Request): string {
  return request.kind === 'call' ? `an argument of \`${request.method}\`` : 'an argument';
}
