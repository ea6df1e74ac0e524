import { ProcessError, QueueClosedError, QueueEmptyError, QueueFullError } from '../../base/errors.ts';
import { checkInteger } from '../../base/options.ts';
import type { Awaitable } from '../../base/types.ts';
import { Waiters } from '../server/waiters.ts';

/** A queue in a manager's server. */
export class ManagedQueue<T = unknown> {
  readonly #limit: number;
  #items: T[] = [];
  #head = 0;
  readonly #getters = new Waiters<T>();
  readonly #putters = new Waiters<undefined, T>();
  #isClosed = false;

  /** @param maxsize How many items fit in; 0 and less: any number. */
  constructor(maxsize = 0) {
    checkInteger('Queue', 'maxsize', maxsize);
    this.#limit = maxsize > 0 ? maxsize : Infinity;
  }

  put(item: T, timeout?: number): Awaitable<undefined> {
    if (this.#isClosed) throw closed();
    const getter = this.#getters.first();
    if (getter) {
      this.added();
      getter.settle(item);
      return undefined;
    }
    if (!this.full()) return this.#push(item);
    const late = (): never => {
      throw new QueueFullError('Queue.put: there was no room in time; get items, or give it a longer time-out');
    };
    if (timeout !== undefined && timeout <= 0) return late();
    return this.#putters.wait({ timeout, data: item, late });
  }

  get(timeout?: number): Awaitable<T> {
    if (this.qsize() > 0) return this.#shift();
    if (this.#isClosed) throw closed();
    const late = (): never => {
      throw new QueueEmptyError('Queue.get: no item came in time');
    };
    if (timeout !== undefined && timeout <= 0) return late();
    return this.#getters.wait({ timeout, data: undefined, late });
  }

  qsize(): number {
    return this.#items.length - this.#head;
  }

  empty(): boolean {
    return this.qsize() === 0;
  }

  full(): boolean {
    return this.qsize() >= this.#limit;
  }

  /** No more items are taken; what is in it can still be got, unless `immediate`. */
  shutdown(immediate = false): void {
    this.#isClosed = true;
    if (immediate) {
      for (let left = this.qsize(); left > 0; left--) this.dropped();
      this.#items = [];
      this.#head = 0;
    }
    for (const putter of this.#putters.all()) putter.fail(closed());
    if (this.qsize() > 0) return;
    for (const getter of this.#getters.all()) getter.fail(closed());
  }

  /** An item was taken in. */
  protected added(): void {}

  /** An item was thrown away. */
  protected dropped(): void {}

  #push(item: T): undefined {
    this.added();
    this.#items.push(item);
    return undefined;
  }

  #shift(): T {
    // There is one: the callers looked.
    const item = this.#items[this.#head] as T;
    this.#head++;
    // Moving the rest for every item would take longer the fuller the queue is.
    if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    } else {
      // Nothing of what was handed out may stay alive here.
      Reflect.deleteProperty(this.#items, this.#head - 1);
    }
    const putter = this.#putters.first();
    if (putter) {
      this.#push(putter.data);
      putter.settle(undefined);
    }
    return item;
  }
}

/** As {@link ManagedQueue}; counts the items whose work is not done. */
export class ManagedJoinableQueue<T = unknown> extends ManagedQueue<T> {
  readonly #joiners = new Waiters<boolean>();
  #unfinished = 0;

  /** Says that the work of one item is done. @throws ProcessError when all were done before. */
  taskDone(): void {
    if (this.#unfinished === 0) throw new ProcessError('JoinableQueue.taskDone: called more often than items were put');
    this.dropped();
  }

  /** Waits until the work of all items is done. @returns `false` when the time was over first. */
  join(timeout?: number): Awaitable<boolean> {
    if (this.#unfinished === 0) return true;
    if (timeout !== undefined && timeout <= 0) return false;
    return this.#joiners.wait({ timeout, data: undefined, late: () => false });
  }

  protected override added(): void {
    this.#unfinished++;
  }

  protected override dropped(): void {
    this.#unfinished--;
    if (this.#unfinished > 0) return;
    for (const joiner of this.#joiners.all()) joiner.settle(true);
  }
}

function closed(): QueueClosedError {
  return new QueueClosedError('Queue: it was shut down');
}
