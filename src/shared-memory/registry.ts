import { LimitError } from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';
import { native } from '../native/addon.ts';
import { sharesMemory } from '../native/load.ts';
import { ProgramHeap } from './program-heap.ts';

/*
 * The registry of a program: the first half of its shared heap's first chunk, with a slot for each thread that takes part.
 * Whoever has to wake a thread, or to know whether it still lives, needs its participant id only.
 *
 * The first word of its header counts what processes that share no memory with this one have started.
 *
 *   slot (64 bytes)  0 state   1 events   2 claim   3 thread id   4 pipe fd   5 generation   6 parent
 *                    7 children
 *                    8-9 start time of the thread   10-11 inode of the pipe   12 processor of the last waker of 0
 *
 * `claim` is the process id of the holder, 0 when free. A participant id is the slot's index plus its generation, so that
 * the id of a dead thread never means its successor; it is never 0.
 */

/** Most threads that one program can have. */
export const SLOTS = 4096;
const SLOT_WORDS = 16;
const HEADER_WORDS = 16;
const ELSEWHERE = 0;
const INDEX_BITS = 12;
const GENERATION_MASK = 0x7ffff;

export const STATE = 0;
export const EVENTS = 1;
const CLAIM = 2;
const THREAD = 3;
const PIPE = 4;
const GENERATION = 5;
const PARENT = 6;
const CHILDREN = 7;
export const WAKER = 12;
const START_TIME = 4;
const INODE = 5;

/** Awake; asleep in the event loop; asleep on the state word. */
export const AWAKE = 0;
export const IN_LOOP = 1;
export const IN_FUTEX = 2;

/** The program's table of threads, as this thread sees it. */
export class Registry {
  /** The heap that it lies in; slots are counted in words from its start. */
  readonly heap: ProgramHeap;
  readonly words: Int32Array<ArrayBuffer>;
  readonly #doubles: Float64Array<ArrayBuffer>;
  /** Whether the first who wakes a thread says so in its slot, and the others need not ring. */
  readonly #ringsOnce = sharesMemory();
  /** Pipes of others, opened once: participant id to descriptor. */
  readonly #pipes = new Map<number, number>();
  /** This thread's own slot and pipe: callbacks of its event loop run while the slot says that it sleeps. */
  #own = { slot: -1, pipe: -1 };

  private constructor(heap: ProgramHeap) {
    this.heap = heap;
    const { bytes, words } = heap.chunk(0);
    this.words = words;
    this.#doubles = new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8);
  }

  /** The registry of this program. */
  static current(): Registry {
    return sharedState('shared-memory.registry.1', () => new Registry(ProgramHeap.current()));
  }

  /**
   * Takes a free slot for the calling thread and returns its first word.
   *
   * @param parent Participant that started this thread or its process; 0 when none did.
   */
  claim(parent: number): number {
    const first = process.pid % SLOTS;
    for (let i = 0; i < SLOTS; i++) {
      const slot = HEADER_WORDS + ((first + i) % SLOTS) * SLOT_WORDS;
      if (Atomics.compareExchange(this.words, slot + CLAIM, 0, process.pid) !== 0) continue;
      Atomics.store(this.words, slot + STATE, AWAKE);
      Atomics.compareExchange(this.words, slot + GENERATION, 0, 1);
      Atomics.store(this.words, slot + PARENT, parent);
      Atomics.store(this.words, slot + CHILDREN, 0);
      const thread = native().threadId();
      Atomics.store(this.words, slot + THREAD, thread);
      this.#doubles[slot / 2 + START_TIME] = native().startTime(thread);
      return slot;
    }
    throw new LimitError(
      `expected at most ${SLOTS} threads of all processes of this program to use manycore; end some first`,
    );
  }

  /** Publishes the pipe that wakes the holder of `slot`, and gives the id under which others know it. */
  announce(slot: number, pipeFd: number, inode: number): number {
    this.#doubles[slot / 2 + INODE] = inode;
    Atomics.store(this.words, slot + PIPE, pipeFd);
    this.#own = { slot, pipe: pipeFd };
    return this.#idOf(slot);
  }

  /** Gives a slot back; its id means nobody from now on. */
  release(slot: number): void {
    Atomics.store(this.words, slot + PIPE, 0);
    Atomics.store(this.words, slot + STATE, AWAKE);
    // The next holder must not be taken for a child of this one's parent before it has said whose child it is.
    Atomics.store(this.words, slot + PARENT, 0);
    const generation = (Atomics.load(this.words, slot + GENERATION) & GENERATION_MASK) + 1;
    Atomics.store(this.words, slot + GENERATION, generation > GENERATION_MASK ? 1 : generation);
    Atomics.store(this.words, slot + CLAIM, 0);
  }

  /** Ids of all threads of a process. */
  participantsOf(pid: number): number[] {
    return this.#slots((slot) => Atomics.load(this.words, slot + CLAIM) === pid).map((slot) => this.#idOf(slot));
  }

  /** Ids of the threads that one of these has started, in its own process or as the first of another. */
  childrenOf(ids: ReadonlySet<number>): number[] {
    const isChild = (slot: number): boolean =>
      ids.has(Atomics.load(this.words, slot + PARENT)) && Atomics.load(this.words, slot + CLAIM) !== 0;
    return this.#slots(isChild).map((slot) => this.#idOf(slot));
  }

