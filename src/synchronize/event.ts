import { type CheckedWait, checkSyncWait, checkWait, type Deadline } from '../base/deadline.ts';
import { showAsText } from '../base/show.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import { WaitSet } from '../shared-memory/wait-set.ts';
import { Waiting } from '../shared-memory/waiting.ts';
import { Opened, remember, reopen } from './opened.ts';

/** Word that counts the changes of the flag: odd = set. The wait set follows. */
const CHANGES = 0;
const WAITERS = 1;
const BYTES = (WAITERS + WaitSet.WORDS) * 4;

/**
 * A flag that processes, threads and tasks wait for.
 *
 * Sendable in any message; the copy is the same flag. Whoever waits when it is set goes on, even if it is cleared at once.
 *
 * @see Python `multiprocessing.Event`
 *
 * @example
 * ```ts
 * const ready = new Event();
 * new Process({ target: serve, args: [ready] }).start();
 * await ready.wait({ timeout: 5000 });
 * ```
 */
export class Event {
  readonly #block: SharedBlock;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #set: WaitSet;
  readonly #waiting: Waiting;

  constructor(opened?: Opened) {
    this.#block = opened instanceof Opened ? opened.block : SharedBlock.allocate(BYTES);
    this.#words = this.#block.words;
    this.#set = new WaitSet(this.#words, WAITERS);
    // A flag is not taken: nobody has to wake others for what he left.
    this.#waiting = new Waiting(this.#set, { available: () => false }, 'all');
    remember(this.#block, this);
  }

  isSet(): boolean {
    return isOdd(this.#changes);
  }

  /** Sets the flag and wakes all who wait. */
  set(): void {
    const changes = this.#changes;
    if (isOdd(changes) || Atomics.compareExchange(this.#words, CHANGES, changes, (changes + 1) | 0) !== changes) return;
    if (!this.#set.isEmpty) this.#set.wakeAll();
  }

  clear(): void {
    const changes = this.#changes;
    if (isOdd(changes)) Atomics.compareExchange(this.#words, CHANGES, changes, (changes + 1) | 0);
  }

  /**
   * Waits until the flag is set.
   *
   * @param options `timeout` in milliseconds (`0` only looks), or an object; `signal` ends the wait early.
   * @returns `true`, or `false` after `timeout`.
   * @throws `signal.reason` when aborted.
   */
  wait(options?: Wait): Promise<boolean> {
    return this.#wait(checkWait('Event.wait', options));
  }

  /** As {@link Event.wait}, but blocks the calling thread. */
  waitSync(options?: SyncWait): boolean {
    if (this.isSet()) return true;
    return this.#waitSync(checkSyncWait('Event.waitSync', options));
  }

  toString(): string {
    return `<Event ${this.isSet() ? 'set' : 'unset'}>`;
  }

  get #changes(): number {
    return Atomics.load(this.#words, CHANGES);
  }

  async #wait(wait: CheckedWait): Promise<boolean> {
    wait.signal?.throwIfAborted();
    const before = this.#changes;
    if (isOdd(before)) return true;
    return wait.deadline.expired ? false : this.#waiting.wait(() => this.#changes !== before, wait);
  }

  #waitSync(deadline: Deadline): boolean {
    const before = this.#changes;
    if (isOdd(before)) return true;
    return deadline.expired ? false : this.#waiting.waitSync(() => this.#changes !== before, deadline);
  }

  static {
    showAsText(Event.prototype);
    registerHandler<Event, BlockHandle>('synchronize.Event', Event, {
      home: import.meta.url,
      take: (event) => event.#block.send(),
      make: (handle) => reopen(handle, (block) => new Event(new Opened(block, undefined))),
    });
  }
}

function isOdd(changes: number): boolean {
  return (changes & 1) === 1;
}
