import { constants } from 'node:os';
import { ProcessError, WorkerLostError } from '../base/errors.ts';
import { logInfo } from '../base/log.ts';
import { startWorker, type WorkerProcess } from '../process/worker-process.ts';
import { MAX_WORKERS } from './memory.ts';
import { place } from './placement.ts';
import { ACTIVATE, NOTHING, STOP } from './protocol.ts';
import { Refusals } from './refusals.ts';
import type { SupervisorEvents, SupervisorOptions } from './supervisor-options.ts';
import type { Task } from './task.ts';
import { Vacancies, Vacancy } from './vacancies.ts';
import { Worker, type WorkerState } from './worker.ts';

/** Module whose `main` is a worker's program. */
const WORKER_MAIN = new URL('./run.js', import.meta.url);
/** How many workers may end one after the other before they were ready; then something is wrong for good. */
const START_FAILURES = 3;
/** How many may end one after the other without having been given anything to do, by a stray `process.exit` for example. */
const IDLE_FAILURES = 20;
/** A worker that begins says so to nobody, until it begins with its initializer: so it is looked at now and then. */
const LOOK_MS = 10;

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
  readonly #vacancies = new Vacancies();
  #isFilling = false;
  #looksLater = false;
  #lastEnded: Worker | undefined;

  constructor(options: SupervisorOptions, events: SupervisorEvents) {
    this.#options = options;
    this.#events = events;
    this.#refusals = new Refusals(options.timers);
  }

  get counts(): Readonly<Record<'restarts' | 'spares' | 'unstarted', number>> {
    return { restarts: this.restarts, spares: this.spares, unstarted: this.#vacancies.open.length };
  }

  /** How many workers there should be. */
  get wanted(): number {
    return this.#wanted;
  }

  /** Workers that wait to take the place of another. */
  get spares(): number {
    return [...this.workers].filter((worker) => worker.isSpare).length;
  }

  /** Whether there are fewer workers than there should be, those included that are still to be started. */
  get isShort(): boolean {
    return this.#missing > 0;
  }

  /** Workers that will be started as soon as others have begun. */
  get coming(): readonly Vacancy[] {
    return this.#refusals.isWaiting ? [] : this.#vacancies.open;
  }

  get #missing(): number {
    return this.#wanted - this.#active().length - this.#vacancies.open.length;
  }

  /**
   * Starts as many workers as are missing: some now, the others when those have begun. Those that are too many leave when they have
   * nothing to do.
   *
   * @throws When the system cannot start one of those that start now; those that were started before stay.
   */
  resize(wanted: number): void {
    const before = this.#wanted;
    this.#wanted = wanted;
    const missing = this.#missing;
    this.#vacancies.drop(-missing);
    try {
      this.#assertRoom(missing);
      for (let i = 0; i < missing; i++) this.#vacancies.add(new Vacancy());
      this.#fill();
    } catch (error) {
      // Those that were missing before are still to come.
      this.#wanted = Math.max(this.#active().length, Math.min(before, wanted));
      this.#vacancies.drop(-this.#missing);
      throw error;
    }
    for (const surplus of this.#active().slice(wanted)) {
      this.#vacancies.left(surplus);
      retire(surplus);
    }
  }

  /** Starts workers that are still to be started, if it is their turn now. Takes little time if not. */
  goOn(): void {
    if (this.#vacancies.size === 0 || this.#refusals.isWaiting || !this.#vacancies.mayBegin) return;
    try {
      this.#fill();
    } catch (error) {
      this.#refused(error);
    }
  }

  /** No worker is replaced from now on. */
  retire(): void {
    this.#wanted = 0;
    this.#vacancies.clear();
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

  /**
   * Gives vacant places to spares and to new workers, as far as more may begin.
   *
   * @throws When the system cannot start one; its place stays vacant.
   */
  #fill(): void {
    // Whoever waits for an answer while it starts a process runs pollers.
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      for (;;) {
        const { first } = this.#vacancies;
        if (!first || !(this.#vacancies.mayBegin || this.#spareToEnlist())) break;
        this.#enlist(first);
      }
    } finally {
      this.#isFilling = false;
    }
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#vacancies.size === 0 || this.#looksLater) return;
    this.#looksLater = true;
    this.#options.timers.inBackground(LOOK_MS, () => {
      this.#looksLater = false;
      this.goOn();
      // As long as a start that was refused is to be tried again, it is not their turn.
      if (!this.#refusals.isWaiting) this.#lookLater();
    });
  }

  #spareToEnlist(): Worker | undefined {
    const spares = [...this.workers].filter((one) => one.isSpare && one.state !== 'leaving');
    return spares.find((one) => one.state === 'ready') ?? spares[0];
  }

  /** One more worker that takes tasks: a spare at once, or else a new one. */
  #enlist(vacancy: Vacancy): void {
    const { predecessor, calls, isRetiring } = vacancy;
    const spare = this.#spareToEnlist();
    const worker = spare ?? this.#start(false);
    this.#vacancies.delete(vacancy);
    if (spare) {
      spare.isSpare = false;
      spare.process.channel.send(ACTIVATE, 0, NOTHING);
    } else this.#vacancies.started(worker);
    this.#events.activated(worker, calls);
    if (isRetiring) retire(worker);
    if (!predecessor) return;
    this.#options.announcer.workerReplaced(worker, predecessor);
    this.restarts++;
    this.#logReplaced(predecessor);
  }

  #logReplaced({ id, pid }: Worker): void {
    logInfo(() => `${this.#options.name}: worker ${id} (pid ${pid}) ended and was replaced`);
  }

  /** Starts the spares that are missing. */
  #topUp(): void {
    const { spares, name } = this.#options;
    try {
      // Whoever is to work comes first.
      while (this.#wanted > 0 && this.#vacancies.size === 0 && this.spares < spares) this.#start(true);
    } catch (error) {
      // The pool works without; it is tried again when a worker ends or is ready.
      logInfo(() => `${name}: no spare could be started: ${String(error)}`);
    }
  }

  /** @throws ProcessError when so many more would be too many. */
  #assertRoom(more: number): void {
    if (this.workers.size + this.#vacancies.size + more > MAX_WORKERS)
      throw new ProcessError(
        `${this.#options.name}: ${MAX_WORKERS} workers live, those included that were told to leave, and that is the most`,
      );
  }

  #start(isSpare: boolean): Worker {
    // The place of any other is counted as vacant.
    this.#assertRoom(isSpare ? 1 : 0);
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
    this.#vacancies.left(worker);
    this.#lastEnded = worker;
    worker.isDismissed = this.#wanted === 0;
    const calls = this.#events.ended(worker);
    // Asked now: its last words may have said that it leaves.
    const { state } = worker;
    worker.state = 'gone';
    this.#freeSlots.push(worker.slot);
    if (this.isShort || (worker.isSpare && this.#wanted > 0)) this.#replace(worker, state, calls);
    this.#tellIfEmpty();
  }

  #tellIfEmpty(): void {
    if (this.isEmpty) for (const call of this.#whenEmpty.splice(0)) call();
  }

  #active(): Worker[] {
    return [...this.workers].filter((worker) => !worker.isRetiring && !worker.isSpare);
  }

  #replace(worker: Worker, state: WorkerState, calls: readonly Task[]): void {
    const isOrderly = state === 'leaving';
    // One that a task took down says nothing about the next; one that ends with nothing to do will do so again.
    if (isOrderly || worker.hasLostTask || worker.callsDone > 0) this.#startFailures = this.#idleFailures = 0;
    else if (state === 'starting') this.#startFailures++;
    else this.#idleFailures++;
    if (this.#startFailures >= START_FAILURES) {
      this.#giveUp(`${START_FAILURES} workers in a row ended before they were ready`);
    } else if (this.#idleFailures >= IDLE_FAILURES) {
      this.#giveUp(`${IDLE_FAILURES} workers in a row ended although they had nothing to do`);
    } else if (!isOrderly && this.#restartsTooOften()) {
      this.#giveUp('workers end more often than `maxRestarts` allows');
    } else {
      if (!worker.isSpare) this.#vacancies.addFirst(new Vacancy(worker, calls));
      try {
        this.#fill();
        this.#topUp();
        if (worker.isSpare) this.#logReplaced(worker);
      } catch (error) {
        this.#refused(error);
      }
    }
  }

  /** The system refused to start a worker: the others do the work, and it is tried again; without others, for some seconds. */
  #refused(error: unknown): void {
    const { name } = this.#options;
    logInfo(() => `${name}: ${this.#whatFailed()} could be started: ${String(error)}`);
    this.#events.refused(this.#vacancies.takeCalls(), error);
    const isTried = this.#refusals.wait(this.#active().length > 0, () => this.#tryAgain());
    if (!isTried) this.#giveUp('no replacement could be started, and no other worker is left', error);
  }

  #whatFailed(): string {
    const predecessor = this.#vacancies.first?.predecessor;
    return predecessor ? `no replacement of worker ${predecessor.id}` : 'none of the workers that are missing';
  }

  #tryAgain(): void {
    try {
      this.#fill();
      this.#refusals.reset();
    } catch (error) {
      if (this.#vacancies.first?.predecessor && this.#restartsTooOften())
        this.#giveUp('replacements fail more often than `maxRestarts` allows', error);
      else this.#refused(error);
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

  #giveUp(why: string, cause?: unknown): void {
    this.retire();
    const worker = this.#lastEnded;
    // None can be missing before one has ended.
    if (!worker) return;
    const { text, ...details } = worker.ending;
    const message = `${this.#options.name}: ${why}; the last one (pid ${worker.pid}) ${text}`;
    logInfo(() => message);
    this.#events.gaveUp(new WorkerLostError(message, details, { cause }));
  }
}

/** Tells a worker to leave when it has nothing to do. */
function retire(worker: Worker): void {
  worker.isRetiring = true;
  worker.process.channel.send(STOP, 0, NOTHING);
}
