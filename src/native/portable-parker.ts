import { AsyncResource } from 'node:async_hooks';

/** As the registry has them. */
const AWAKE = 0;
const IN_LOOP = 1;
const IN_FUTEX = 2;
/** An interval that only keeps the event loop alive. */
const NEVER_MS = 2 ** 31 - 1;

export interface PortableParkerOptions {
  readonly stateWord: number;
  readonly eventsWord: number;
  readonly onEvents: () => void;
}

/**
 * How a thread sleeps without the addon: in its event loop by `Atomics.waitAsync` on the word of its events, blocking by
 * `Atomics.wait` on the word of its state. See `Addon.openParker` for what wakers do, but that nobody else ever takes `IN_LOOP` away:
 * whoever did and was ended before it rang would leave this thread asleep, with a word that tells all others not to ring.
 */
export class PortableParker {
  readonly #words: Int32Array;
  readonly #options: PortableParkerOptions;
  readonly #alive: NodeJS.Timeout;
  /** Events that were looked at. */
  #seen = 0;
  /** Whether a waiter hangs on the word of events: it stays until somebody rings, also while the thread blocks. */
  #isWaiting = false;
  #isScheduled = false;
  #isClosed = false;

  constructor(words: Int32Array, options: PortableParkerOptions) {
    this.#words = words;
    this.#options = options;
    this.#alive = setInterval(() => {}, NEVER_MS).unref();
    this.#schedule();
  }

  ref(): void {
    this.#alive.ref();
  }

  unref(): void {
    this.#alive.unref();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#alive);
    this.#state = AWAKE;
  }

  /** @returns Whether an event came, now or since the last look. */
  block(timeoutMs: number): boolean {
    const { stateWord } = this.#options;
    const seen = this.#seen;
    this.#state = IN_FUTEX;
    if (this.#events === seen) {
      Atomics.wait(this.#words, stateWord, IN_FUTEX, timeoutMs < 0 ? Infinity : timeoutMs);
    }
    this.#state = AWAKE;
    this.#seen = this.#events;
    // The event loop must look as well, and sleep as it did.
    this.#schedule();
    return this.#seen !== seen;
  }

  /** Bound: what was going on when the thread went to sleep has nothing to do with what wakes it. */
  readonly #run = AsyncResource.bind((): void => {
    this.#isScheduled = false;
    if (this.#isClosed) return;
    this.#state = AWAKE;
    this.#seen = this.#events;
    try {
      this.#options.onEvents();
    } finally {
      this.#sleep();
    }
  });

  #sleep(): void {
    this.#state = IN_LOOP;
    if (this.#events !== this.#seen) this.#schedule();
    else if (!this.#isWaiting) this.#wait();
  }

  #wait(): void {
    const { async, value } = Atomics.waitAsync(this.#words, this.#options.eventsWord, this.#seen);
    if (!async) {
      this.#schedule();
      return;
    }
    this.#isWaiting = true;
    void value.then(() => {
      this.#isWaiting = false;
      // Not within the promise: what `onEvents` throws is an uncaught exception.
      if (!this.#isScheduled) queueMicrotask(this.#run);
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#run);
  }

  get #events(): number {
    return Atomics.load(this.#words, this.#options.eventsWord);
  }

  set #state(state: number) {
    Atomics.store(this.#words, this.#options.stateWord, state);
  }
}
