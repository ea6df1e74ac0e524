import { constants } from 'node:os';
import { PoolClosedError } from '../base/errors.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Crossing } from '../reduction/functions/node.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { pack, type Packed } from '../reduction/pack.ts';
import { Heap } from '../shared-memory/heap.ts';
import { Parker } from '../shared-memory/parker.ts';
import { Backlog } from './backlog.ts';
import { type Definition, DefinitionWriter } from './definitions.ts';
import { lostError } from './lost.ts';
import { CANCELLED, IDLE, IDLE_WORKERS, ITEM, RUNNING, WorkerMemory } from './memory.ts';
import * as protocol from './protocol.ts';
import { remoteError } from './remote.ts';
import { ReplyReader, Unreadable } from './reply-reader.ts';
import { Supervisor, type SupervisorOptions } from './supervisor.ts';
import { ENDED, PLACED, type Task, WAITING } from './task.ts';
import { APPLY, TaskWriter } from './task-ring.ts';
import { TaskTable } from './task-table.ts';
import type { Worker } from './worker.ts';

export interface HostOptions extends Omit<SupervisorOptions, 'payload'> {
  readonly initializer: AnyFunction | undefined;
  readonly initArgs: readonly unknown[];
  readonly finalizer: AnyFunction | undefined;
  readonly maxTasksPerChild: number | undefined;
  /** Milliseconds that a cancelled task has to heed its signal before its worker is killed. */
  readonly killGrace: number;
}

const NOTHING: Packed = { bytes: new Uint8Array([0]), buffers: [] };
/** Submissions after which a long synchronous loop of them takes results in, so that the workers' rings never stay full. */
const POLL_EVERY = 256;

/**
 * The one worker engine: gives tasks to workers, takes their results, and survives whatever happens to a worker.
 *
 * Pool and executors are faces of it. Every task that enters ends exactly once, with a result or an error for each item.
 */
export class WorkerHost {
  readonly #options: HostOptions;
  readonly #memory: WorkerMemory = WorkerMemory.create();
  readonly #heap = Heap.current();
  readonly #writer = new TaskWriter(this.#memory, this.#heap);
  readonly #definitions = new DefinitionWriter(this.#memory, this.#heap);
  readonly #table = new TaskTable();
  readonly #backlog = new Backlog();
  readonly #supervisor: Supervisor;
  readonly #parker = Parker.current();
  readonly #readers = new Map<Worker, ReplyReader>();
  readonly #poller = (): void => this.poll();
  readonly #port = functionPort('auto');
  #outstanding = 0;
  #submitted = 0;
  #closing = false;
  #broken: Error | undefined;
  /** What finalizers returned, in the order in which workers ended. */
  readonly exitResults: unknown[] = [];

  /** @throws When a process cannot be started; none is left then. */
  constructor(size: number, options: HostOptions) {
    this.#options = options;
    const payload = (slot: number, workerId: number): unknown => this.#payload(slot, workerId);
    this.#supervisor = new Supervisor(
      { ...options, payload },
      {
        started: (worker) => this.#started(worker),
        ended: (worker) => this.#ended(worker),
        gaveUp: (error) => this.#break(error),
      },
    );
    this.#parker.add(this.#poller);
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

  get size(): number {
    return this.#supervisor.wanted;
  }

  get isClosing(): boolean {
    return this.#closing;
  }

  /** Tasks that have entered and not ended. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** @throws NotSendableError when the function cannot cross. */
  define(fn: AnyFunction, by: Crossing): Definition {
    return this.#definitions.define(fn, by);
  }

  /** A job that counted itself among the users of a definition has ended. */
  release(definition: Definition): void {
    this.#definitions.release(definition);
  }

