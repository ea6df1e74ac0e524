import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { QueueClosedError, QueueEmptyError, QueueFullError } from '../base/errors.ts';
import { CLOSED, FULL, Lane, WRITTEN, type WriteResult } from '../connection/lane.ts';
import { LANE_WORDS } from '../connection/lane-layout.ts';
import { discard, Encoder, type LaneMessage } from '../connection/lane-message.ts';
import { NOTHING } from '../connection/received.ts';
import { watchSet, type Watch } from '../connection/waitable.ts';
import { SharedBlock, type BlockHandle } from '../shared-memory/shared-block.ts';
import type { IsOver, QueueFace } from './queue-face.ts';
import { Waiting, type Attempt } from '../shared-memory/waiting.ts';
import { WaitSet } from '../shared-memory/wait-set.ts';

/*
 * A queue's shared memory:
 *
 *   words 0 …    the lane with its items
 *        32      maxsize; 0 = no limit
 *        33      tasks done, modulo 2^32: unfinished are the items written but for these
 *        48 …    who waits for items, for room, for the end of all tasks
 */

const MAX_SIZE = LANE_WORDS;
const DONE = LANE_WORDS + 1;
const WAIT_SETS = 48;
const WORDS: number = WAIT_SETS + 3 * WaitSet.WORDS;

/** What all queue objects of a thread that mean the same queue have in common. */
export class QueueCore implements QueueFace {
  readonly maxSize: number;
  readonly lane: Lane;
  readonly #block: SharedBlock;
  readonly #encoder = Encoder.current();
  readonly #getters: WaitSet;
  readonly #putters: WaitSet;
  readonly #joiners: WaitSet;
  readonly #gets: Waiting;
  readonly #puts: Waiting;
  readonly #joins: Waiting;

  private constructor(block: SharedBlock) {
    this.#block = block;
    this.maxSize = block.words[MAX_SIZE] ?? 0;
    this.lane = new Lane(block, 0, 0, { records: this.maxSize === 0 ? Infinity : this.maxSize, weight: Infinity });
    this.#getters = new WaitSet(block.words, WAIT_SETS);
    this.#putters = new WaitSet(block.words, WAIT_SETS + WaitSet.WORDS);
    this.#joiners = new WaitSet(block.words, WAIT_SETS + 2 * WaitSet.WORDS);
    this.#gets = new Waiting(this.#getters, { available: () => !this.lane.isEmpty });
    this.#puts = new Waiting(this.#putters, { available: () => !this.lane.isFull(0) });
    this.#joins = new Waiting(this.#joiners, { available: () => false }, 'all');
  }

  static create(maxSize: number): QueueCore {
    const block = SharedBlock.allocate(4 * WORDS);
    block.words[MAX_SIZE] = maxSize;
    return QueueCore.#of(block);
  }

  static open(handle: BlockHandle): QueueCore {
    return QueueCore.#of(SharedBlock.open(handle));
  }

  static readonly #cores = new WeakMap<SharedBlock, QueueCore>();

