import { checkSyncWait, checkWait, Deadline, type CheckedWait } from '../base/deadline.ts';
import { ProcessError, QueueClosedError } from '../base/errors.ts';
import { wrongUse } from '../base/invalid.ts';
import { checkBoolean, checkInteger, checkOptions } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { Breather } from '../connection/breather.ts';
import { codecFor } from '../connection/codec.ts';
import { NOTHING, Received } from '../connection/received.ts';
import type { Watch } from '../connection/waitable.ts';
import { registerHandler } from '../reduction/handlers.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { createQueue, isOpenQueue, openQueue } from './open-queue.ts';
import { shutDown } from './queue-core.ts';
import type { QueueFace } from './queue-face.ts';

const LARGEST = 2 ** 31 - 1;
const codec = codecFor('program');
const breather = Breather.current();
const DONE: Promise<void> = Promise.resolve();

let coreOf: <T>(queue: Queue<T>) => QueueFace;

/**
 * A queue between any number of producers and consumers, in any mix of processes, threads and async tasks.
 *
 * Sendable in any message. Every item arrives exactly once, those of one producer in their order. An item is serialised
 * inside `put`: what cannot be sent is refused there, and later changes of the object do not reach the consumer. There is
 * no feeder thread, so a process may end at once after `put`, and unread items hold nobody up. A process that is killed
 * takes with it only what it had already got.
 *
 * @see Python `multiprocessing.Queue`
 *
 * @example
 * ```ts
 * const queue = new Queue<string>(100);
 * new Process({ target: produce, args: [queue] }).start();
 * for await (const line of queue) console.log(line); // until somebody calls queue.shutdown()
 * ```
 */
export class Queue<T> {
  readonly #core: QueueFace;
  #isClosed = false;
  #isUsed = false;

  /** @param maxsize Items at a time, up to 2^31 - 1; 0: no limit but memory. */
  constructor(maxsize: number = 0) {
    // `open` below hands over the memory of a queue that exists.
    const given: unknown = maxsize;
    if (!isOpenQueue(given)) checkInteger(new.target.name, 'maxsize', maxsize, 0, LARGEST);
    this.#core = isOpenQueue(given) ? given : createQueue(maxsize);
  }

  static {
    showAsText(this.prototype);
    coreOf = (queue) => queue.#core;
  }

  /**
   * Appends an item, waiting for room if the queue is full.
   *
   * @throws NotSendableError; nothing was put then.
   * @throws QueueFullError after `timeout`, QueueClosedError after `close` or `shutdown`, `signal.reason`.
   */
  put(item: T, options?: Wait): Promise<void> {
    // Not an async function, and neither is `get`: what need not wait makes as few promises as can be.
    try {
      const wait = checkWait('Queue.put', options);
      wait.signal?.throwIfAborted();
      this.#use('put');
      const message = this.#core.put(item, wait.deadline, 'the item');
      if (message !== undefined) return this.#core.putLater(message, wait, this.#isOver);
      return breather.count(undefined) ? breather.breathe() : DONE;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link Queue.put}, but never waits. @throws QueueFullError */
  putNoWait(item: T): void {
    this.#use('put');
    this.#core.put(item, Deadline.now, 'the item');
  }

  /** As {@link Queue.put}, but blocks the calling thread. */
  putSync(item: T, options?: SyncWait): void {
    const deadline = checkSyncWait('Queue.putSync', options);
    this.#use('put');
    const message = this.#core.put(item, deadline, 'the item');
    if (message !== undefined) this.#core.putLaterSync(message, deadline);
  }

  /**
   * Takes the oldest item, waiting for one if there is none; also when all producers are dead, as nobody knows who may
   * still put. Loads the modules that the item needs.
   *
   * @throws QueueEmptyError after `timeout`; QueueClosedError when the queue is shut down and empty, or closed; `signal.reason`.
   * @throws NotSendableError when the item cannot be rebuilt here; it is gone then.
   */
  get(options?: Wait): Promise<T> {
    try {
      const wait = checkWait('Queue.get', options);
      const taken = this.#takeAtOnce(wait);
      // Whoever put the item had the same type in mind.
      if (isWhole(taken) && !breather.count(taken)) return Promise.resolve(taken as T);
      return this.#getLater(taken, wait);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** As {@link Queue.get}, but never waits. @throws QueueEmptyError */
  getNoWait(): T {
    return this.#getSync(Deadline.now);
  }

  /** As {@link Queue.get}, but blocks the calling thread. Modules with a top-level `await` cannot be loaded this way. */
  getSync(options?: SyncWait): T {
    return this.#getSync(checkSyncWait('Queue.getSync', options));
  }

  toString(): string {
    const { size, maxSize } = this.#core;
    const room = maxSize > 0 ? ` maxsize=${maxSize}` : '';
    return `<${this.constructor.name} ${this.#isClosed ? 'closed' : `qsize=${size}${room}`}>`;
  }

  /** How many items there are, exact at one instant of the call. */
  qsize(): number {
    this.#checkOpen('qsize', this.#isUsed);
    return this.#core.size;
  }

  empty(): boolean {
    this.#checkOpen('empty', this.#isUsed);
    return this.#core.isEmpty;
  }

  full(): boolean {
    this.#checkOpen('full', this.#isUsed);
    return this.#core.maxSize > 0 && this.#core.size >= this.#core.maxSize;
  }

  /** Ends the use of this object; the queue itself, and other processes' use of it, go on. May be called again. */
  close(): void {
    this.#isClosed = true;
    this.#core.nudge();
  }

  /**
   * Ends the queue for everybody: from now on `put` throws, and `get` does when everything was taken.
   *
   * @param options `immediate`: items that nobody took are thrown away.
   * @see Python `queue.Queue.shutdown`
   */
  shutdown(options: { readonly immediate?: boolean | undefined } = {}): void {
    checkOptions('Queue.shutdown', options, ['immediate']);
    const { immediate = false } = options;
    checkBoolean('Queue.shutdown', 'immediate', immediate);
    this.#core.shutdown(immediate);
  }

  /** Resolves at once: whatever was put is in shared memory already. */
  async joinThread(): Promise<void> {}

  /** As {@link Queue.joinThread}. */
  joinThreadSync(): void {}

  /** Does nothing: no thread has to be waited for at exit. */
  cancelJoinThread(): void {}

  [Symbol.dispose](): void {
    this.close();
  }

  /** The items as they come, until the queue is shut down and empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      const wait = checkWait('Queue', undefined);
      const taken = await this.#complete(this.#takeAtOnce(wait), wait);
      if (taken === NOTHING) return;
      yield taken;
    }
  }

  /** Whether `get` would not wait. For `wait()`. */
  isReady(): boolean {
    return this.#isClosed || this.#core.isReady;
  }

  /** Calls `callback` once {@link Queue.isReady}. @returns How to stop waiting. */
  whenReady(callback: () => void): () => void {
    const stop = new AbortController();
    void this.#notify(callback, stop.signal);
    return () => stop.abort();
  }

  /** For `waitSync()`. */
  watch(): Watch {
    return this.#core.watch();
  }

  async #notify(callback: () => void, signal: AbortSignal): Promise<void> {
    try {
      if (!this.isReady()) await this.#core.ready({ deadline: Deadline.never, signal });
    } catch {
      return; // It was stopped.
    }
    callback();
  }

  #takeAtOnce(wait: CheckedWait): unknown {
    wait.signal?.throwIfAborted();
    this.#use('get');
    return this.#core.takeInTurn();
  }

  async #getLater(first: unknown, wait: CheckedWait): Promise<T> {
    const taken = await this.#complete(first, wait);
    if (taken === NOTHING) throw this.#isClosed ? closed('get') : shutDown();
    return taken;
  }

