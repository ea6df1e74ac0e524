import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { EOFError } from '../base/errors.ts';
import { Finalize } from '../base/finalize.ts';
import { currentKeep } from '../reduction/loans.ts';
import { SharedBlock, type BlockHandle } from '../shared-memory/shared-block.ts';
import { Waiting, type Attempt } from '../shared-memory/waiting.ts';
import { WaitSet } from '../shared-memory/wait-set.ts';
import { codecFor, packForSocket, type Codec, type Trust } from './codec.ts';
import { Lane, WRITTEN } from './lane.ts';
import { LANE_WORDS } from './lane-layout.ts';
import { Encoder, type LaneMessage } from './lane-message.ts';
import { HOLDER_WORDS, type KeptPlace, PipeHolders } from './pipe-holders.ts';
import { NOTHING } from './received.ts';
import type { Transport } from './transport.ts';
import { watchSet, type Watch } from './waitable.ts';

/*
 * A pipe's shared memory:
 *
 *   words   0 …   the lane that end 0 writes     32 … the lane that end 1 writes
 *          64 …   holders of end 0              192 … holders of end 1
 *         320 …   who waits for messages in lane 0, for room in lane 0, and the same for lane 1
 */

const HOLDERS = 2 * LANE_WORDS;
const WAIT_SETS: number = HOLDERS + 2 * HOLDER_WORDS;
const WORDS: number = WAIT_SETS + 4 * WaitSet.WORDS;
/** Bytes under way in one direction before the sender waits; one message may be larger. */
const CAPACITY = 1 << 20;

type EndNumber = 0 | 1;

/** What a message says about an end of a pipe that it carries. */
export type PipeEndHandle = readonly [block: BlockHandle, end: EndNumber, rights: Rights, place?: KeptPlace];

/** What may be done with an end, and whom it leads to. */
interface Rights {
  readonly readable: boolean;
  readonly writable: boolean;
  /** Another than the program, when its other end is a relay to a socket. */
  readonly trust: Trust;
}

/** What all connection objects of a thread that mean the same pipe have in common. */
class PipeMemory {
  readonly block: SharedBlock;
  readonly lanes: readonly [Lane, Lane];
  readonly holders: readonly [PipeHolders, PipeHolders];
  readonly sets: readonly WaitSet[];
  /** For messages and for room, of lane 0, then of lane 1. */
  readonly waits: readonly Waiting[];

  private constructor(block: SharedBlock) {
    const { words } = block;
    const limits = { records: Infinity, weight: CAPACITY };
    this.block = block;
    this.lanes = [new Lane(block, 0, 0, limits), new Lane(block, LANE_WORDS, 1, limits)];
    this.holders = [new PipeHolders(words, HOLDERS), new PipeHolders(words, HOLDERS + HOLDER_WORDS)];
    this.sets = [0, 1, 2, 3].map((i) => new WaitSet(words, WAIT_SETS + i * WaitSet.WORDS));
    this.waits = this.sets.map((set, i) => {
      const isForRoom = (i & 1) === 1;
      const lane = this.lanes[i < 2 ? 0 : 1];
      const available = (): boolean => (isForRoom ? !lane.isFull(0) : !lane.isEmpty);
      // Who waits for messages of an end looks whether it still has holders; who waits for room, at the other end.
      const watched = this.holders[i < 2 === isForRoom ? 1 : 0];
      return new Waiting(set, { available, recheck: () => watched.forgetDead() && this.wakeAll() });
    });
  }

  static allocate(): PipeMemory {
    return PipeMemory.of(SharedBlock.allocate(4 * WORDS));
  }

  static readonly #known = new WeakMap<SharedBlock, PipeMemory>();

  static of(block: SharedBlock): PipeMemory {
    const known = PipeMemory.#known.get(block);
    if (known) return known;
    const made = new PipeMemory(block);
    PipeMemory.#known.set(block, made);
    return made;
  }