  static #of(block: SharedBlock): QueueCore {
    const known = QueueCore.#cores.get(block);
    if (known) return known;
    const made = new QueueCore(block);
    QueueCore.#cores.set(block, made);
    return made;
  }

  send(): BlockHandle {
    return this.#block.sendHosted();
  }

  /** Writes an item. @returns Whether it went at once; else what is to be handed to {@link putLater}. */
  put(item: unknown, deadline: Deadline, name: string): LaneMessage | undefined {
    const message = this.#encoder.encode(item, name);
    const result = this.#puts.hasLine ? FULL : this.#write(message);
    if (result === WRITTEN) return undefined;
    if (result === FULL && !deadline.expired) return Encoder.keep(message);
    discard(message);
    throw result === CLOSED ? shutDown() : full(this.maxSize);
  }

  /** Puts a message that was written already. @returns `false` when it would have to wait. */
  tryPut(message: LaneMessage): boolean {
    const result = this.#puts.hasLine ? FULL : this.#write(message);
    if (result !== WRITTEN) discard(message);
    if (result === CLOSED) throw shutDown();
    return result === WRITTEN;
  }

  async putLater(message: LaneMessage, wait: CheckedWait, isOver: IsOver): Promise<void> {
    const outcome: PutOutcome = { result: FULL };
    await settle(this.#puts.wait(this.#putAttempt(message, outcome, isOver), wait), message);
    this.#concludePut(message, outcome);
  }

  putLaterSync(message: LaneMessage, deadline: Deadline): void {
    const outcome: PutOutcome = { result: FULL };
    this.#puts.waitSync(
      this.#putAttempt(message, outcome, () => false),
      deadline,
    );
    this.#concludePut(message, outcome);
  }

  /** Takes the oldest item, as {@link Lane.read}. */
  take(isBlocking: boolean, asBytes: boolean = false): unknown {
    const taken = this.lane.read(asBytes, isBlocking);
    if (taken !== NOTHING && !this.#putters.isEmpty) this.#putters.wakeOne();
    return taken;
  }

  get size(): number {
    return this.lane.size;
  }

  get isEmpty(): boolean {
    return this.lane.isEmpty;
  }

  /** As {@link take}, but tasks of this thread that have waited for longer come first. */
  takeInTurn(asBytes: boolean = false): unknown {
    return this.#gets.hasLine ? NOTHING : this.take(false, asBytes);
  }

  /** Waits for an item. @returns {@link NOTHING} when no item will come any more. @throws QueueEmptyError */
  async takeLater(wait: CheckedWait, isOver: IsOver, asBytes: boolean = false): Promise<unknown> {
    const outcome: TakeOutcome = { value: NOTHING };
    const attempt = this.#takeAttempt(outcome, { isBlocking: false, asBytes }, isOver);
    if (!this.#gets.hasLine && this.lane.lookOn() && attempt()) return valueOf(outcome);
    if (wait.deadline.expired || !(await this.#gets.wait(attempt, wait))) {
      if (this.lane.isClosed && this.lane.isEmpty) return NOTHING;
      throw empty();
    }
    return valueOf(outcome);
  }

  takeLaterSync(deadline: Deadline): unknown {
    const outcome: TakeOutcome = { value: NOTHING };
    const attempt = this.#takeAttempt(outcome, { isBlocking: true, asBytes: false }, () => false);
    if (this.lane.lookOn() && attempt()) return valueOf(outcome);
    if (!this.#gets.waitSync(attempt, deadline)) throw empty();
    return valueOf(outcome);
  }

  /** Waits until there is an item, or none will come any more; takes nothing. */
  ready(wait: CheckedWait): Promise<boolean> {
    return this.#gets.wait(() => this.isReady, wait);
  }

  get isReady(): boolean {
    return !this.lane.isEmpty || this.lane.isClosed;
  }

  watch(): Watch {
    return watchSet(this.#getters, this.#gets, { isReady: () => !this.lane.isEmpty, recheck: () => {} });
  }

  /** @returns `false` when more tasks are reported than items were put. */
  taskDone(): boolean {
    const { words } = this.#block;
    for (;;) {
      const done = Atomics.load(words, DONE);
      if (this.lane.written === done) return false;
      if (Atomics.compareExchange(words, DONE, done, (done + 1) | 0) === done) break;
    }
    if (this.#isFinished && !this.#joiners.isEmpty) this.#joiners.wakeAll();
    return true;
  }

  async join(wait: CheckedWait): Promise<boolean> {
    return this.#isFinished || this.#joins.wait(() => this.#isFinished, wait);
  }

  joinSync(deadline: Deadline): boolean {
    return this.#isFinished || this.#joins.waitSync(() => this.#isFinished, deadline);
  }

  shutdown(immediate: boolean): void {
    this.lane.close();
    if (immediate) this.#drain();
    this.#getters.wakeAll();
    this.#putters.wakeAll();
    this.#joiners.wakeAll();
    this.nudge();
  }

  /** Has the waiting tasks of this thread look again. */
  nudge(): void {
    this.#gets.nudge();
    this.#puts.nudge();
  }

  get #isFinished(): boolean {
    return Atomics.load(this.#block.words, DONE) === this.lane.written;
  }

  #write(message: LaneMessage): WriteResult {
    const result = this.lane.write(message);
    if (result === WRITTEN && !this.#getters.isEmpty) this.#getters.wakeOne();
    return result;
  }

  #putAttempt(message: LaneMessage, outcome: PutOutcome, isOver: IsOver): Attempt {
    return () => {
      try {
        outcome.result = isOver() ? CLOSED : this.#write(message);
      } catch (error) {
        outcome.failure = error;
        return true;
      }
      return outcome.result !== FULL;
    };
  }

  #concludePut(message: LaneMessage, { result, failure }: PutOutcome): void {
    if (result === WRITTEN && failure === undefined) return;
    discard(message);
    if (failure !== undefined) throw failure;
    throw result === CLOSED ? shutDown() : full(this.maxSize);
  }

  #takeAttempt(outcome: TakeOutcome, { isBlocking, asBytes }: TakeHow, isOver: IsOver): Attempt {
    return () => {
      // Asked first: what was put before the end is still handed out.
      const isLast = this.lane.isClosed || isOver();
      try {
        if (!isOver()) outcome.value = this.take(isBlocking, asBytes);
      } catch (error) {
        outcome.failure = error;
        return true;
      }
      return outcome.value !== NOTHING || isLast;
    };
  }

  #drain(): void {
    while (this.lane.drop());
    Atomics.store(this.#block.words, DONE, this.lane.written);
  }
}

interface PutOutcome {
  result: WriteResult;
  failure?: unknown;
}

interface TakeHow {
  readonly isBlocking: boolean;
  readonly asBytes: boolean;
}

interface TakeOutcome {
  value: unknown;
  failure?: unknown;
}

function valueOf({ value, failure }: TakeOutcome): unknown {
  if (failure !== undefined) throw failure;
  return value;
}

/** Frees the memory of a message whose wait was aborted. */
async function settle(waiting: Promise<boolean>, message: LaneMessage): Promise<void> {
  try {
    await waiting;
  } catch (error) {
    discard(message);
    throw error;
  }
}

export function empty(): QueueEmptyError {
  return new QueueEmptyError('the queue had no item in time');
}

export function full(maxSize: number): QueueFullError {
  return new QueueFullError(`the queue had no room in time: it holds ${maxSize} items at most`);
}

/** For puts, and for gets when everything was taken. */
export function shutDown(): QueueClosedError {
  return new QueueClosedError('the queue was shut down or closed: nothing can be put, and everything was taken');
}
