import { constants } from 'node:os';
import { PoolClosedError } from '../base/errors.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Crossing } from '../reduction/functions/node.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { Definition } from './definitions.ts';
import { Canceller } from './canceller.ts';
import { Casualties } from './casualties.ts';
import { Announcer } from './diagnostics.ts';
import { DirectCalls } from './direct-calls.ts';
import { Dispatcher } from './dispatcher.ts';
import { Elastic } from './elastic.ts';
import type { HostOptions } from './host-options.ts';
import { Inbox } from './inbox.ts';
import { InsightsBook } from './insights.ts';
import { UNSEEN, type WorkerSight } from './memory.ts';
import * as protocol from './protocol.ts';
import { remoteError } from './remote.ts';
import { Replies } from './replies.ts';
import { Overdue } from './overdue.ts';
import { Phases } from './phases.ts';
import type { SlowCall } from './stopwatch.ts';
import { Supervisor } from './supervisor.ts';
import { ENDED, type Job, type Task } from './task.ts';
import { TaskBooks } from './task-books.ts';
import { Timers } from './timers.ts';
import type { Vacancy } from './vacancies.ts';
import type { Worker } from './worker.ts';
import { giveAway } from './transfer.ts';
import { workerPayload } from './worker-payload.ts';

/** Submissions after which a long synchronous loop of them takes results in, so that the workers' rings never stay full. */
const POLL_EVERY = 256;
/** How often a blocked host, which hears no events, looks at its timers and for workers that ended. */
const LOOK_MS = 20;

/**
 * The one worker engine: gives tasks to workers, takes their results, and survives whatever happens to a worker.
 *
 * Pool and executors are faces of it. Every task that enters ends exactly once, with a result or an error for each item.
 */
export class WorkerHost {
  readonly #options: HostOptions;
  readonly #announcer: Announcer;
  readonly #dispatcher: Dispatcher;
  readonly #books: TaskBooks;
  readonly #replies: Replies;
  readonly #casualties: Casualties;
  readonly #overdue: Overdue;
  readonly #phases: Phases;
  readonly #supervisor: Supervisor;
  readonly #parker = Parker.current();
  readonly #inbox: Inbox;
  readonly #jobs = new Set<Job>();
  readonly #poller = (): void => this.poll();
  readonly #direct: DirectCalls;
  readonly #elastic: Elastic | undefined;
  #submitted = 0;
  #lookedAt = 0;
  #isPolling = false;
  #closing = false;
  #disposed = false;
  #broken: unknown;
  /** Takes single tasks back. */
  readonly canceller: Canceller;
  /** Timers that fire although the thread blocks. */
  readonly timers: Timers = new Timers();
  /** Where the workers' time went; absent: nothing is measured. */
  readonly insights: InsightsBook | undefined;

