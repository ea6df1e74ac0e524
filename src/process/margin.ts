/*
 * The margin of a channel: what parent and child note about the child, beside the messages. It is readable after the
 * child's death.
 *
 *   words  0 bytes of the error stream (`stderr-tail.ts`)   1 how a thread ended   2 signals that a thread handles, bit N
 *          3 stage of a spare process   4 whether a module that it was to load failed
 *          6 process id of a child whose relay started it, -1 when that failed   7 whether it runs, 8 bytes of its error stream that left it
 *          5 whether a thread loads no module, or -N when signal N is to end it as soon as it does not
 *          9 whether the child has begun to open its payload
 *   bytes  64 … text of the error stream
 */

const ENDING = 1;
const HANDLED = 2;
/** Word that either side waits for. */
export const STAGE = 3;
const PRELOAD = 4;
const LOADED = 5;
const PID = 6;
const BEGUN = 7;
const TEXT_SENT = 8;
const OPENED = 9;
const WORDS = 16;

/**
 * A spare process loads what it is to load; has done so; has its work in its channel. One that is ready is first called by
 * its parent, and answers, unless its parent gave up waiting and called it off.
 */
export const STARTING = 0;
export const READY = 1;
export const TAKEN = 2;
export const CALLED = 3;
const HERE = 4;
const CALLED_OFF = 5;
export type Stage = typeof STARTING | typeof READY | typeof TAKEN | typeof CALLED | typeof HERE | typeof CALLED_OFF;

/** The words of a margin. */
export class Notes {
  readonly #words: Int32Array;

  constructor({ buffer, byteOffset }: Uint8Array) {
    this.#words = new Int32Array(buffer, byteOffset, WORDS);
  }

  /** Exit code of a thread that ended by itself, or -N when it sent itself signal N; `undefined` if it did not say. */
  get ending(): number | undefined {
    const note = Atomics.load(this.#words, ENDING);
    return note > 0 ? note - 1 : note || undefined;
  }

  /** The first note counts. */
  set ending(exitCode: number) {
    Atomics.compareExchange(this.#words, ENDING, 0, exitCode < 0 ? exitCode : exitCode + 1);
  }

  /** Whether the thread has a handler of its own for that signal. */
  handles(signal: number): boolean {
    return (Atomics.load(this.#words, HANDLED) & (1 << signal)) !== 0;
  }

  setHandles(signal: number, handles: boolean): void {
    if (handles) Atomics.or(this.#words, HANDLED, 1 << signal);
    else Atomics.and(this.#words, HANDLED, ~(1 << signal));
  }

  /** Asks a thread that loads modules to end by that signal as soon as it has. @returns Whether it loads some. */
  endWhenLoaded(signal: number): boolean {
    return Atomics.compareExchange(this.#words, LOADED, 0, -signal) <= 0;
  }

  /** The thread loads modules again. */
  noteLoading(): void {
    Atomics.compareExchange(this.#words, LOADED, 1, 0);
  }

  /** The thread has loaded what it loaded. @returns The signal that it is to end by, or 0. */
  noteLoaded(): number {
    return -Atomics.compareExchange(this.#words, LOADED, 0, 1);
  }

  /** Process id of a child that a relay started; -1 when it could not be started, 0 as long as that is not known. */
  get pid(): number {
    return Atomics.load(this.#words, PID);
  }

  set pid(pid: number) {
    Atomics.store(this.#words, PID, pid);
    Atomics.notify(this.#words, PID);
  }

  /** Blocks this thread, and runs nothing of it, until {@link Notes.pid} is known. */
  awaitPid(timeoutMs: number): void {
    Atomics.wait(this.#words, PID, 0, timeoutMs);
  }

  /** Whether a relay has heard from its child. */
  get hasBegun(): boolean {
    return Atomics.load(this.#words, BEGUN) !== 0;
  }

  noteBegun(): void {
    Atomics.store(this.#words, BEGUN, 1);
  }

  /** Bytes that went to the error stream, as the parent knows them; differs from the first word of the margin as long as some are on their way. */
  get textIsSent(): boolean {
    return Atomics.load(this.#words, TEXT_SENT) === Atomics.load(this.#words, 0);
  }

  noteTextSent(bytes: number): void {
    Atomics.store(this.#words, TEXT_SENT, bytes);
  }

  /** Whether what the child was given is its own: it opens that from here on. */
  get hasOpened(): boolean {
    return Atomics.load(this.#words, OPENED) !== 0;
  }

  noteOpened(): void {
    Atomics.store(this.#words, OPENED, 1);
  }

  get stage(): Stage {
    // Written below only.
    return Atomics.load(this.#words, STAGE) as Stage;
  }

  get isTaken(): boolean {
    return this.stage === TAKEN;
  }

  /** Stages come one after the other: one that has its work does not become a spare again. */
  advance(stage: Stage): void {
    if (stage === READY) Atomics.compareExchange(this.#words, STAGE, STARTING, READY);
    else Atomics.store(this.#words, STAGE, stage);
  }

  /** The parent asks a spare process that is ready whether it is there. */
  call(): void {
    Atomics.compareExchange(this.#words, STAGE, READY, CALLED);
  }

  /** Whether there is no answer yet. */
  get isCalled(): boolean {
    return this.stage === CALLED;
  }

  /** The spare process is there. @returns Whether it was called. */
  answer(): boolean {
    return Atomics.compareExchange(this.#words, STAGE, CALLED, HERE) === CALLED;
  }

  /** From now on no answer counts. @returns Whether there was one before. */
  callOff(): boolean {
    return Atomics.compareExchange(this.#words, STAGE, CALLED, CALLED_OFF) === HERE;
  }

  get preloadFailed(): boolean {
    return Atomics.load(this.#words, PRELOAD) !== 0;
  }

  notePreloadFailure(): void {
    Atomics.store(this.#words, PRELOAD, 1);
  }
}
