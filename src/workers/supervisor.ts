import { constants } from 'node:os';
import type { ResourceLimits } from 'node:worker_threads';
import { ProcessError, WorkerLostError } from '../base/errors.ts';
import { logInfo } from '../base/log.ts';
import type { StartMethod } from '../process/launch.ts';
import { startWorker, type WorkerProcess } from '../process/worker-process.ts';
import type { Announcer } from './diagnostics.ts';
import { MAX_WORKERS } from './memory.ts';
import { type Placement, place } from './placement.ts';
import { ACTIVATE, NOTHING } from './protocol.ts';
import { Refusals } from './refusals.ts';
import type { Timers } from './timers.ts';
import { Worker, type WorkerState } from './worker.ts';

/** Module whose `main` is a worker's program. */
const WORKER_MAIN = new URL('./run.js', import.meta.url);
/** How many workers may end one after the other before they were ready; then something is wrong for good. */
const START_FAILURES = 3;
/** How many may end one after the other without having been given anything to do, by a stray `process.exit` for example. */
const IDLE_FAILURES = 20;

export interface SupervisorOptions {
  readonly name: string;
  readonly method: StartMethod | undefined;
  readonly env: Record<string, string | undefined> | undefined;
  readonly execArgv: readonly string[] | undefined;
  readonly resourceLimits: ResourceLimits | undefined;
  readonly preload: readonly (string | URL)[] | undefined;
  /** Restarts after which the pool gives up, within so many milliseconds. */
  readonly maxRestarts: { readonly count: number; readonly within: number } | undefined;
  readonly placement: Placement;
  /** How many workers there may be: they share the processors. */
  readonly most: number;
  /** Whether workers may start processes of their own. */
  readonly mayHaveChildren: boolean;
  readonly announcer: Announcer;
  readonly timers: Timers;
  /** What a worker in that place is told at its start. */
  payload(slot: number, workerId: number, isSpare: boolean): unknown;
  /** Workers that are ready to take the place of one that ends. */
  readonly spares: number;
}

/** Who is told about the workers' lives. */
export interface SupervisorEvents {
  started(worker: Worker): void;
  /** A spare has taken the place of a worker that ended. */
  activated(worker: Worker): void;
  /** It ended, for whatever reason; its last messages were not read yet. */
  ended(worker: Worker): void;
  /** Workers keep dying: there will be none any more. */
  gaveUp(error: WorkerLostError): void;
}

/** Starts the workers of a host, replaces those that end, and ends them all. */
export class Supervisor {
  readonly workers: Set<Worker> = new Set();
  readonly #options: SupervisorOptions;
  readonly #events: SupervisorEvents;
  readonly #freeSlots: number[] = [];
  readonly #restarts: number[] = [];
  #slots = 0;
  #lastId = 0;
  #wanted = 0;
  /** Workers that were started in place of one that ended. */
  restarts = 0;
  /** Workers that ended before they were ready, since the last one that was. */
  #startFailures = 0;
  /** Workers that ended with nothing to do, since the last one that had. */
  #idleFailures = 0;
  #whenEmpty: (() => void)[] = [];
  readonly #refusals: Refusals;

  constructor(options: SupervisorOptions, events: SupervisorEvents) {
    this.#options = options;
    this.#events = events;
    this.#refusals = new Refusals(options.timers);
  }

  /** How many workers there should be. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Workers that wait to take the place of another. */
  get spares(): number {
    return [...this.workers].filter((worker) => worker.isSpare).length;
  }

  /** Whether there are fewer workers than there should be. */
  get isShort(): boolean {
    return this.#active().length < this.#wanted;
  }

  /**
   * Starts as many workers as are missing.
   *
   * @returns Workers that are too many: the caller tells them to leave when they have nothing to do.
   * @throws When the system cannot start a process; those that were started before stay.
   */
  resize(wanted: number): Worker[] {
    const before = this.#wanted;
    this.#wanted = wanted;
    try {
      for (let missing = wanted - this.#active().length; missing > 0; missing--) this.#enlist();
    } catch (error) {
      // Those that were missing before are still to come.
      this.#wanted = Math.max(this.#active().length, Math.min(before, wanted));
      throw error;
    }
    const surplus = this.#active().slice(wanted);
    for (const worker of surplus) worker.isRetiring = true;
    return surplus;
  }

  /** No worker is replaced from now on. */
  retire(): void {
    this.#wanted = 0;
    this.#refusals.reset();
    this.#tellIfEmpty();
  }

  /** Sends a signal to all that live. */
  signalAll(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const worker of this.workers) {
      worker.leavingAt ??= performance.now();
      worker.process.kill(constants.signals[signal]);
    }
  }

  /** Whether no worker lives, and none will. */
  get isEmpty(): boolean {
    return this.workers.size === 0 && this.#wanted === 0;
  }

  /** Calls back when no worker lives, and none will. */
  onAllEnded(callback: () => void): void {
    if (this.isEmpty) callback();
    else this.#whenEmpty.push(callback);
  }

  /** A worker has run its initializer. */
  isReady(worker: Worker, initializerMs: number): void {
    worker.initializerMs = initializerMs;
    worker.state = 'ready';
    this.#startFailures = 0;
    worker.readyAt = performance.now();
    worker.process.channel.prepareNotify();
    this.#options.announcer.workerReady(worker);
    // Not before: they would slow down the start of those that have work.
    if (this.#active().every((one) => one.state !== 'starting')) this.#topUp();
  }

  /** Looks whether workers ended while this thread blocks and hears no events. */
  checkExits(): void {
    for (const worker of this.workers) worker.process.poll();
  }

  /** One more worker that takes tasks: a spare at once, or else a new one. */
  #enlist(): Worker {
    const spares = [...this.workers].filter((one) => one.isSpare && one.state !== 'leaving');
    const spare = spares.find((one) => one.state === 'ready') ?? spares[0];
    if (!spare) return this.#start(false);
    spare.isSpare = false;
    spare.process.channel.send(ACTIVATE, 0, NOTHING);
    this.#events.activated(spare);
    return spare;
  }

