import { deserialize, serialize } from 'node:v8';
import { Deadline, type CheckedWait } from '../base/deadline.ts';
import { EOFError } from '../base/errors.ts';
import type { Answer, SentAsk } from './root-line.ts';

/** Something that lives in the first process, as processes that share no memory with it see it: its operations by name. */
export type Hosted = Readonly<Record<string, (data: unknown, wait: CheckedWait) => unknown>>;

/** How things are made or opened; each may give several. */
export type Makers = Readonly<Record<string, (data: unknown) => readonly Hosted[]>>;

interface Entry {
  readonly hosted: Hosted;
  readonly client: number;
}

/** Name of the operation by which a thing is let go of. */
const DROP = 'drop';

/**
 * Does what processes without shared memory ask for, on the objects of this one: queues and pipes. One for each child and all that
 * descend from it; runs in the child's relay, where nothing else does.
 */
export class RootHost {
  readonly #makers: Makers;
  readonly #entries = new Map<number, Entry>();
  readonly #open = new Map<string, AbortController>();
  #last = 0;

  constructor(makers: Makers) {
    this.#makers = makers;
  }

  /** @returns The answer, for whoever asked. */
  async answer(bytes: Uint8Array): Promise<Uint8Array> {
    // Written by `RootLine` of the same version of this library, in a process of this program.
    const ask = deserialize(bytes) as SentAsk;
    return serialize(await this.#answerOf(ask));
  }

  async #answerOf(ask: SentAsk): Promise<Answer> {
    const abort = new AbortController();
    this.#open.set(ask.key, abort);
    try {
      return { value: await this.#do(ask, { deadline: Deadline.after(ask.timeout), signal: abort.signal }) };
    } catch (error) {
      if (abort.signal.aborted && error === abort.signal.reason) return { aborted: true };
      if (error instanceof Error) return { error: { name: error.name, message: error.message } };
      return { error: { name: typeof error, message: String(error) } };
    } finally {
      this.#open.delete(ask.key);
    }
  }

  #do({ op, object, data, client }: SentAsk, wait: CheckedWait): unknown {
    if (object === 0) return this.#control(op, data, client);
    const entry = this.#entries.get(object);
    const operation = entry?.hosted[op];
    if (!operation) throw new EOFError(`there is no ${op} of a thing that was let go of`);
    if (op === DROP) this.#entries.delete(object);
    return operation(data, wait);
  }

  #control(op: string, data: unknown, client: number): unknown {
    // What is said here was said by `RootLine`.
    if (op === 'abort') this.#open.get(String(data))?.abort();
    else if (op === 'leave') this.#leave(Number(data));
    else return (this.#makers[op]?.(data) ?? []).map((hosted) => this.#enter(hosted, client));
    return undefined;
  }

  #enter(hosted: Hosted, client: number): number {
    this.#entries.set(++this.#last, { hosted, client });
    return this.#last;
  }

  /** The child is gone, and so is, or will be at once, all that descends from it. */
  close(): void {
    this.#leave(undefined);
  }

  /** A process is gone; without a number: all. */
  #leave(client: number | undefined): void {
    for (const [object, entry] of this.#entries) {
      if (client !== undefined && entry.client !== client) continue;
      this.#entries.delete(object);
      void entry.hosted[DROP]?.(undefined, { deadline: Deadline.now, signal: undefined });
    }
  }
}
