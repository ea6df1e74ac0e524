import { constants } from 'node:os';
import type { WorkerMemory } from './memory.ts';
import type { NumbersHandler } from './number-run.ts';
import { ReplyReader } from './reply-reader.ts';
import type { Worker } from './worker.ts';

/** Who hears what workers say, in the order in which each of them said it. */
export interface InboxEvents {
  message(worker: Worker, kind: number, id: number, index: number, value: unknown): void;
  readonly numbers: NumbersHandler;
}

/** Reads what the workers of a host say. */
export class Inbox {
  readonly #memory: WorkerMemory;
  readonly #events: InboxEvents;
  readonly #readers = new Map<Worker, ReplyReader>();

  constructor(memory: WorkerMemory, events: InboxEvents) {
    this.#memory = memory;
    this.#events = events;
  }

  add(worker: Worker): void {
    const { message, numbers } = this.#events;
    const reader = new ReplyReader(worker.process.channel, {
      message: (kind, id, index, value) => message(worker, kind, id, index, value),
      numbers,
    });
    this.#readers.set(worker, reader);
  }

  /** A worker is gone: its last words are read. */
  delete(worker: Worker): void {
    const reader = this.#readers.get(worker);
    this.#readers.delete(worker);
    reader?.finish(this.#memory.openRun(worker.slot));
  }

  /** Reads all that has come. */
  poll(): void {
    for (const [worker, reader] of this.#readers) {
      try {
        reader.poll();
      } catch {
        // Something wrote into the channel what is no message: nothing that comes from there can be trusted any more.
        worker.process.kill(constants.signals.SIGKILL);
      }
    }
  }

  /** Takes the results of chunks that workers have not announced yet. */
  peek(): void {
    for (const [worker, reader] of this.#readers) reader.peek(this.#memory.openRun(worker.slot));
  }
}