  wakeAll(): void {
    for (const set of this.sets) if (!set.isEmpty) set.wakeAll();
  }
}

/** One end of a pipe. */
export class PipeEnd implements Transport {
  readonly fd: number = -1;
  readonly codec: Codec;
  readonly #rights: Rights;
  readonly #memory: PipeMemory;
  readonly #end: EndNumber;
  readonly #out: Lane;
  readonly #in: Lane;
  readonly #far: PipeHolders;
  readonly #readers: WaitSet;
  readonly #writers: WaitSet;
  /** Those who wait as this end does. */
  readonly #awaited: WaitSet;
  readonly #messages: Waiting;
  readonly #room: Waiting;
  readonly #leave: Finalize;
  #isClosed = false;

  private constructor(memory: PipeMemory, end: EndNumber, rights: Rights, kept?: KeptPlace) {
    const far = end === 0 ? 1 : 0;
    const set = (index: number): WaitSet => memory.sets[index] as WaitSet; // 0 to 3
    const waiting = (index: number): Waiting => memory.waits[index] as Waiting; // 0 to 3
    this.#memory = memory;
    this.#end = end;
    this.#rights = rights;
    this.codec = codecFor(rights.trust);
    this.#out = memory.lanes[end];
    this.#in = memory.lanes[far];
    this.#far = memory.holders[far];
    this.#readers = set(2 * end);
    this.#writers = set(2 * far + 1);
    this.#awaited = set(2 * far);
    this.#messages = waiting(2 * far);
    this.#room = waiting(2 * end + 1);
    const holders = memory.holders[end];
    const place = holders.join(kept);
    const leave = (): void => {
      if (holders.leave(place)) memory.wakeAll();
    };
    // At exit too, so that the far end need not find out.
    this.#leave = new Finalize(leave, { object: this, priority: 0 });
  }

  /** Makes both ends of a new pipe. */
  static pair(duplex: boolean, trust: Trust = 'program'): [PipeEnd, PipeEnd] {
    const memory = PipeMemory.allocate();
    for (const holders of memory.holders) holders.lend();
    return [
      new PipeEnd(memory, 0, { readable: true, writable: duplex, trust }),
      new PipeEnd(memory, 1, { readable: duplex, writable: true, trust }),
    ];
  }

  static open([block, end, rights, place]: PipeEndHandle): PipeEnd {
    return new PipeEnd(PipeMemory.of(SharedBlock.open(block)), end, rights, place);
  }

  get readable(): boolean {
    return this.#rights.readable;
  }

  get writable(): boolean {
    return this.#rights.writable;
  }