  /** Tells how many processes and threads this thread has started that have not ended. */
  noteChildren(count: number): void {
    if (this.#own.slot >= 0) Atomics.store(this.words, this.#own.slot + CHILDREN, count);
  }

  /** Counts what was started, or has ended, in processes that share no memory with this one. */
  noteElsewhere(change: number): void {
    Atomics.add(this.words, ELSEWHERE, change);
  }

  /** How many processes and threads live that were started by those which somebody of this program had started. */
  descendants(): number {
    let count = Atomics.load(this.words, ELSEWHERE);
    for (let slot = HEADER_WORDS; slot < HEADER_WORDS + SLOTS * SLOT_WORDS; slot += SLOT_WORDS) {
      const isChild = Atomics.load(this.words, slot + CLAIM) !== 0 && Atomics.load(this.words, slot + PARENT) !== 0;
      if (isChild) count += Atomics.load(this.words, slot + CHILDREN);
    }
    return count;
  }

  /** Gives the slot of a participant back. */
  releaseId(id: number): void {
    const slot = this.#slotOf(id);
    if (slot >= 0) this.release(slot);
    this.#forgetDead();
  }

  /**
   * Tells a thread that something was published for it. No system call unless it sleeps.
   *
   * A thread that is gone is nobody to wake: nothing happens.
   */
  wake(id: number): void {
    const slot = this.#slotOf(id);
    if (slot < 0) return;
    const words = this.words;
    Atomics.add(words, slot + EVENTS, 1);
    const state = Atomics.load(words, slot + STATE);
    // A thread that is ended between its word and its ring would leave the sleeper deaf for ever. With the addon each turn of the
    // sleeper's event loop looks by itself; without it only a ring makes it look, so everybody rings, which is no system call there.
    if (state === IN_LOOP && !this.#ringsOnce) return this.#ring(id, slot);
    if (state === AWAKE || Atomics.compareExchange(words, slot + STATE, state, AWAKE) !== state) return;
    if (state === IN_FUTEX) native().wakeParker(this.heap.map, slot + STATE, slot + WAKER);
    else this.#ring(id, slot);
  }

  /** Opens what {@link Registry.wake} needs for a thread that sleeps in its event loop. */
  prepareWake(id: number): void {
    const slot = this.#slotOf(id);
    if (slot >= 0 && slot !== this.#own.slot && !this.#pipes.has(id)) this.#open(id, slot);
  }

  /** Id of the thread that holds the slot with this index (the low bits of an id) now; 0 for none. Costs two loads. */
  occupant(index: number): number {
    const slot = HEADER_WORDS + index * SLOT_WORDS;
    return Atomics.load(this.words, slot + CLAIM) === 0 ? 0 : this.#idOf(slot);
  }

  /** Whether the thread of `id` still runs. Reads `/proc`: not for hot ways. */
  isAlive(id: number): boolean {
    const slot = this.#slotOf(id);
    if (slot < 0) return false;
    // The kernel counts threads and processes with the same numbers, and tells of both alike.
    return native().isAlive(Atomics.load(this.words, slot + THREAD), this.#doubles[slot / 2 + START_TIME] ?? 0);
  }

  /** Process of a participant, or 0 when it is gone. */
  pidOf(id: number): number {
    const slot = this.#slotOf(id);
    return slot < 0 ? 0 : Atomics.load(this.words, slot + CLAIM);
  }

  #ring(id: number, slot: number): void {
    const fd = slot === this.#own.slot ? this.#own.pipe : (this.#pipes.get(id) ?? this.#open(id, slot));
    if (fd !== undefined) native().ring(fd);
  }

  /** @returns Nothing when its holder ended between the look at its slot and here: nobody to wake. */
  #open(id: number, slot: number): number | undefined {
    this.#forgetDead();
    for (;;) {
      const pid = Atomics.load(this.words, slot + CLAIM);
      try {
        const fd = native().openPipe(pid, Atomics.load(this.words, slot + PIPE), this.#doubles[slot / 2 + INODE] ?? 0);
        this.#pipes.set(id, fd);
        return fd;
      } catch (error) {
        if (!isOutOfDescriptors(error) || !this.#closeOne()) return undefined;
      }
    }
  }

  /** Makes room for another pipe. @returns Whether there was one to close. */
  #closeOne(): boolean {
    for (const [id, fd] of this.#pipes) {
      native().closeFd(fd);
      this.#pipes.delete(id);
      return true;
    }
    return false;
  }

  /** Closes the pipes of threads that are gone. */
  #forgetDead(): void {
    for (const [id, fd] of this.#pipes) {
      if (this.#slotOf(id) >= 0) continue;
      native().closeFd(fd);
      this.#pipes.delete(id);
    }
  }

  #slots(wanted: (slot: number) => boolean): number[] {
    const found: number[] = [];
    for (let i = 0; i < SLOTS; i++) {
      const slot = HEADER_WORDS + i * SLOT_WORDS;
      if (wanted(slot)) found.push(slot);
    }
    return found;
  }

  #idOf(slot: number): number {
    const generation = Atomics.load(this.words, slot + GENERATION) & GENERATION_MASK;
    return (generation << INDEX_BITS) | ((slot - HEADER_WORDS) / SLOT_WORDS);
  }

  /** First word of the slot, or -1 when the id is of one that is gone. */
  #slotOf(id: number): number {
    const slot = HEADER_WORDS + (id & (SLOTS - 1)) * SLOT_WORDS;
    const generation = Atomics.load(this.words, slot + GENERATION) & GENERATION_MASK;
    return generation === id >>> INDEX_BITS && Atomics.load(this.words, slot + CLAIM) !== 0 ? slot : -1;
  }
}

function isOutOfDescriptors(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE');
}
