import { channel, type Channel } from 'node:diagnostics_channel';
import type { PoolEvent, TaskOutcome } from './events.ts';
import { WANTS_STARTS } from './memory.ts';
import type { Task } from './task.ts';
import type { Worker } from './worker.ts';

const opened: Channel = channel('manycore:pool:open');
const closed: Channel = channel('manycore:pool:close');
const ended: Channel = channel('manycore:pool:end');
const workerStarted: Channel = channel('manycore:worker:start');
const workerReady: Channel = channel('manycore:worker:ready');
const workerEnded: Channel = channel('manycore:worker:end');
const workerLost: Channel = channel('manycore:worker:lost');
const workerReplaced: Channel = channel('manycore:worker:replace');
const taskSubmitted: Channel = channel('manycore:task:submit');
const taskQueued: Channel = channel('manycore:task:queue');
const taskStarted: Channel = channel('manycore:task:start');
const taskProgress: Channel = channel('manycore:task:progress');
const taskRetried: Channel = channel('manycore:task:retry');
const taskEnded: Channel = channel('manycore:task:end');

/**
 * Tells subscribers what happens in one pool.
 *
 * They are user code, and much is noticed while messages are being read, where none may run: they hear of it in a microtask,
 * with the time at which it happened. Without subscribers each event costs one look at its channel.
 */
export class Announcer {
  readonly #pool: string;

  constructor(pool: string) {
    this.#pool = pool;
  }

  /** Lets workers say when they begin with a task, if somebody wants to hear it. */
  noteWishes(words: Int32Array<ArrayBuffer>): void {
    const wants = Number(taskStarted.hasSubscribers);
    if (words[WANTS_STARTS] !== wants) words[WANTS_STARTS] = wants;
  }

  poolOpened(processes: number): void {
    if (opened.hasSubscribers) this.#tell(opened, { processes });
  }

  poolClosed(): void {
    if (closed.hasSubscribers) this.#tell(closed, {});
  }

  poolEnded(): void {
    if (ended.hasSubscribers) this.#tell(ended, {});
  }

  workerStarted(worker: Worker): void {
    if (workerStarted.hasSubscribers) this.#tell(workerStarted, identify(worker));
  }

  workerReady(worker: Worker): void {
    if (!workerReady.hasSubscribers) return;
    this.#tell(workerReady, { ...identify(worker), startup: performance.now() - worker.startedAt });
  }

  workerEnded(worker: Worker): void {
    const to = worker.isOrderly ? workerEnded : workerLost;
    if (!to.hasSubscribers) return;
    const { exitCode, signal } = worker.ending;
    this.#tell(to, { ...identify(worker), exitCode: exitCode ?? undefined, signal, calls: worker.callsDone });
  }

  workerReplaced(worker: Worker, replaces: Worker): void {
    if (workerReplaced.hasSubscribers) this.#tell(workerReplaced, { ...identify(worker), replaces: replaces.id });
  }

  taskSubmitted(task: Task): void {
    if (!taskSubmitted.hasSubscribers) return;
    this.#tell(taskSubmitted, { ...name(task), items: task.itemCount, priority: task.priority });
  }

  taskQueued(task: Task): void {
    if (taskQueued.hasSubscribers) this.#tell(taskQueued, name(task));
  }

  taskStarted(task: Task, worker: Worker): void {
    task.startedAt = performance.now();
    if (!taskStarted.hasSubscribers) return;
    this.#tell(taskStarted, { ...name(task), ...identify(worker), attempt: task.attempt });
  }

  taskProgress(task: Task, index: number, value: unknown): void {
    if (taskProgress.hasSubscribers) this.#tell(taskProgress, { ...name(task), index, value });
  }

  taskRetried(task: Task, worker: Worker): void {
    if (!taskRetried.hasSubscribers) return;
    this.#tell(taskRetried, { ...name(task), workerId: worker.id, retries: task.retries - 1 });
  }

  taskEnded(task: Task, outcome: TaskOutcome, error?: unknown): void {
    if (!taskEnded.hasSubscribers) return;
    const duration = task.startedAt === undefined ? undefined : performance.now() - task.startedAt;
    this.#tell(taskEnded, { ...name(task), outcome, error, duration });
  }

  #tell(to: Channel, about: object): void {
    const message: PoolEvent = { pool: this.#pool, time: performance.now(), ...about };
    queueMicrotask(() => to.publish(message));
  }
}

function identify(worker: Worker): { readonly workerId: number; readonly pid: number } {
  return { workerId: worker.id, pid: worker.pid };
}

function name(task: Task): { readonly task: number; readonly name: string } {
  return { task: task.number, name: task.definition.name };
}