  describe(): PipeEndHandle {
    const memory = this.#memory;
    const holders = memory.holders[this.#end];
    const keep = currentKeep();
    if (!keep) return [memory.block.sendHosted(holders.lend()), this.#end, this.#rights];
    const place = holders.lendKept();
    keep.onEnd(() => {
      if (holders.endKept(place)) memory.wakeAll();
    });
    return [memory.block.sendHosted(), this.#end, this.#rights, place];
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leave.run();
    this.#messages.nudge();
    this.#room.nudge();
  }

  encode(value: unknown): LaneMessage {
    const { trust } = this.#rights;
    if (trust === 'program') return Encoder.current().encode(value, 'the message');
    return this.encodeBytes(packForSocket(value, trust, 'the message'));
  }

  encodeBytes(bytes: Uint8Array): LaneMessage {
    return Encoder.current().encodeBytes(bytes);
  }

  keep(message: LaneMessage): LaneMessage {
    return Encoder.keep(message);
  }

  send(message: LaneMessage): boolean {
    if (this.#isClosed || this.#far.isEmpty) throw gone();
    if (this.#room.hasLine) return false;
    return this.#write(message);
  }

  async sendLater(message: LaneMessage, wait: CheckedWait): Promise<boolean> {
    const outcome: Outcome = {};
    const done = await this.#room.wait(this.#sendAttempt(message, outcome), wait);
    return conclude(done, outcome);
  }

  sendLaterSync(message: LaneMessage, deadline: Deadline): boolean {
    const outcome: Outcome = {};
    const done = this.#room.waitSync(this.#sendAttempt(message, outcome), deadline);
    return conclude(done, outcome);
  }

  take(asBytes: boolean, isBlocking: boolean): unknown {
    if (this.#isClosed) throw gone();
    if (this.#messages.hasLine) return NOTHING;
    return this.#read(asBytes, isBlocking);
  }

  async takeLater(asBytes: boolean, wait: CheckedWait): Promise<unknown> {
    const outcome: Outcome = {};
    const taking = this.#takeAttempt(asBytes, false, outcome);
    const done = this.#takeSoon(taking) || (await this.#messages.wait(taking, wait));
    return conclude(done, outcome) ? outcome.value : NOTHING;
  }

  takeLaterSync(asBytes: boolean, deadline: Deadline): unknown {
    const outcome: Outcome = {};
    const taking = this.#takeAttempt(asBytes, true, outcome);
    const done = this.#takeSoon(taking) || this.#messages.waitSync(taking, deadline);
    return conclude(done, outcome) ? outcome.value : NOTHING;
  }

  isReady(): boolean {
    return this.#isClosed || !this.#in.isEmpty || this.#far.isEmpty;
  }

  ready(wait: CheckedWait): Promise<boolean> {
    return this.#messages.wait(() => this.isReady(), wait);
  }

  readySync(deadline: Deadline): boolean {
    return this.#messages.waitSync(() => this.isReady(), deadline);
  }

  watch(): Watch {
    return watchSet(this.#awaited, this.#messages, {
      isReady: () => !this.#in.isEmpty,
      recheck: () => this.#far.forgetDead() && this.#memory.wakeAll(),
    });
  }

  #write(message: LaneMessage): boolean {
    if (this.#out.write(message) !== WRITTEN) return false;
    if (!this.#readers.isEmpty) this.#readers.wakeOne();
    return true;
  }

  #read(asBytes: boolean, isBlocking: boolean): unknown {
    // Asked first: what was sent before the far end went is still read.
    const isLast = this.#far.isEmpty;
    const value = this.#in.read(asBytes, isBlocking);
    if (value === NOTHING) {
      if (isLast) throw gone();
    } else if (!this.#writers.isEmpty) this.#writers.wakeOne();
    return value;
  }

  /** Looks on for a moment before the thread says that it waits, which costs both sides more. */
  #takeSoon(taking: Attempt): boolean {
    return !this.#messages.hasLine && this.#in.lookOn() && taking();
  }

  #sendAttempt(message: LaneMessage, outcome: Outcome): Attempt {
    return attempt(outcome, () => {
      if (this.#isClosed || this.#far.isEmpty) throw gone();
      return this.#write(message) || NOTHING;
    });
  }

  #takeAttempt(asBytes: boolean, isBlocking: boolean, outcome: Outcome): Attempt {
    return attempt(outcome, () => {
      if (this.#isClosed) throw gone();
      return this.#read(asBytes, isBlocking);
    });
  }
}

interface Outcome {
  value?: unknown;
  failure?: Error;
}

/** Tries until there is a value, or an error. */
function attempt(outcome: Outcome, work: () => unknown): Attempt {
  return () => {
    try {
      outcome.value = work();
    } catch (error) {
      // Only errors are thrown below.
      outcome.failure = error as Error;
      return true;
    }
    return outcome.value !== NOTHING;
  };
}

function conclude(done: boolean, { failure }: Outcome): boolean {
  // Made anew here, so that its stack shows who waited.
  if (failure instanceof EOFError) throw gone();
  if (failure) throw failure;
  return done;
}

function gone(): EOFError {
  return new EOFError('the connection is closed, or its far end was closed or died, and everything it sent was read');
}
