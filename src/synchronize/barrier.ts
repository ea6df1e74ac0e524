import { type CheckedWait, checkSyncWait, checkWait, Deadline } from '../base/deadline.ts';
import { BrokenBarrierError } from '../base/errors.ts';
import { checkFunction, checkInteger, checkOptions, checkTimeout } from '../base/options.ts';
import { showAsText } from '../base/show.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { registerHandler } from '../reduction/handlers.ts';
import { Mutex } from '../shared-memory/mutex.ts';
import { Parker } from '../shared-memory/parker.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import { Opened, remember, reopen } from './opened.ts';
import { FIRST_OUTCOME, Sleepers } from './sleepers.ts';

/*
 *   mutex     guards all that follows; held for some instructions only, never while code of the user's runs
 *   parties, status, pass (counts them), actor (participant that runs the action)
 *   sleepers  those who wait; the ticket of each is the pass that it waits for
 *
 * Each waiter is told its own outcome, so one that is slow to wake never takes a later pass for its own.
 */

const PARTIES = Mutex.WORDS;
const STATUS = PARTIES + 1;
const PASS = PARTIES + 2;
const ACTOR = PARTIES + 3;
const SLEEPERS = PARTIES + 4;
/** Room for those who come again before others of the last pass have woken. */
const LATE = 64;
const MOST = 4096;
const LAST_PASS = 2 ** 31 - 1;
/** Milliseconds between two looks of one that waits for the end of the action. */
const LOOK_MS = 50;

/** Values of `STATUS`. */
const FILLING = 0;
const ACTING = 1;
const BROKEN = 2;

/** Outcomes. */
const PASSED = FIRST_OUTCOME;
const FAILED = FIRST_OUTCOME + 1;
const AGAIN = FIRST_OUTCOME + 2;
/** Ticket of those who came while the action of a pass ran that they are not part of. */
const AT_THE_DOOR = -1;

/** Options of {@link Barrier}. */
export interface BarrierOptions {
  /** Run once in each pass, by one of the parties, before any of them goes on. It is sent along with the barrier. */
  readonly action?: (() => unknown) | undefined;
  /** Milliseconds that each wait takes at most, unless it says otherwise. */
  readonly timeout?: number | undefined;
}

/**
 * A place where a number of processes, threads or tasks wait for each other.
 *
 * Sendable in any message; the copy is the same barrier. When one of the parties times out, dies or fails in the action, the
 * barrier breaks: all get a `BrokenBarrierError` until somebody calls {@link Barrier.reset}.
 *
 * @see Python `multiprocessing.Barrier`
 *
 * @example
 * ```ts
 * const barrier = new Barrier(3);
 * const first = (await barrier.wait()) === 0;
 * ```
 */
export class Barrier {
  readonly #block: SharedBlock;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #mutex: Mutex;
  readonly #sleepers: Sleepers;
  readonly #options: BarrierOptions;

