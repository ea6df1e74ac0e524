import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { bytesMessage, type LaneMessage } from '../connection/lane-message.ts';
import type { Carried } from '../connection/pipe-host.ts';
import { NOTHING } from '../connection/received.ts';
import { NO_WATCH, packApart, received } from '../connection/remote-pipe-end.ts';
import { RootLine } from '../connection/root-line.ts';
import type { Watch } from '../connection/waitable.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { full, shutDown } from './queue-core.ts';
import type { IsOver, QueueFace } from './queue-face.ts';

/** A call that waits, and whether its queue object has been closed meanwhile. */
interface Pending {
  readonly isOver: IsOver;
  readonly abort: AbortController;
}

/** A queue that lives in the program's first process, with which this one shares no memory. */
export class RemoteQueue implements QueueFace {
  readonly maxSize: number;
  readonly #line: RootLine;
  readonly #object: number;
  readonly #pending = new Set<Pending>();

  private constructor(line: RootLine, object: number) {
    this.#line = line;
    this.#object = object;
    this.maxSize = Number(this.#askSync('maxSize'));
    line.dropWith(this, object);
  }

  static create(maxSize: number): RemoteQueue {
    const line = RootLine.here();
    const [object] = line.askSync({ op: 'queue', object: 0, data: maxSize }) as [number];
    return new RemoteQueue(line, object);
  }

  static open(handle: BlockHandle): RemoteQueue {
    const line = RootLine.here();
    const [object] = line.askSync({ op: 'openQueue', object: 0, data: handle }) as [number];
    return new RemoteQueue(line, object);
  }

  get size(): number {
    return Number(this.#askSync('size'));
  }

  get isEmpty(): boolean {
    return this.size === 0;
  }

  get isReady(): boolean {
    return this.#askSync('isReady') === true;
  }

  send(): BlockHandle {
    return this.#askSync('send') as BlockHandle; // As `QueueCore.send` gives it.
  }

  put(item: unknown, deadline: Deadline, name: string): LaneMessage | undefined {
    const message = bytesMessage(packApart(item, name));
    if (this.#askSync('put', message.bytes) === true) return undefined;
    if (deadline.expired) throw full(this.maxSize);
    return message;
  }

  async putLater({ bytes }: LaneMessage, wait: CheckedWait, isOver: IsOver): Promise<void> {
    await this.#ask('putLater', bytes, { wait, isOver });
  }

  putLaterSync({ bytes }: LaneMessage, deadline: Deadline): void {
    this.#askSync('putLater', bytes, deadline);
  }

  take(): unknown {
    return received(this.#askSync('take') as Carried, false);
  }

  /** An event loop need not be held up only to hear that there is nothing yet. */
  takeInTurn(): unknown {
    return NOTHING;
  }

  async takeLater(wait: CheckedWait, isOver: IsOver): Promise<unknown> {
    try {
      return received((await this.#ask('takeLater', undefined, { wait, isOver })) as Carried, false);
    } catch (error) {
      if (isOver()) return NOTHING;
      throw error;
    }
  }

  takeLaterSync(deadline: Deadline): unknown {
    return received(this.#askSync('takeLater', undefined, deadline) as Carried, false);
  }

  async ready(wait: CheckedWait): Promise<boolean> {
    return (await this.#ask('ready', undefined, { wait, isOver: () => false })) === true;
  }

  watch(): Watch {
    return NO_WATCH;
  }

  taskDone(): boolean {
    return this.#askSync('taskDone') === true;
  }

  async join(wait: CheckedWait): Promise<boolean> {
    return (await this.#ask('join', undefined, { wait, isOver: () => false })) === true;
  }

  joinSync(deadline: Deadline): boolean {
    return this.#askSync('join', undefined, deadline) === true;
  }

  shutdown(immediate: boolean): void {
    this.#askSync('shutdown', immediate);
  }

  nudge(): void {
    for (const { isOver, abort } of this.#pending) if (isOver()) abort.abort(shutDown());
  }

  async #ask(op: string, data: unknown, { wait, isOver }: { wait: CheckedWait; isOver: IsOver }): Promise<unknown> {
    const pending: Pending = { isOver, abort: new AbortController() };
    const closing = pending.abort.signal;
    const signal = wait.signal ? AbortSignal.any([wait.signal, closing]) : closing;
    this.#pending.add(pending);
    try {
      return await this.#line.ask({ op, object: this.#object, data }, { deadline: wait.deadline, signal });
    } finally {
      this.#pending.delete(pending);
    }
  }

  #askSync(op: string, data?: unknown, deadline?: Deadline): unknown {
    return this.#line.askSync({ op, object: this.#object, data }, deadline);
  }
}