  /** @throws When a process cannot be started; none is left then. */
  constructor(size: number, options: HostOptions) {
    this.#options = options;
    this.insights = options.slowest === undefined ? undefined : new InsightsBook(options.slowest);
    const announcer = new Announcer(options.name);
    this.#announcer = announcer;
    this.#dispatcher = new Dispatcher({
      queued: (task) => announcer.taskQueued(task),
      method: options.method,
      wake: (slot) => this.#wake(slot),
      failed: (task, error) => this.#books.fail(task, error),
    });
    const events = { empty: () => this.#stopWhenDone(), tick: () => this.#tick() };
    this.#books = new TaskBooks(this.#dispatcher, announcer, events);
    this.#direct = new DirectCalls(this.#dispatcher, this.#books);
    this.#replies = new Replies(this.#dispatcher, this.#books);
    this.#inbox = new Inbox(this.#dispatcher.memory, {
      message: (worker, kind, id, index, value) => this.#reply(worker, kind, id, index, value),
      numbers: (id, index, numbers, at, count) => this.#replies.numbers(id, index, numbers, at, count),
    });
    this.#casualties = new Casualties(this.#dispatcher, this.#books, options.name);
    const workers = (): Iterable<Worker> => this.workers;
    const { killGrace } = options;
    this.canceller = new Canceller(this.#dispatcher, this.#books, { workers, timers: this.timers, killGrace });
    this.#phases = new Phases(options, this.timers, (error) => this.#break(error));
    this.#overdue = new Overdue(this.#dispatcher, this.canceller, workers);
    const memory = this.#dispatcher.memory.region.handle;
    const payload = (slot: number, workerId: number, isSpare: boolean): unknown => {
      this.#dispatcher.slots = Math.max(this.#dispatcher.slots, slot + 1);
      return workerPayload(options, { memory, slot, workerId, isSpare });
    };
    this.#supervisor = new Supervisor(
      { ...options, payload, announcer, timers: this.timers, most: options.elastic?.max ?? size },
      {
        started: (worker) => this.#inbox.add(worker),
        activated: (worker, calls) => this.#direct.adopt(worker, calls),
        refused: (calls, error) => this.#direct.refuse(calls, error),
        ended: (worker) => this.#ended(worker),
        gaveUp: (error) => this.#break(error),
      },
    );
    this.#parker.add(this.#poller);
    this.#elastic = options.elastic && new Elastic(options.elastic, this);
    announcer.poolOpened(size);
    try {
      this.#supervisor.resize(size);
    } catch (error) {
      this.terminate(new PoolClosedError(`${options.name}: a worker could not be started`));
      throw error;
    }
  }

  get workers(): ReadonlySet<Worker> {
    return this.#supervisor.workers;
  }

  /** Workers that are still to be started, as soon as others have begun. */
  get coming(): readonly Vacancy[] {
    return this.#supervisor.coming;
  }

  get size(): number {
    return this.#supervisor.wanted;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** What finalizers returned, or why they did not, in the order in which workers ended. */
  get exitResults(): readonly unknown[] {
    return this.#phases.exitResults;
  }

  /** Tasks that have entered and not ended. */
  get outstanding(): number {
    return this.#books.outstanding;
  }

  get name(): string {
    return this.#options.name;
  }

  /**
   * Tasks that have entered so far; those that wait in this process because there are more than fit in shared memory; workers
   * that were started in place of one that ended, or are still to be started.
   */
  get counts(): Readonly<Record<'submitted' | 'waiting' | 'restarts' | 'spares' | 'unstarted', number>> {
    return { submitted: this.#submitted, waiting: this.#dispatcher.waiting, ...this.#supervisor.counts };
  }

  /** What a worker does and has done, as its place in shared memory says; nothing when the pool has ended. */
  look(worker: Worker): WorkerSight & { readonly isBusy: boolean } {
    const { memory, table } = this.#dispatcher;
    const sight = this.#disposed ? UNSEEN : memory.look(worker.slot);
    return { ...sight, isBusy: table.get(sight.running) !== undefined };
  }

  /** @throws NotSendableError when the function cannot cross. */
  define(fn: AnyFunction, by: Crossing): Definition {
    return this.#dispatcher.definitions.define(fn, by);
  }

  /** A job of many tasks begins: until {@link WorkerHost.leave} the definition stays, and so do the workers. */
  enter(job: Job, definition: Definition): void {
    this.#jobs.add(job);
    definition.users++;
  }

  /** A job that entered has ended. */
  leave(job: Job, definition: Definition): void {
    if (!this.#jobs.delete(job)) return;
    this.#dispatcher.definitions.release(definition);
    this.#stopWhenDone();
  }

  /** Starts or ends workers until there are so many, for now. */
  resize(size: number): void {
    if (!this.#closing) this.#supervisor.resize(size);
  }

  /** Changes how many workers there may be: they start when tasks wait. */
  limit(max: number): void {
    if (!this.#closing) this.#elastic?.limit(max);
  }

  /** @throws PoolClosedError (or what broke the pool) when nothing can be submitted any more. */
  assertOpen(): void {
    if (this.#broken !== undefined) throw this.#broken;
    if (this.#closing)
      throw new PoolClosedError(
        `${this.#options.name} is closed: submit before it is closed or terminated, or make a new one`,
      );
  }

  /**
   * Submits a task; its payload (arguments, or items: see `Dispatcher.prepare`) is read before this returns.
   *
   * @throws NotSendableError when the payload cannot cross; nothing was submitted then.
   */
  submit(task: Task, payload: unknown): void {
    task.number = ++this.#submitted;
    if (this.#submitted % POLL_EVERY === 0) this.poll();
    this.#announcer.noteWishes(this.#dispatcher.memory.words);
    const isPlaced = this.#dispatcher.prepare(task, payload);
    this.#books.enter(task);
    this.#elastic?.submitted();
    if (isPlaced) this.#dispatcher.publish(task);
    else this.#dispatcher.queue(task);
    giveAway(task.transfer);
    task.transfer = undefined;
  }

  /**
   * Submits a call that only `worker` may run.
   *
   * @throws NotSendableError when function or arguments cannot cross.
   */
  submitTo(worker: Worker | Vacancy, task: Task, fn: AnyFunction, args: readonly unknown[]): void {
    task.number = ++this.#submitted;
    this.#announcer.noteWishes(this.#dispatcher.memory.words);
    this.#direct.submit(worker, task, [fn, args]);
  }

  /**
   * Ends a task early.
   *
   * One that waits never runs; a running one hears its `signal`, and its worker is killed if that does not help.
   *
   * @returns Whether it had not ended; the job was told `error` then.
   */
  cancel(task: Task, error: unknown): boolean {
    if (task.state === ENDED) return false;
    const { job } = task;
    if (!this.#direct.withdraw(task, error)) this.canceller.giveUp(task, error);
    job.fail(task.firstItem, error);
    job.ended(task, 0, NaN);
    return true;
  }

  /** No more tasks; workers end when all are done. */
  close(): void {
    if (this.#closing) return;
    this.#announcer.poolClosed();
    this.#closing = true;
    this.#stopWhenDone();
  }

  /** Ends all tasks with `error` and all workers, by SIGTERM and then by SIGKILL; or at once by SIGKILL. */
  terminate(error: unknown, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): void {
    if (this.#disposed) return;
    if (!this.#closing) this.#announcer.poolClosed();
    this.#closing = true;
    this.#supervisor.retire();
    this.#phases.forget();
    this.#failAll(error);
    this.#supervisor.signalAll(signal);
    if (this.workers.size === 0) {
      this.#dispose();
      return;
    }
    const stop = this.timers.after(this.#options.killGrace, () => this.#supervisor.signalAll('SIGKILL'));
    this.#supervisor.onAllEnded(stop);
  }

  /** Whether no worker lives, and none will. */
  get hasEnded(): boolean {
    return this.#supervisor.isEmpty;
  }

  /** Calls back when no worker lives, and none will. Keeps the program alive until then. @returns How to wait no longer. */
  whenJoined(callback: () => void): () => void {
    this.#parker.hold();
    let isWaiting = true;
    const stop = (): void => {
      if (isWaiting) this.#parker.release();
      isWaiting = false;
    };
    this.#supervisor.onAllEnded(() => {
      stop();
      callback();
    });
    return stop;
  }

  /** Takes in what the workers have said. Runs no user code. */
  poll(): void {
    // What is read may make a job submit, and a submission polls.
    if (this.#isPolling || this.#disposed) return;
    this.#isPolling = true;
    try {
      this.#inbox.poll();
      if (this.#dispatcher.waiting > 0) this.#dispatcher.refill();
      this.#supervisor.goOn();
    } finally {
      this.#isPolling = false;
    }
    if (!this.#parker.isBlocking) return;
    this.#dispatcher.endBurst();
    this.#lookAround();
  }

  #lookAround(): void {
    const now = performance.now();
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    this.#supervisor.checkExits();
    this.timers.check();
    this.#peek();
  }

  /** Takes the results of chunks that workers have not announced yet. */
  #tick(): void {
    this.poll();
    this.#peek();
  }

  #peek(): void {
    if (this.#disposed) return;
    this.#inbox.peek();
    this.#overdue.look();
  }

  #wake(slot: number): void {
    for (const worker of this.workers) if (worker.slot === slot) worker.process.channel.notify();
  }

  #reply(worker: Worker, kind: number, id: number, index: number, value: unknown): void {
    if (kind === protocol.READY) {
      this.#phases.end(worker);
      this.#supervisor.isReady(worker, Number(value));
    } else if (kind === protocol.NOT_READY) this.#break(remoteError(value, worker, undefined));
    // What `Stopwatch` says.
    else if (kind === protocol.SLOW) this.insights?.slow(worker, this.#dispatcher.table.get(id), value as SlowCall);
    else if (kind === protocol.INITIALIZING || kind === protocol.FINALIZING) this.#phases.begin(worker, kind);
    else if (kind === protocol.LEAVING) this.#phases.left(worker, value);
    else this.#replies.take(worker, kind, id, index, value);
  }

  /** A worker is gone: its last words are read, and only what it was running is lost. */
  #ended(worker: Worker): readonly Task[] {
    this.#inbox.delete(worker);
    this.#phases.gone(worker);
    this.#dispatcher.heap.reclaim(worker.process.channel.peer);
    const calls = this.#direct.orphan(this.#casualties.take(worker, this.#supervisor.isShort));
    this.#announcer.workerEnded(worker);
    this.insights?.ended(worker);
    this.#dispatcher.refill();
    // Others may have been woken for work that the dead one was to take.
    this.#dispatcher.wakeMany(Infinity);
    if (this.hasEnded) this.#dispose();
    return calls;
  }

  /** Nothing can run any more: every task ends with `error`, and so does every later one. */
  #break(error: unknown): void {
    this.#broken ??= error;
    this.terminate(error);
  }

  #failAll(error: unknown): void {
    const jobs = new Set([...this.#jobs, ...this.#books.cancelAll(error)]);
    this.#direct.clear();
    for (const job of jobs) job.abort(error);
  }

  #stopWhenDone(): void {
    if (!this.#closing || this.#disposed || this.#books.outstanding > 0 || this.#jobs.size > 0) return;
    this.#supervisor.retire();
    for (const worker of this.workers) {
      worker.leavingAt = performance.now();
      worker.process.channel.send(protocol.STOP, 0, protocol.NOTHING);
      // There is nothing to initialize for, and an initializer may take for ever.
      if (worker.state === 'starting') worker.process.kill(constants.signals.SIGTERM);
    }
    if (this.workers.size === 0) this.#dispose();
  }

  #dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#books.forget();
    this.#announcer.poolEnded();
    this.#elastic?.stop();
    this.#parker.delete(this.#poller);
    this.#dispatcher.close();
  }
}
