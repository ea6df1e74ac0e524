import type { Addon, MappedRegion } from '#internal/native/contract.js';

const STATE = 0;
const EVENTS = 1;
const PID = 2;
const PIPE = 3;
const INODE = 4;
const READY = 5;
const TURN = 6;
const WAKER = 7;
const WORDS = 8;

/** One event loop that others wake, as the words of a test's region describe it. */
export class Participant {
  readonly #addon: Addon;
  readonly #region: MappedRegion;
  readonly #words: Int32Array;
  readonly #base: number;
  #pipe = -1;

  constructor(addon: Addon, region: MappedRegion, index: number) {
    this.#addon = addon;
    this.#region = region;
    this.#words = new Int32Array(region.buffer);
    this.#base = index * WORDS;
  }

  /** Makes this thread the participant. */
  open(onEvents: () => void): void {
    const pipe = this.#addon.openParker(
      this.#region.map,
      this.#base + STATE,
      this.#base + EVENTS,
      this.#base + WAKER,
      onEvents,
    );
    this.#words[this.#base + PID] = process.pid;
    this.#words[this.#base + PIPE] = pipe.pipeFd;
    this.#words[this.#base + INODE] = pipe.inode;
    Atomics.store(this.#words, this.#base + READY, 1);
  }

  get isReady(): boolean {
    return Atomics.load(this.#words, this.#base + READY) === 1;
  }

  /** What a waker leaves here; the test's "data". */
  get turn(): number {
    return Atomics.load(this.#words, this.#base + TURN);
  }

  get state(): number {
    return Atomics.load(this.#words, this.#base + STATE);
  }

  /** Publishes `turn` and wakes the participant by the protocol, whatever it does. */
  send(turn: number): void {
    const words = this.#words;
    const state = this.#base + STATE;
    Atomics.store(words, this.#base + TURN, turn);
    Atomics.add(words, this.#base + EVENTS, 1);
    if (Atomics.compareExchange(words, state, 1, 0) === 1) this.#addon.ring(this.#openPipe());
    else if (Atomics.compareExchange(words, state, 2, 0) === 2)
      this.#addon.wakeParker(this.#region.map, state, this.#base + WAKER);
  }

  /** Gives the descriptor for ringing back. */
  forget(): void {
    if (this.#pipe >= 0) this.#addon.closeFd(this.#pipe);
    this.#pipe = -1;
  }

  #openPipe(): number {
    const read = (word: number): number => this.#words[this.#base + word] ?? -1;
    if (this.#pipe < 0) this.#pipe = this.#addon.openPipe(read(PID), read(PIPE), read(INODE));
    return this.#pipe;
  }
}
