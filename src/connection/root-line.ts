import type { MessagePort } from 'node:worker_threads';
import { deserialize, serialize } from 'node:v8';
import type { CheckedWait } from '../base/deadline.ts';
import { Deadline } from '../base/deadline.ts';
import * as errors from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';
import { rootPort } from '../native/root-port.ts';
import { Parker } from '../shared-memory/parker.ts';

/** A question to the program's first process about something that lives there. See `root-host.ts`. */
export interface Ask {
  readonly op: string;
  /** Number that the host gave it; 0 when it is to be made. */
  readonly object: number;
  readonly data?: unknown;
}

/** An {@link Ask} on its way. */
export interface SentAsk extends Ask {
  /** Names the question, to be taken back. */
  readonly key: string;
  /** Process that asks: what it uses is let go of when it is gone. */
  readonly client: number;
  /** Milliseconds; absent: for ever. */
  readonly timeout: number | undefined;
}

/** What comes back. */
export type Answer =
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string } }
  | { readonly aborted: true };

/** Between a thread and its uplink. */
export interface Posted {
  readonly id: number;
  /** Participant that asks. */
  readonly from: number;
  readonly bytes: Uint8Array;
}

const FOREVER: CheckedWait = { deadline: Deadline.never, signal: undefined };

/** The line of a thread to the program's first process, where it shares no memory with that. */
export class RootLine {
  readonly #port: MessagePort;
  readonly #take = process.getBuiltinModule('node:worker_threads').receiveMessageOnPort;
  readonly #calls = new Map<number, (bytes: Uint8Array) => void>();
  readonly #collected = new FinalizationRegistry<number>((object) => this.tell({ op: 'drop', object }));
  #last = 0;

  private constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (posted: Posted) => this.#answered(posted));
    port.unref();
  }

  /** That of this thread; none in the first process, and where memory is shared. */
  static current(): RootLine | undefined {
    return sharedState('connection.root-line.1', () => {
      const port = rootPort();
      return port && new RootLine(port);
    });
  }

  /** As {@link RootLine.current}, where there is one. */
  static here(): RootLine {
    const line = RootLine.current();
    if (!line) throw new errors.ProcessError('this process is the first of its program, and asks nobody');
    return line;
  }

  /** Asks, and waits for the answer in the event loop. @throws What the host threw; `signal.reason`. */
  async ask(ask: Ask, wait: CheckedWait = FOREVER): Promise<unknown> {
    const { signal, deadline } = wait;
    signal?.throwIfAborted();
    const id = ++this.#last;
    const sent = this.#sent(ask, id, deadline);
    const abort = (): void => this.tell({ op: 'abort', object: 0, data: sent.key });
    signal?.addEventListener('abort', abort);
    try {
      const answer = open(await this.#call(id, serialize(sent)));
      if ('aborted' in answer) throw signal?.reason;
      return valueOf(answer);
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  /** As {@link RootLine.ask}, but blocks the thread. */
  askSync(ask: Ask, deadline: Deadline = Deadline.never): unknown {
    const id = ++this.#last;
    let bytes: Uint8Array | undefined;
    this.#calls.set(id, (answer) => (bytes = answer));
    this.#post(id, serialize(this.#sent(ask, id, deadline)));
    Parker.current().wait(() => {
      for (let next = this.#take(this.#port); next; next = this.#take(this.#port)) {
        this.#answered(next.message as Posted); // Posted by the uplink.
      }
      return bytes !== undefined;
    }, Deadline.never);
    return valueOf(open(bytes ?? new Uint8Array(0)));
  }

  /** Says something that needs no answer. */
  tell(ask: Ask): void {
    this.#post(0, serialize(this.#sent(ask, ++this.#last, Deadline.never)));
  }

  /** Lets the host drop a thing when what stands for it here was collected. */
  dropWith(owner: object, object: number): void {
    this.#collected.register(owner, object, owner);
  }

  /** Lets the host drop a thing now. */
  drop(owner: object, object: number): void {
    this.#collected.unregister(owner);
    this.tell({ op: 'drop', object });
  }

  /** Passes on what another process asks, as it is. */
  forward(bytes: Uint8Array): Promise<Uint8Array> {
    return this.#call(++this.#last, bytes);
  }

  #sent(ask: Ask, id: number, deadline: Deadline): SentAsk {
    const timeout = deadline.unlimited ? undefined : deadline.remaining();
    return { ...ask, key: `${process.pid}.${Parker.current().id}.${id}`, client: process.pid, timeout };
  }

  #call(id: number, bytes: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve) => {
      if (this.#calls.size === 0) this.#port.ref();
      this.#calls.set(id, resolve);
      this.#post(id, bytes);
    });
  }

  #post(id: number, bytes: Uint8Array): void {
    const posted: Posted = { id, from: Parker.current().id, bytes };
    this.#port.postMessage(posted, []);
  }

  #answered({ id, bytes }: Posted): void {
    const settle = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0) this.#port.unref();
    settle?.(bytes);
  }
}

function open(bytes: Uint8Array): Answer {
  // Written by `RootHost` of the same version of this library.
  return deserialize(bytes) as Answer;
}

function valueOf(answer: Answer): unknown {
  if ('value' in answer) return answer.value;
  if ('error' in answer) throw errorOf(answer.error);
  throw new errors.CancelledError('the question was taken back');
}

/** An error of the class that the host threw, made here, so that its stack shows who asked. */
function errorOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  if (name === 'RangeError') return new RangeError(message);
  const Class: unknown = Reflect.get(errors, name);
  // All classes of that module but those with more than a message are made so.
  return typeof Class === 'function'
    ? (Reflect.construct(Class, [message]) as Error)
    : new errors.RemoteError(`${name}: ${message}`);
}
