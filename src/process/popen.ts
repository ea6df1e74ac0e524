import type { Deadline } from '../base/deadline.ts';
import type { Channel } from '../connection/channel.ts';
import { Parker } from '../shared-memory/parker.ts';
import { releaseProcess, releaseThreads } from '../shared-memory/sweep.ts';
import { Notes } from './margin.ts';
import { LOOK_MS, lookAtStarts } from './start-watch.ts';
import { stderrTail } from './stderr-tail.ts';

/** How a process ended. */
export interface ExitStatus {
  /** As Python has it: 0 to 255 from `exit`, -N when signal N ended it. */
  readonly exitCode: number;
  /** Number of the signal that ended it, else 0. */
  readonly signal: number;
}

export type ExitListener = (status: ExitStatus) => void;

/**
 * A child as the start methods make it: the one face of their different engines. Nobody above knows which one ran.
 *
 * Belongs to the thread that started the child. The parent's side of the channel is closed one turn after the exit
 * listeners ran.
 *
 * @see Python `multiprocessing.popen_fork.Popen`
 */
export abstract class Popen {
  abstract readonly pid: number;
  /** Its process id, or its own number when it is a thread of this process. */
  abstract readonly ident: number;
  readonly channel: Channel;
  #status: ExitStatus | undefined;
  #stderr = '';
  #listeners: ExitListener[] = [];

  protected constructor(channel: Channel) {
    this.channel = channel;
  }

  /** Sends a signal; nothing happens when the child is gone. */
  abstract signal(number: number): void;

  /** Lets the child keep this thread's event loop alive; so it is after the start. */
  abstract ref(): void;
  abstract unref(): void;

  /** Whether it has ended, waiting for it until `deadline`. Tells nobody: for the last moments of this thread. */
  abstract isOver(deadline: Deadline): boolean;

  /** Takes what the system keeps of a child that has ended, when the event loop will not do it any more. */
  reap(): void {}

  /** Asks the system whether the child has ended, waiting up to `timeoutMs` (negative: for ever); blocks the thread. */
  protected abstract look(timeoutMs: number): ExitStatus | undefined;

  /** How it ended, as far as this thread has noticed. */
  get status(): ExitStatus | undefined {
    return this.#status;
  }

  /** Whether the child's first file ran; if it never did, Node itself failed, because of an `execArgv` for example. */
  get hasBegun(): boolean {
    return this.#status === undefined ? this.begun() : this.#begun;
  }

  /** Whether the child has begun to open what it was given; asked while the channel is open. */
  get hasOpened(): boolean {
    return new Notes(this.channel.margin).hasOpened;
  }

  /** The last lines of the child's error stream; complete once it has ended. */
  get stderr(): string {
    return this.#status === undefined ? stderrTail(this.channel) : this.#stderr;
  }

  /** Looks whether the child has ended; if so the exit listeners run before it returns. */
  poll(): ExitStatus | undefined {
    lookAtStarts();
    return this.#check(0);
  }

  /** As {@link poll}, blocking the thread until the child has ended or `deadline` has come. */
  waitSync(deadline: Deadline): ExitStatus | undefined {
    while (this.#status === undefined && !this.hasBegun && !deadline.expired) {
      // While this thread blocks, nothing else looks whether the child can begin at all.
      lookAtStarts();
      this.#check(Math.min(LOOK_MS, deadline.remaining()));
    }
    return this.#check(deadline.remainingOrForever());
  }

  /** Calls `listener` once when the child has ended, or at once when it has already. Everything it sent was polled for by then. */
  onExit(listener: ExitListener): void {
    if (this.#status === undefined) this.#listeners.push(listener);
    else listener(this.#status);
  }

  /** Forgets a listener that was not called yet. */
  offExit(listener: ExitListener): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener);
  }

  /** Whether the child has been heard of; asked while the channel is open. */
  protected begun(): boolean {
    return this.channel.peer !== 0;
  }

  /** Gives back what it had of the program's memory. */
  protected release(): void {
    releaseProcess(this.pid);
  }

  /** The engine tells that the child has ended; only the first call counts. */
  protected ended(status: ExitStatus): void {
    if (this.#status !== undefined) return;
    this.#stderr = stderrTail(this.channel);
    this.#begun = this.begun();
    // What it published before it died is taken now: afterwards everybody knows that no more can come.
    Parker.current().poll();
    this.channel.reclaim();
    this.release();
    this.#status = status;
    const listeners = this.#listeners;
    this.#listeners = [];
    // Not at once: whoever found out may be in the middle of reading the channel.
    setImmediate(() => {
      // What the child had put into messages that nobody read is free now, too.
      if (this.channel.close()) releaseThreads([]);
    });
    for (const listener of listeners) listener(status);
  }

  #begun = false;

  #check(timeoutMs: number): ExitStatus | undefined {
    if (this.#status !== undefined) return this.#status;
    const status = this.look(timeoutMs);
    if (status !== undefined) this.ended(status);
    return status;
  }
}
