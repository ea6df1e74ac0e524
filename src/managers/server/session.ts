import type { Loan } from '../carrier.ts';
import { unsendableResult } from '../errors.ts';
import { KIND_CODES, parseRequest, type Request } from '../protocol.ts';
import { Call, Owner, type Watched } from './call.ts';
import type { Entry } from './object-table.ts';
import type { ManagerServer } from './server.ts';
import type { ServerSide } from '../crossing.ts';

/** How answers get to a client. */
export interface Answering {
  /** @throws NotSendableError for a value that cannot be sent; nothing was sent then. */
  value(id: number, value: unknown): void;
  /** Never throws. */
  error(id: number, error: unknown): void;
  /** As {@link Answering.error}, for a request that could not be read, or not whole. */
  refused(id: number, error: unknown): void;
  /** Asks a client in another program to say when a reference is lost that another one sent. */
  watch?(sent: Watched): void;
  /** Whether the client is in another program. */
  readonly isRemote: boolean;
}

/** One client of a server: carries its requests out and answers them. */
export class Session implements ServerSide {
  readonly uid: string;
  readonly owner: Owner = new Owner();
  readonly #server: ManagerServer;
  readonly #answers: Answering;
  /** Calls that wait, by number. */
  readonly #waiting = new Map<number, Call>();
  #hasFarewell = false;

  constructor(server: ManagerServer, answers: Answering) {
    this.uid = server.uid;
    this.#server = server;
    this.#answers = answers;
    this.owner.watch = answers.watch?.bind(answers);
  }

  hand(entry: Entry): Loan {
    const { objects } = this.#server;
    objects.retain(entry, this.owner);
    return () => objects.release(entry.id, this.owner, 1);
  }

  /** Carries out what came; bad input is answered with an error. Runs code of the user's. */
  handle(code: number, id: number, values: readonly unknown[]): void {
    const request = parseRequest(code, values);
    if (request === undefined) {
      this.#answers.error(id, new TypeError('manager: the request is none that this server understands'));
      return;
    }
    switch (request.kind) {
      case 'call':
      case 'batch':
        return this.#run(id, request);
      case 'cancel':
        return this.#waiting.get(id)?.cancel();
      case 'farewell':
        this.#hasFarewell = true;
        return undefined;
      default:
        return this.#server.note(request, this.owner, this.#answers.isRemote);
    }
  }

  /** A request came that could not even be read. */
  refuse(code: number, id: number, error: unknown): void {
    if (code === KIND_CODES.call || code === KIND_CODES.batch) this.#answers.refused(id, error);
  }

  /** The client is gone. @param killed Whether it was in the middle of something, unless it said farewell. */
  leave(killed: boolean): void {
    this.#server.leave(this.owner, killed && !this.#hasFarewell);
  }

  #run(id: number, request: Extract<Request, { kind: 'call' | 'batch' }>): void {
    const call = new Call(this.owner);
    let result: unknown;
    try {
      result = this.#server.execute(request, call, this.#answers.isRemote);
    } catch (error) {
      this.#answers.error(id, error);
      return;
    }
    if (result instanceof Promise) void this.#answerLater(id, call, result);
    else this.#answer(id, result);
  }

  async #answerLater(id: number, call: Call, result: Promise<unknown>): Promise<void> {
    this.#waiting.set(id, call);
    this.owner.calls.add(call);
    try {
      this.#answer(id, await result);
    } catch (error) {
      this.#answers.error(id, error);
    } finally {
      this.#waiting.delete(id);
      this.owner.calls.delete(call);
    }
  }

  #answer(id: number, result: unknown): void {
    try {
      this.#answers.value(id, result);
    } catch (error) {
      this.#answers.error(id, unsendableResult(error));
    }
  }
}