  /**
   * @param parties How many must come; an integer from 1 to 4096.
   * @throws RangeError, TypeError for wrong arguments.
   */
  constructor(parties: number | Opened<BarrierOptions>, options: BarrierOptions = {}) {
    const isOpened = parties instanceof Opened;
    if (!isOpened) {
      checkInteger('Barrier', 'parties', parties, 1, MOST);
      checkOptions('Barrier', options, ['action', 'timeout']);
      checkTimeout('Barrier', options.timeout);
      if (options.action !== undefined) checkFunction('Barrier', 'action', options.action);
    }
    this.#options = isOpened ? parties.extra : options;
    this.#block = isOpened ? parties.block : SharedBlock.allocate((SLEEPERS + Sleepers.words(2 * parties + LATE)) * 4);
    this.#words = this.#block.words;
    if (!isOpened) this.#words[PARTIES] = parties;
    this.#mutex = new Mutex(this.#words);
    this.#sleepers = new Sleepers(this.#words, SLEEPERS, 2 * this.parties + LATE, () => this.#look());
    remember(this.#block, this);
  }

  /** How many must come. */
  get parties(): number {
    return this.#load(PARTIES);
  }

  /** How many wait now. */
  get nWaiting(): number {
    return this.#load(STATUS) === FILLING ? this.#sleepers.count(this.#load(PASS)) : 0;
  }

  /** Whether it is broken: every wait fails until {@link Barrier.reset}. */
  get broken(): boolean {
    return this.#load(STATUS) === BROKEN;
  }

  toString(): string {
    return `<Barrier parties=${this.parties} ${this.broken ? 'broken' : `waiting=${this.nWaiting}`}>`;
  }

  /**
   * Waits until all parties have come.
   *
   * @param options `timeout` in milliseconds (by default the barrier's own), or an object. An aborted `signal` takes this party
   *   back and leaves the others waiting.
   * @returns Which one came: 0 for the first, `parties - 1` for the last.
   * @throws BrokenBarrierError when the barrier is or gets broken, also by this wait's timeout; what the action throws, in
   *   the party that runs it; `signal.reason`.
   */
  wait(options?: Wait): Promise<number> {
    const { deadline, signal } = checkWait('Barrier.wait', options);
    return this.#wait({ deadline: this.#orOwn(deadline), signal });
  }

  /** As {@link Barrier.wait}, but blocks the calling thread. An asynchronous action is started and not waited for. */
  waitSync(options?: SyncWait): number {
    const deadline = this.#orOwn(checkSyncWait('Barrier.waitSync', options));
    for (;;) {
      const place = this.#enter();
      if (place.isActor) {
        this.#act(place);
        return place.index;
      }
      if (place.entry < 0) return place.index;
      this.#sleepers.sleepSync(place.entry, deadline);
      while (this.#mustStay(place)) this.#sleepers.sleepSync(place.entry, Deadline.after(LOOK_MS));
      const index = this.#leave(place);
      if (index >= 0) return index;
    }
  }

  /** Starts anew: those who wait get a `BrokenBarrierError`; a broken barrier works again. */
  reset(): void {
    this.#locked(() => {
      Atomics.store(this.#words, PASS, (this.#load(PASS) + 1) & LAST_PASS);
      Atomics.store(this.#words, STATUS, FILLING);
      this.#sleepers.tellAll(FAILED);
    });
  }

  /** Breaks the barrier: those who wait, and all who come, get a `BrokenBarrierError`. */
  abort(): void {
    this.#locked(() => this.#break());
  }

  /** The barrier's own time-out counts where the wait has none. */
  #orOwn(deadline: Deadline): Deadline {
    return deadline.unlimited ? Deadline.after(this.#options.timeout) : deadline;
  }

  async #wait(wait: CheckedWait): Promise<number> {
    wait.signal?.throwIfAborted();
    for (;;) {
      const place = this.#enter();
      if (place.isActor) {
        await this.#actLater(place);
        return place.index;
      }
      if (place.entry < 0) return place.index;
      try {
        await this.#sleepers.sleep(place.entry, wait);
      } catch (reason) {
        if (this.#withdraw(place)) throw reason;
      }
      while (this.#mustStay(place))
        await this.#sleepers.sleep(place.entry, { deadline: Deadline.after(LOOK_MS), signal: undefined });
      const index = this.#leave(place);
      if (index >= 0) return index;
    }
  }

  /** Takes a place, or ends the pass if it was the last one. @throws BrokenBarrierError */
  #enter(): Place {
    return this.#locked(() => {
      const status = this.#load(STATUS);
      if (status === BROKEN) throw broken('it is broken; call reset() to use it again');
      const pass = this.#load(PASS);
      if (status === ACTING) return { entry: this.#sleepers.add(AT_THE_DOOR), index: -1, pass, isActor: false };
      const index = this.#sleepers.count(pass);
      if (index + 1 < this.parties) return { entry: this.#sleepers.add(pass), index, pass, isActor: false };
      const isActor = this.#options.action !== undefined;
      if (isActor) {
        Atomics.store(this.#words, ACTOR, Parker.current().id);
        Atomics.store(this.#words, STATUS, ACTING);
      } else {
        this.#endPass(pass);
      }
      return { entry: -1, index, pass, isActor };
    });
  }

  #act(place: Place): void {
    try {
      this.#options.action?.();
    } catch (error) {
      this.#failed(place);
      throw error;
    }
    this.#acted(place);
  }

  async #actLater(place: Place): Promise<void> {
    try {
      await this.#options.action?.();
    } catch (error) {
      this.#failed(place);
      throw error;
    }
    this.#acted(place);
  }

  #failed({ pass }: Place): void {
    this.#locked(() => {
      if (this.#load(PASS) === pass) this.#break();
    });
  }

