import type { WorkerHost } from '../workers/host.ts';
import type { Definition } from '../workers/definitions.ts';
import type { Job, Task } from '../workers/task.ts';

interface Held {
  readonly args: readonly unknown[];
  /** Tells whoever waits for the call that it will not be made. */
  readonly fail: (error: unknown) => void;
}

/**
 * Lets so many single calls be under way and the others wait, unread, in their order: a flood of them takes no memory but
 * for their promises.
 *
 * A job of the host as long as calls wait, so that a pool that is closed makes them all.
 */
export class Admission implements Job {
  readonly #host: WorkerHost;
  readonly #most: number;
  readonly #held = new Map<Task, Held>();
  /** Those that wait, in their order, from the oldest one on. */
  #order: MapIterator<[Task, Held]> | undefined;
  readonly #whenRoom = new Set<() => void>();
  #inFlight = 0;
  #definition: Definition | undefined;

  constructor(host: WorkerHost, most: number) {
    this.#host = host;
    this.#most = most;
  }

  /** Whether the next call would be under way at once. */
  get hasRoom(): boolean {
    return this.#inFlight < this.#most;
  }

  /** Calls that wait here. */
  get held(): number {
    return this.#held.size;
  }

  /** Calls back once there is room, or never will be. @returns How to wait no longer. */
  whenRoom(callback: () => void): () => void {
    this.#whenRoom.add(callback);
    return () => void this.#whenRoom.delete(callback);
  }

  /** @throws NotSendableError when there is room and the arguments cannot cross; a call that had to wait fails with it. */
  submit(task: Task, args: readonly unknown[], fail: (error: unknown) => void): void {
    if (this.#inFlight < this.#most) {
      this.#host.submit(task, args);
      this.#inFlight++;
      return;
    }
    this.#held.set(task, { args, fail });
    if (this.#definition) return;
    this.#definition = task.definition;
    this.#host.enter(this, task.definition);
  }

  /** As `WorkerHost.cancel`, for calls that wait here too. */
  cancel(task: Task, error: unknown): boolean {
    const held = this.#held.get(task);
    if (!held) return this.#host.cancel(task, error);
    this.#held.delete(task);
    held.fail(error);
    this.#leaveIfEmpty();
    return true;
  }

  /** A call that was under way has ended: the oldest one that waits takes its place. */
  callEnded(): void {
    this.#inFlight--;
    while (this.#inFlight < this.#most) {
      const oldest = this.#oldest();
      if (!oldest) break;
      const [task, { args, fail }] = oldest;
      this.#held.delete(task);
      try {
        this.submit(task, args, fail);
      } catch (error) {
        fail(error);
      }
    }
    this.#leaveIfEmpty();
    if (this.hasRoom) this.#tellRoom();
  }

  /** The pool has ended with a call that was under way: there will be no more. */
  callAborted(): void {
    this.#inFlight--;
    this.#tellRoom();
  }

  /** The pool has ended. */
  abort(error: unknown): void {
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const { fail } of held) fail(error);
    this.#tellRoom();
    this.#leaveIfEmpty();
  }

  succeed(): void {}
  fail(): void {}
  ended(): void {}

  /** Goes on where it was: from the begin, each look would pass all places of those that have gone. */
  #oldest(): [Task, Held] | undefined {
    this.#order ??= this.#held.entries();
    const { done, value } = this.#order.next();
    if (!done) return value;
    this.#order = undefined;
    return undefined;
  }

  #tellRoom(): void {
    const waiting = [...this.#whenRoom];
    this.#whenRoom.clear();
    for (const tell of waiting) tell();
  }

  #leaveIfEmpty(): void {
    if (this.#held.size > 0 || !this.#definition) return;
    const definition = this.#definition;
    this.#definition = undefined;
    this.#host.leave(this, definition);
  }
}