  /** Waits for an item unless there is one already, and opens it. @returns {@link NOTHING} when none will come. */
  async #complete(first: unknown, wait: CheckedWait): Promise<T | typeof NOTHING> {
    let taken = first;
    if (taken === NOTHING) taken = await this.#core.takeLater(wait, this.#isOver);
    else if (breather.count(taken)) await breather.breathe();
    // Whoever put the item had the same type in mind.
    if (!(taken instanceof Received)) return taken as T;
    return (codec.isReady(taken) ? codec.open(taken) : await codec.openLoading(taken)) as T;
  }

  #getSync(deadline: Deadline): T {
    this.#use('get');
    let taken = this.#core.take(true);
    if (taken === NOTHING) taken = this.#core.takeLaterSync(deadline);
    if (taken === NOTHING) throw shutDown();
    // Whoever put the item had the same type in mind.
    return (taken instanceof Received ? codec.openLoadingSync(taken) : taken) as T;
  }

  readonly #isOver = (): boolean => this.#isClosed;

  #use(what: string): void {
    this.#checkOpen(what, true);
    this.#isUsed = true;
  }

  #checkOpen(what: string, matters: boolean): void {
    if (this.#isClosed && matters) throw closed(what);
  }
}

/** A queue without a limit, and without anything to be told at its end. Python: `multiprocessing.SimpleQueue`. */
export class SimpleQueue<T> extends Queue<T> {
  #isClosed = false;

  /** @param existing Nothing; the memory of a queue that exists, when one is received. */
  constructor(...existing: readonly never[]) {
    const given: unknown = existing[0];
    if (given !== undefined && !isOpenQueue(given))
      throw wrongUse('SimpleQueue', 'it has no limit; use a Queue for one');
    super(existing[0] ?? 0);
  }

  override close(): void {
    this.#isClosed = true;
    super.close();
  }

  override empty(): boolean {
    if (this.#isClosed) throw closed('empty');
    return super.empty();
  }
}

/**
 * A queue that knows when everything that was put was also done.
 *
 * @see Python `multiprocessing.JoinableQueue`
 */
export class JoinableQueue<T> extends Queue<T> {
  /**
   * Says that one item that was taken is done.
   *
   * @throws ProcessError when called more often than items were put.
   */
  taskDone(): void {
    if (coreOf(this).taskDone()) return;
    throw new ProcessError(
      'JoinableQueue.taskDone: called more often than items were put; call it once for each item that get() gave',
    );
  }

  /** Waits until each item was taken and {@link JoinableQueue.taskDone} called for it. Just returns after the time-out. */
  async join(options?: Wait): Promise<void> {
    const wait = checkWait('JoinableQueue.join', options);
    wait.signal?.throwIfAborted();
    await coreOf(this).join(wait);
  }

  /** As {@link JoinableQueue.join}, but blocks the calling thread. */
  joinSync(options?: SyncWait): void {
    coreOf(this).joinSync(checkSyncWait('JoinableQueue.joinSync', options));
  }
}

/** Whether what was taken is an item as it is. */
function isWhole(taken: unknown): boolean {
  return taken !== NOTHING && !(taken instanceof Received);
}

function closed(what: string): QueueClosedError {
  return new QueueClosedError(`cannot ${what}: this queue object is closed`);
}

for (const Class of [Queue, SimpleQueue, JoinableQueue]) {
  registerHandler<Queue<never>, BlockHandle>(Class.name, Class, {
    home: import.meta.url,
    take: (queue) => coreOf(queue).send(),
    // The constructor knows a queue that exists from a number.
    make: (handle) => new Class<never>(openQueue(handle) as never),
  });
}
