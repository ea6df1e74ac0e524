import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { Mutex } from '../shared-memory/mutex.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import { Holdable, notHeld } from './holdable.ts';
import { Opened, remember, reopen } from './opened.ts';

const BYTES = Mutex.WORDS * 4;

/**
 * A lock that several processes, threads and tasks share: one holds it at a time.
 *
 * Sendable in any message; the copy is the same lock. May be released by anybody. Not reentrant: a task that takes it twice
 * waits for itself. It passes on when the process that took it dies; see {@link Lock.ownerDied}.
 *
 * @see Python `multiprocessing.Lock`
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * await lock.use(async () => total.value++);
 * ```
 */
export class Lock extends Holdable {
  readonly #block: SharedBlock;
  readonly #mutex: Mutex;

  constructor(opened?: Opened) {
    super();
    this.#block = opened instanceof Opened ? opened.block : SharedBlock.allocate(BYTES);
    this.#mutex = new Mutex(this.#block.words);
    remember(this.#block, this);
  }

  tryAcquire(): boolean {
    return this.#mutex.tryAcquire();
  }

  release(): void {
    if (!this.#mutex.release()) throw notHeld(this.constructor.name, 'nobody holds it');
  }

  locked(): boolean {
    return this.#mutex.owner !== 0;
  }

  get ownerDied(): boolean {
    return this.#mutex.ownerDied;
  }

  markConsistent(): void {
    this.#mutex.markConsistent();
  }

  protected take(wait: CheckedWait): Promise<boolean> {
    return this.#mutex.acquire(wait);
  }

  protected takeSync(deadline: Deadline): boolean {
    return this.#mutex.acquireSync(deadline);
  }

  static {
    registerHandler<Lock, BlockHandle>('synchronize.Lock', Lock, {
      home: import.meta.url,
      take: (lock) => lock.#block.send(),
      make: (handle) => reopen(handle, (block) => new Lock(new Opened(block, undefined))),
    });
  }
}

/**
 * As {@link Lock}, but belongs to the thread that took it: that thread may take it again, and must release it as often.
 *
 * The tasks of one thread do not exclude each other by it.
 *
 * @see Python `multiprocessing.RLock`
 */
export class RLock extends Holdable {
  readonly #block: SharedBlock;
  readonly #mutex: Mutex;
  /** Holds of this thread, more than 0 only while it owns the mutex: there is one object for each lock and thread. */
  #holds = 0;

  constructor(opened?: Opened) {
    super();
    this.#block = opened instanceof Opened ? opened.block : SharedBlock.allocate(BYTES);
    this.#mutex = new Mutex(this.#block.words);
    remember(this.#block, this);
  }

  tryAcquire(): boolean {
    // It may be mine without a hold: of a task that waited for it and has not gone on yet.
    if (this.#holds === 0 && !this.#mutex.tryAcquire() && !this.#mutex.isMine) return false;
    this.#holds++;
    return true;
  }

  /** @throws ProcessError when the calling thread does not hold it. */
  release(): void {
    if (this.#holds === 0)
      throw notHeld(this.constructor.name, 'the calling thread does not hold it; only its holder may release it');
    if (--this.#holds === 0) this.#mutex.release();
  }

  locked(): boolean {
    return this.#mutex.owner !== 0;
  }

  /** Whether the calling thread holds it. */
  get isMine(): boolean {
    return this.#mutex.isMine;
  }

  get ownerDied(): boolean {
    return this.#mutex.ownerDied;
  }

  markConsistent(): void {
    this.#mutex.markConsistent();
  }

  /** Lets go of all holds of the calling thread. @returns How many, for {@link RLock.restore}. */
  releaseAll(): number {
    const holds = this.#holds;
    this.#holds = 0;
    this.#mutex.release();
    return holds;
  }

  /** Makes the one hold that the calling thread has as many as before. */
  restore(holds: number): void {
    this.#holds += holds - 1;
  }

  protected async take(wait: CheckedWait): Promise<boolean> {
    wait.signal?.throwIfAborted();
    // Another task of this thread may have had it, and given it back, before this one goes on.
    while (!this.#mutex.isMine) if (!(await this.#mutex.acquire(wait))) return false;
    this.#holds++;
    return true;
  }

  protected takeSync(deadline: Deadline): boolean {
    if (!this.#mutex.isMine && !this.#mutex.acquireSync(deadline)) return false;
    this.#holds++;
    return true;
  }

  static {
    registerHandler<RLock, BlockHandle>('synchronize.RLock', RLock, {
      home: import.meta.url,
      take: (lock) => lock.#block.send(),
      make: (handle) => reopen(handle, (block) => new RLock(new Opened(block, undefined))),
    });
  }
}