  /** @throws PoolClosedError (or what broke the pool) when nothing can be submitted any more. */
  assertOpen(): void {
    if (this.#broken) throw this.#broken;
    if (this.#closing) throw new PoolClosedError(`${this.#options.name} is closed: submit before close() or terminate(), or make a new one`);
  }

  /**
   * Submits a task; its payload is read before this returns.
   *
   * @throws NotSendableError when the payload cannot cross; nothing was submitted then.
   */
  submit(task: Task, payload: unknown): void {
    if (++this.#submitted % POLL_EVERY === 0) this.poll();
    const isDirect = this.#backlog.size === 0 && task.retries === 0 && this.#writer.hasRoom;
    if (isDirect && this.#writer.writeSmall(payload)) {
      this.#enter(task);
      this.#publish(task);
      return;
    }
    const name = task.mode === APPLY ? `arguments of ${task.definition.name}` : `items for ${task.definition.name}`;
    task.payload = pack(payload, { name, functions: this.#port });
    this.#enter(task);
    this.#backlog.push(task);
    this.#refill();
  }

  /**
   * Submits a call that only `worker` may run.
   *
   * @throws NotSendableError when function or arguments cannot cross.
   */
  submitTo(worker: Worker, task: Task, fn: AnyFunction, args: readonly unknown[]): void {
    const packed = pack([fn, args], { name: `arguments of ${fn.name}`, functions: this.#port });
    this.#enter(task);
    task.id = this.#table.add(task);
    task.state = PLACED;
    worker.calls.add(task.id);
    worker.process.channel.send(protocol.CALL, task.id, packed);
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
    if (task.state === WAITING || this.#writer.takeBack(task.cell, task.id)) {
      for (const block of task.blocks) block.free();
      this.#finish(task);
    } else {
      task.abandon();
      this.#stopRunning(task);
    }
    job.fail(task.firstItem, error);
    job.ended(task, NaN);
    return true;
  }

  /** No more tasks; workers end when all are done. */
  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#stopWhenDone();
  }

  /** Ends all tasks with `error` and all workers, by SIGTERM and then by SIGKILL. */
  terminate(error: Error): void {
    this.#closing = true;
    this.#supervisor.retire();
    this.#failAll(error);
    this.#supervisor.signalAll('SIGTERM');
    if (this.workers.size === 0) {
      this.#dispose();
      return;
    }
    const timer = setTimeout(() => this.#supervisor.signalAll('SIGKILL'), this.#options.killGrace);
    void this.#supervisor.allEnded().then(() => clearTimeout(timer)); // Never rejects.
  }

  /** Resolves when it is closed and no worker lives. Keeps the program alive until then. */
  async joined(): Promise<void> {
    this.#parker.hold();
    try {
      await this.#supervisor.allEnded();
    } finally {
      this.#parker.release();
    }
  }

  /** Takes in what the workers have said. Runs no user code. */
  poll(): void {
    for (const reader of this.#readers.values()) reader.poll();
    if (this.#backlog.size > 0) this.#refill();
    if (this.#parker.isBlocking) this.#supervisor.checkExits();
  }

  #enter(task: Task): void {
    if (this.#outstanding++ === 0) this.#parker.hold();
    task.definition.users++;
  }

  /** Moves tasks into shared memory as far as there is room. */
  #refill(): void {
    while (this.#writer.hasRoom) {
      const task = this.#backlog.shift();
      if (!task) return;
      this.#place(task);
    }
  }

  #place(task: Task): void {
    try {
      // Only tasks with a payload wait in the backlog.
      task.blocks = this.#writer.writePacked(task.payload ?? NOTHING);
    } catch (error) {
      this.#finish(task);
      task.job.fail(task.firstItem, error);
      task.job.ended(task, NaN);
      return;
    }
    if (task.retries === 0) task.payload = undefined;
    this.#publish(task);
  }

  #publish(task: Task): void {
    task.id = this.#table.add(task);
    task.state = PLACED;
    task.cell = this.#writer.publish(task);
    if (Atomics.load(this.#memory.words, IDLE_WORKERS) > 0) this.#wakeOne();
  }

  #wakeOne(): void {
    for (const worker of this.workers) {
      if (!this.#takeIdleMark(worker)) continue;
      worker.process.channel.notify();
      return;
    }
  }

  /** Whether this call was the one that ended the worker's idleness. */
  #takeIdleMark(worker: Worker): boolean {
    const { words } = this.#memory;
    if (Atomics.compareExchange(words, this.#memory.slot(worker.slot) + IDLE, 1, 0) !== 1) return false;
    Atomics.sub(words, IDLE_WORKERS, 1);
    return true;
  }

  #started(worker: Worker): void {
    const slot = this.#memory.slot(worker.slot);
    for (const word of [IDLE, RUNNING, ITEM, CANCELLED]) Atomics.store(this.#memory.words, slot + word, 0);
    const reader = new ReplyReader(worker.process.channel, (kind, id, index, value) => this.#reply(worker, kind, id, index, value));
    this.#readers.set(worker, reader);
  }

  #reply(worker: Worker, kind: number, id: number, index: number, value: unknown): void {
    switch (kind) {
      case protocol.READY:
        this.#supervisor.isReady(worker);
        return;
      case protocol.NOT_READY:
        this.#break(remoteError(value, worker, undefined));
        return;
      case protocol.LEAVING:
        worker.state = 'leaving';
        if (value !== undefined) this.exitResults.push(value);
        return;
      default:
        this.#taskReply(worker, kind, id, index, value);
    }
  }

  #taskReply(worker: Worker, kind: number, id: number, index: number, value: unknown): void {
    const task = this.#table.get(id);
    if (!task) return;
    const failed = kind === protocol.FAILURE || kind === protocol.ITEM_FAILURE || value instanceof Unreadable;
    if (kind === protocol.RESULT || kind === protocol.FAILURE) {
      worker.calls.delete(id);
      this.#finish(task);
    }
    if (kind === protocol.CHUNK_DONE || kind === protocol.CHUNK_CUT) {
      this.#finish(task);
      if (kind === protocol.CHUNK_CUT) task.job.again?.(task, task.firstItem + Number(value), task.endItem, task.retries);
      task.job.ended(task, kind === protocol.CHUNK_DONE ? Number(value) : NaN);
    } else if (kind === protocol.REPORT) {
      task.job.report?.(index, value);
    } else if (failed) {
      task.job.fail(task.firstItem + index, remoteError(value, worker, task));
    } else {
      task.job.succeed(task.firstItem + index, value);
    }
  }

  /** Takes a task out of the books. */
  #finish(task: Task): void {
    if (task.state === PLACED) this.#table.delete(task.id);
    task.state = ENDED;
    task.payload = undefined;
    task.release?.();
    this.#definitions.release(task.definition);
    if (--this.#outstanding > 0) return;
    this.#parker.release();
    if (this.#closing) this.#stopWhenDone();
  }

  /** A worker is gone: its last words are read, and only what it was running is lost. */
  #ended(worker: Worker): void {
    const reader = this.#readers.get(worker);
    reader?.poll();
    this.#readers.delete(worker);
    this.#takeIdleMark(worker);
    const slot = this.#memory.slot(worker.slot);
    const item = Atomics.load(this.#memory.words, slot + ITEM);
    const running = Atomics.load(this.#memory.words, slot + RUNNING);
    const lost = new Set([...this.#writer.releaseClaims(worker.slot), running, ...worker.calls]);
    this.#heap.reclaim(worker.process.channel.peer);
    for (const id of lost) {
      const task = this.#table.get(id);
      if (task) this.#lose(task, worker, id === running ? item : 0);
    }
    this.#refill();
    // Others may have been woken for work that the dead one was to take.
    if (Atomics.load(this.#memory.words, IDLE_WORKERS) > 0) this.#wakeOne();
    if (this.#closing && this.workers.size === 0) this.#dispose();
  }

  /** `task` was with a worker that died, at that item of its chunk. */
  #lose(task: Task, worker: Worker, item: number): void {
    const { job } = task;
    const index = task.firstItem + item;
    if (task.mode === APPLY && task.retries > 0) {
      this.#table.delete(task.id);
      task.runAgain();
      this.#backlog.unshift(task);
      return;
    }
    this.#finish(task);
    if (task.mode !== APPLY && task.retries > 0) job.again?.(task, index, index + 1, task.retries - 1);
    else job.fail(index, lostError(this.#options.name, worker, task));
    job.again?.(task, index + 1, task.endItem, task.retries);
    job.ended(task, NaN);
  }

  #stopRunning(task: Task): void {
    const worker = this.#runnerOf(task);
    if (worker) {
      Atomics.store(this.#memory.words, this.#memory.slot(worker.slot) + CANCELLED, task.id);
      worker.process.channel.send(protocol.CANCEL, task.id, NOTHING);
    }
    const timer = setTimeout(() => {
      if (this.#table.get(task.id) === task) this.#runnerOf(task)?.process.kill(constants.signals.SIGKILL);
    }, this.#options.killGrace);
    task.release = () => clearTimeout(timer);
  }

  #runnerOf(task: Task): Worker | undefined {
    const claimant = this.#writer.claimantOf(task.cell, task.id);
    for (const worker of this.workers) {
      if (worker.slot === claimant || worker.calls.has(task.id)) return worker;
      if (Atomics.load(this.#memory.words, this.#memory.slot(worker.slot) + RUNNING) === task.id) return worker;
    }
    return undefined;
  }

  /** Nothing can run any more: every task ends with `error`, and so does every later one. */
  #break(error: Error): void {
    this.#broken ??= error;
    this.terminate(error);
  }

  #failAll(error: Error): void {
    for (const task of [...this.#backlog.clear(), ...this.#table.values()]) {
      const { job } = task;
      if (task.state === ENDED) continue;
      this.#finish(task);
      job.fail(task.firstItem, error);
      job.ended(task, NaN);
    }
  }

  #stopWhenDone(): void {
    if (this.#outstanding > 0) return;
    this.#supervisor.retire();
    if (this.workers.size === 0) this.#dispose();
    for (const worker of this.workers) worker.process.channel.send(protocol.STOP, 0, NOTHING);
  }

  #dispose(): void {
    this.#parker.delete(this.#poller);
    this.#memory.region.close();
  }

  #payload(slot: number, workerId: number): unknown {
    const { initializer, initArgs, finalizer, maxTasksPerChild } = this.#options;
    return { memory: this.#memory.region.handle, slot, workerId, initializer, initArgs, finalizer, maxTasksPerChild };
  }
}