  /** Starts the spares that are missing. */
  #topUp(): void {
    const { spares, name } = this.#options;
    try {
      while (this.#wanted > 0 && this.spares < spares) this.#start(true);
    } catch (error) {
      // The pool works without; it is tried again when a worker ends or is ready.
      logInfo(() => `${name}: no spare could be started: ${String(error)}`);
    }
  }

  #start(isSpare: boolean): Worker {
    if (this.workers.size >= MAX_WORKERS)
      throw new ProcessError(
        `${this.#options.name}: ${MAX_WORKERS} workers live, those included that were told to leave, and that is the most`,
      );
    const slot = this.#freeSlots.pop() ?? this.#slots++;
    const id = ++this.#lastId;
    let process: WorkerProcess;
    try {
      process = this.#launch(slot, id, isSpare);
    } catch (error) {
      this.#freeSlots.push(slot);
      throw error;
    }
    const worker = new Worker(slot, id, process);
    worker.isSpare = isSpare;
    this.workers.add(worker);
    process.onExit((exitCode, signal) => {
      worker.exitCode = exitCode;
      worker.exitSignal = signal;
      this.#ended(worker);
    });
    this.#options.announcer.workerStarted(worker);
    this.#events.started(worker);
    return worker;
  }

  #launch(slot: number, id: number, isSpare: boolean): WorkerProcess {
    const { name, env, execArgv, preload, resourceLimits, method, placement, mayHaveChildren } = this.#options;
    const process = startWorker({
      name: `${name}-${id}`,
      main: WORKER_MAIN,
      payload: this.#options.payload(slot, id, isSpare),
      env,
      execArgv,
      preload,
      resourceLimits,
      method,
      mayHaveChildren,
      sharers: Math.max(this.#options.most, this.#wanted),
    });
    process.unref();
    try {
      place(process.pid, slot, placement);
    } catch (error) {
      process.kill(constants.signals.SIGKILL);
      throw error;
    }
    return process;
  }

  #ended(worker: Worker): void {
    worker.endedAt = performance.now();
    this.workers.delete(worker);
    worker.isDismissed = this.#wanted === 0;
    this.#events.ended(worker);
    // Asked now: its last words may have said that it leaves.
    const { state } = worker;
    worker.state = 'gone';
    this.#freeSlots.push(worker.slot);
    if (this.isShort || (worker.isSpare && this.#wanted > 0)) this.#replace(worker, state);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.isEmpty) for (const call of this.#whenEmpty.splice(0)) call();
  }

  #active(): Worker[] {
    return [...this.workers].filter((worker) => !worker.isRetiring && !worker.isSpare);
  }

  #replace(worker: Worker, state: WorkerState): void {
    const isOrderly = state === 'leaving';
    // One that a task took down says nothing about the next; one that ends with nothing to do will do so again.
    if (isOrderly || worker.hasLostTask || worker.callsDone > 0) this.#startFailures = this.#idleFailures = 0;
    else if (state === 'starting') this.#startFailures++;
    else this.#idleFailures++;
    if (this.#startFailures >= START_FAILURES) {
      this.#giveUp(worker, `${START_FAILURES} workers in a row ended before they were ready`);
    } else if (this.#idleFailures >= IDLE_FAILURES) {
      this.#giveUp(worker, `${IDLE_FAILURES} workers in a row ended although they had nothing to do`);
    } else if (!isOrderly && this.#restartsTooOften()) {
      this.#giveUp(worker, 'workers end more often than `maxRestarts` allows');
    } else {
      try {
        if (!worker.isSpare) {
          this.#options.announcer.workerReplaced(this.#enlist(), worker);
          this.restarts++;
        }
        this.#topUp();
        logInfo(() => `${this.#options.name}: worker ${worker.id} (pid ${worker.pid}) ended and was replaced`);
      } catch (error) {
        this.#withoutReplacement(worker, error);
      }
    }
  }

  /** The system refused to start a worker: the others do the work, and it is tried again; without others, for some seconds. */
  #withoutReplacement(worker: Worker, error: unknown): void {
    logInfo(() => `${this.#options.name}: no replacement of worker ${worker.id} could be started: ${String(error)}`);
    const isTried = this.#refusals.wait(this.#active().length > 0, () => this.#tryAgain(worker));
    if (!isTried) this.#giveUp(worker, 'no replacement could be started, and no other worker is left', error);
  }

  #tryAgain(worker: Worker): void {
    try {
      while (this.isShort) {
        this.#options.announcer.workerReplaced(this.#enlist(), worker);
        this.restarts++;
      }
      this.#refusals.reset();
    } catch (error) {
      if (this.#restartsTooOften())
        this.#giveUp(worker, 'replacements fail more often than `maxRestarts` allows', error);
      else this.#withoutReplacement(worker, error);
    }
  }

  #restartsTooOften(): boolean {
    const limit = this.#options.maxRestarts;
    if (!limit) return false;
    const now = performance.now();
    this.#restarts.push(now);
    while ((this.#restarts[0] ?? now) < now - limit.within) this.#restarts.shift();
    return this.#restarts.length > limit.count;
  }

  #giveUp(worker: Worker, why: string, cause?: unknown): void {
    this.retire();
    const { text, ...details } = worker.ending;
    const message = `${this.#options.name}: ${why}; the last one (pid ${worker.pid}) ${text}`;
    logInfo(() => message);
    this.#events.gaveUp(new WorkerLostError(message, details, { cause }));
  }
}
