import { sharedState } from '../base/globals.ts';
import type { Deadline } from '../base/deadline.ts';
import { native } from '../native/addon.ts';
import { EVENTS, Registry, STATE, WAKER } from './registry.ts';

/** The thread that started this one, or this process. */
function creator(): { id: number } {
  return sharedState('shared-memory.creator.1', () => ({ id: 0 }));
}

/** Called once by the first file of a child, before it shares anything. @param id Participant. */
export function setCreator(id: number): void {
  creator().id = id;
}

/** Looks for published work and takes it. Never runs user code: it may be called while the thread blocks. */
export type Poller = () => void;

/**
 * Microseconds that a thread looks on at most before it sleeps; it learns how long is worth it. To wake another core costs
 * some 50 where that core has gone to sleep.
 */
const SPIN_MICROS = 80;
const LONGEST_SLEEP_MS = 50;

/**
 * How the calling thread sleeps until somebody has something for it, in its event loop or blocking.
 *
 * Whoever publishes calls {@link Registry.wake} with this thread's {@link Parker.id}; every registered poller then looks
 * at its own source. A wake-up may be for somebody else's sake, and several may come as one.
 */
export class Parker {
  /** Participant id of this thread in the program. */
  readonly id: number;
  readonly registry: Registry;
  readonly #slot: number;
  readonly #pollers = new Set<Poller>();
  #holds = 0;
  #blocking = 0;

  private constructor() {
    this.registry = Registry.current();
    this.#slot = this.registry.claim(creator().id);
    const { pipeFd, inode } = native().openParker(
      this.registry.heap.map,
      this.#slot + STATE,
      this.#slot + EVENTS,
      this.#slot + WAKER,
      () => this.poll(),
    );
    this.id = this.registry.announce(this.#slot, pipeFd, inode);
    native().unrefParker();
    native().spinParker(SPIN_MICROS);
  }

  /** The parker of the calling thread; made at first use. */
  static current(): Parker {
    return sharedState('shared-memory.parker.1', () => new Parker());
  }

  add(poller: Poller): void {
    this.#pollers.add(poller);
  }

  delete(poller: Poller): void {
    this.#pollers.delete(poller);
  }

  /** From now on this thread's event loop stays alive to wait, until as many {@link release} as holds. */
  hold(): void {
    if (this.#holds++ === 0) native().refParker();
  }

  release(): void {
    if (--this.#holds === 0) native().unrefParker();
  }

  /** Whether the thread blocks in {@link wait}: no events come, and user code must not run. */
  get isBlocking(): boolean {
    return this.#blocking > 0;
  }

  poll(): void {
    for (const poller of this.#pollers) poller();
  }

  /**
   * Blocks the calling thread until `done` says so.
   *
   * The pollers go on running, so whoever depends on this thread to take something is not held up.
   *
   * @returns `false` when `deadline` passed first.
   */
  wait(done: () => boolean, deadline: Deadline): boolean {
    this.#blocking++;
    try {
      while (!this.#look(done)) {
        if (deadline.expired) return false;
        this.#sleep(deadline);
      }
      return true;
    } finally {
      this.#blocking--;
    }
  }

  /** Takes what has come; what comes later ends the sleep that follows at once. */
  #look(done: () => boolean): boolean {
    this.poll();
    return done();
  }

  #sleep(deadline: Deadline): void {
    // A child that ends is no event that wakes a blocked thread, so it looks around now and then.
    native().blockParker(Math.min(deadline.remaining(), LONGEST_SLEEP_MS));
  }
}