  #acted({ pass }: Place): void {
    const isDone = this.#locked(() => {
      if (this.#load(PASS) !== pass || this.#load(STATUS) !== ACTING) return false;
      this.#endPass(pass);
      return true;
    });
    if (!isDone) throw broken('it was reset or aborted while its action ran');
  }

  #endPass(pass: number): void {
    this.#sleepers.tellAll(PASSED, pass);
    Atomics.store(this.#words, PASS, (pass + 1) & LAST_PASS);
    Atomics.store(this.#words, STATUS, FILLING);
    this.#sleepers.tellAll(AGAIN, AT_THE_DOOR);
  }

  /** Whether one whose time is over has to wait for an action that runs already: then all have come. */
  #mustStay({ entry }: Place): boolean {
    return this.#sleepers.outcome(entry) < FIRST_OUTCOME && this.#load(STATUS) === ACTING;
  }

  /** Takes back a place that was not told anything yet. */
  #withdraw({ entry }: Place): boolean {
    return this.#locked(() => {
      if (this.#load(STATUS) === ACTING || this.#sleepers.outcome(entry) >= FIRST_OUTCOME) return false;
      this.#sleepers.remove(entry);
      return true;
    });
  }

  /** @returns The party's number, or -1 to come again. @throws BrokenBarrierError */
  #leave({ entry, index }: Place): number {
    return this.#locked(() => {
      const outcome = this.#sleepers.remove(entry);
      if (outcome === PASSED) return index;
      if (outcome === AGAIN) return -1;
      if (outcome === FAILED) throw broken('another party timed out, died, or broke or reset it');
      this.#break();
      throw broken('the other parties did not come in time');
    });
  }

  #break(): void {
    Atomics.store(this.#words, STATUS, BROKEN);
    this.#sleepers.tellAll(FAILED);
  }

  /** Breaks the barrier when one of those who wait, or who runs the action, has died: they would never come. */
  #look(): void {
    this.#locked(() => {
      const isSleeperDead = this.#sleepers.bury().includes(0);
      const isActorDead = this.#load(STATUS) === ACTING && !Parker.current().registry.isAlive(this.#load(ACTOR));
      if (isSleeperDead || isActorDead) this.#break();
    });
  }

  #locked<R>(work: () => R): R {
    this.#mutex.acquireSync(Deadline.never);
    try {
      if (this.#mutex.ownerDied) {
        // One died in the middle of a change: nobody can tell who has come.
        this.#mutex.markConsistent();
        this.#break();
      }
      return work();
    } finally {
      this.#mutex.release();
    }
  }

  #load(word: number): number {
    return Atomics.load(this.#words, word);
  }

  static {
    showAsText(this.prototype);
    registerHandler<Barrier, Parts>('synchronize.Barrier', Barrier, {
      home: import.meta.url,
      take: (barrier) => ({ handle: barrier.#block.send(), ...barrier.#options }),
      make: ({ handle, ...options }) => reopen(handle, (block) => new Barrier(new Opened(block, options))),
    });
  }
}

interface Parts extends BarrierOptions {
  readonly handle: BlockHandle;
}

interface Place {
  /** Entry among the sleepers; -1 for the last one, who does not sleep. */
  readonly entry: number;
  readonly index: number;
  readonly pass: number;
  /** Whether it runs the action. */
  readonly isActor: boolean;
}

function broken(why: string): BrokenBarrierError {
  return new BrokenBarrierError(`Barrier: ${why}`);
}
