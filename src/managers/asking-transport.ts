import type { Loan } from './carrier.ts';
import { foreignProxy, currentCrossing, type Crossing } from './crossing.ts';
import type { BatchRun, Request } from './protocol.ts';
import { sendSlip } from './slips.ts';
import type { Reference, Slip, Token, Transport } from './transport.ts';
import type { BlockLife } from '../shared-memory/shared-block.ts';

/** Requests that are answered. */
export type Question = Extract<Request, { kind: 'call' | 'batch' }>;

/** What the ways to a server have in common: everything but how a request gets there. */
export abstract class AskingTransport implements Transport {
  abstract readonly uid: string;
  /** Why nothing can be asked any more. */
  protected failure: Error | undefined;
  readonly #route: () => unknown;

  /** @param route What a message says of how to find the server. */
  constructor(route: () => unknown) {
    this.#route = route;
  }

  get hasFailed(): boolean {
    return this.failure !== undefined;
  }

  call(object: number, method: string, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    return this.ask({ kind: 'call', object, method, args }, signal);
  }

  callSync(object: number, method: string, args: readonly unknown[]): unknown {
    return this.askSync({ kind: 'call', object, method, args });
  }

  async batch(runs: readonly BatchRun[]): Promise<readonly unknown[]> {
    return (await this.ask({ kind: 'batch', runs })) as readonly unknown[]; // what the server gives for it
  }

  batchSync(runs: readonly BatchRun[]): readonly unknown[] {
    return this.askSync({ kind: 'batch', runs }) as readonly unknown[]; // what the server gives for it
  }

  release(object: number): void {
    this.note({ kind: 'release', object, count: 1 });
  }

  describe({ id, typeid, exposed, proxy }: Reference): Token {
    const own = { uid: this.uid, id, typeid, exposed };
    const crossing = currentCrossing();
    const isHome = crossing?.at === 'client' && crossing.transport.uid === this.uid;
    if (isHome) return { ...own, proxy: crossing.isRemote ? undefined : proxy, ticket: this.#sendHome(id, crossing) };
    if (crossing?.isRemote === true) throw foreignProxy();
    this.checkOpen();
    const ticket = this.nextTicket();
    const route = this.#route();
    const { slip, life } = crossing ? crossing.carrier.sendReference(() => this.lose(id, ticket)) : sendSlip();
    this.retain({ object: id, ticket, life });
    return { ...own, proxy, ticket, slip, route };
  }

  abstract adopt(object: number, ticket: string, slip?: Slip): void;

  referent(): undefined {
    return undefined;
  }

  /** Asks, and waits for the answer. @throws What the server answers that it threw; EOFError; `signal.reason`. */
  protected abstract ask(request: Question, signal?: AbortSignal): Promise<unknown>;
  /** As {@link ask}, but blocks the calling thread. */
  protected abstract askSync(request: Question): unknown;
  /** Sends a request; 0 is the id of one that is not answered. @returns What it has lent. */
  protected abstract write(id: number, request: Request): readonly Loan[];
  /** A name that no other client of the server uses for a reference on its way. */
  protected abstract nextTicket(): string;
  /** Says that a reference is on its way, for as long as its `life` lasts. */
  protected abstract retain(sent: SentReference): void;

  /** Says something that needs no answer. Never throws, never waits. */
  protected note(request: Request): void {
    if (!this.failure) this.write(0, request);
  }

  /** @throws EOFError when the server has ended. */
  protected checkOpen(): void {
    if (this.failure) throw this.failure;
  }

  /** In a request to the server itself. @returns Name of the reference if it needs one. */
  #sendHome(object: number, crossing: Crossing): string | undefined {
    // The reference of this thread outlives the request: what it says later comes later.
    if (crossing.at === 'client' && crossing.transport === this) return undefined;
    // The request takes another way than what this side says of its reference: either may be quicker.
    const ticket = this.nextTicket();
    crossing.carrier.lend(() => this.lose(object, ticket));
    this.retain({ object, ticket });
    return ticket;
  }

  /** Says that a reference will not arrive. */
  lose(object: number, ticket: string): void {
    this.note({ kind: 'lost', object, ticket });
  }
}

/** A reference that was sent to somebody else. */
export interface SentReference {
  readonly object: number;
  readonly ticket: string;
  /** Of what shows that it is on its way; absent in a request to its own server. */
  readonly life?: BlockLife | undefined;
}

/** Whether an answer says that the call was cancelled. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MP_CANCELLED';
}
