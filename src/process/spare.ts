import { Deadline } from '../base/deadline.ts';
import { Channel } from '../connection/channel.ts';
import { native } from '../native/addon.ts';
import { releaseProcess } from '../shared-memory/sweep.ts';
import { CALLED, Notes, READY, STAGE, TAKEN } from './margin.ts';
import { spawnNode, type StartedNode } from './popen-spawn.ts';
import { SIGKILL } from './signals.ts';
import { stderrTail } from './stderr-tail.ts';

/** How long one that is ready may take to answer: far above what the system takes to wake it. It may be stopped. */
const ANSWER_MS = 100;
/** Its end wakes nobody, so whoever waits for its answer looks now and then. */
const LOOK_AGAIN_MS = 2;

/** How processes are to be started that a request may need. */
export interface Recipe {
  readonly key: string;
  readonly flags: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** A process that has no work yet. Belongs to the thread that prepares it. */
export class Spare {
  readonly key: string;
  readonly env: Readonly<Record<string, string>>;
  readonly channel: Channel;
  readonly node: StartedNode;
  readonly #notes: Notes;
  readonly #onExit: () => void;
  readonly #startedAt = performance.now();

  /**
   * @param onExit Called when it ends before it was given work.
   * @throws ProcessError when the system refuses.
   */
  constructor({ key, flags, env }: Recipe, preload: readonly string[], onExit: () => void) {
    this.key = key;
    this.env = env;
    this.channel = Channel.create();
    this.#notes = new Notes(this.channel.margin);
    this.#onExit = () => {
      this.#letGo();
      onExit();
    };
    try {
      this.node = spawnNode('a spare process', { flags, env, channel: this.channel, preload });
    } catch (error) {
      this.channel.close();
      throw error;
    }
    this.node.child.once('exit', this.#onExit);
    this.node.child.unref();
  }

  /** Milliseconds since it was started. */
  get ageMs(): number {
    return performance.now() - this.#startedAt;
  }

  get isReady(): boolean {
    return this.#notes.stage === READY;
  }

  /** Whether it can still be given work: asked of the system, as its end may not have been told yet. */
  get isAlive(): boolean {
    return !native().waitExit(this.node.pid, 0).exited;
  }

  /** What the modules that failed said; empty when none did. */
  get preloadFailure(): string {
    return this.#notes.preloadFailed ? stderrTail(this.channel) : '';
  }

  /**
   * Calls one that is ready, and waits for its answer: it may have been killed just now, and the system tells that late.
   * It has no work yet, so the work can still be given to another. One that still loads is not asked,
   * as that would take too long.
   *
   * @returns `false` when it is gone, or does not answer in time; it will do nothing then.
   */
  isThere(): boolean {
    if (!this.isReady) return true;
    this.#notes.call();
    this.channel.notify();
    const deadline = Deadline.after(ANSWER_MS);
    while (this.#notes.isCalled && this.isAlive && !deadline.expired) {
      this.channel.waitMargin(STAGE, CALLED, LOOK_AGAIN_MS);
    }
    return this.#notes.callOff();
  }

  /** Its work is in the channel: from now on it is a child as any other. */
  hand(): void {
    const { child } = this.node;
    child.off('exit', this.#onExit);
    child.ref();
    if (this.#notes.preloadFailed) this.channel.margin.fill(0, 0, 4);
    this.#notes.advance(TAKEN);
    this.channel.notify();
  }

  dismiss(): void {
    this.node.child.kill(SIGKILL);
  }

  #letGo(): void {
    releaseProcess(this.node.pid);
    this.channel.close();
  }
}
