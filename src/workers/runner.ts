import { AsyncResource } from 'node:async_hooks';
import { CancelledError } from '../base/errors.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Channel } from '../connection/channel.ts';
import { Parker } from '../shared-memory/parker.ts';
import { ActiveTask, type WorkerIdentity } from './active-task.ts';
import type { Carried } from './carried-context.ts';
import { DefinitionReader } from './definitions.ts';
import { CALL_SHAPE, Execution, type Shape } from './execution.ts';
import { CANCELLED, ITEM, LOADING, RUNNING, WANTS_STARTS, type WorkerMemory } from './memory.ts';
import { PayloadReader, type Payload } from './payload-reader.ts';
import * as protocol from './protocol.ts';
import { QuickLoop } from './quick-loop.ts';
import { RemoteTasks, type RemoteTask } from './remote-tasks.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { WorkerPayload } from './worker-payload.ts';
import { Stopwatch } from './stopwatch.ts';
import { StrayErrors } from './stray-errors.ts';
import { running } from './task-context.ts';
import { APPLY, CARRIES, MAY_CUT, MODE_MASK, STARMAP } from './modes.ts';
import {
  ATTEMPT,
  COMPACT,
  DOUBLES,
  EMPTY,
  FORM,
  FUNCTION_ID,
  INTEGERS,
  MODE,
  NUMBER,
  TASK_ID,
  TaskReader,
} from './task-ring.ts';
import { Turn } from './turn.ts';

/** A call for this worker alone. */
interface Call {
  readonly id: number;
  readonly number: number;
  readonly payload: Payload;
}

/**
 * Takes tasks from shared memory and runs them, one at a time.
 *
 * A step that returns `true` has ended its task; `false` means that it waits for a promise and calls `#goOn` later.
 */
export class Runner {
  readonly #channel: Channel;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #slot: number;
  readonly #memory: WorkerMemory;
  readonly #place: number;
  readonly #identity: WorkerIdentity;
  readonly #tasks: TaskReader;
  readonly #definitions: DefinitionReader;
  readonly #payloads: PayloadReader;
  readonly #execution: Execution;
  readonly #calls: (Call | RemoteTask)[] = [];
  /** Those of them that nobody wants any more. */
  readonly #dropped = new Set<number>();
  /** Where no memory is shared with the host. */
  readonly #remote: RemoteTasks | undefined;
  readonly #stray: StrayErrors;
  readonly #turn = new Turn();
  #busy = true;
  #isPutOff = false;
  /** Whether the mark of an idle worker may be there; the host takes it away as well. */
  #isMarked = false;
  /** Whether the host took it, and so counts on this worker for a task: it does not leave before it looked for that. */
  #isExpected = false;
  #stopping = false;
  #isSpare: boolean;
  #stopped: () => void = () => {};

  constructor(channel: Channel, memory: WorkerMemory, replies: ReplyWriter, payload: WorkerPayload) {
    this.#channel = channel;
    this.#words = memory.words;
    this.#slot = memory.slot(payload.slot);
    this.#memory = memory;
    this.#place = payload.slot;
    this.#isSpare = payload.isSpare;
    this.#identity = { workerId: payload.workerId, state: {}, replies };
    this.#remote = channel.settle && new RemoteTasks(channel, payload);
    const run = this.#remote ? undefined : replies.useSlot(memory.words, this.#slot);
    this.#tasks = new TaskReader(memory, payload.slot);
    this.#definitions = new DefinitionReader(memory);
    this.#payloads = new PayloadReader(memory, payload.slot);
    this.#stray = new StrayErrors(`worker ${payload.workerId}`);
    const { slowest: most } = payload;
    this.#execution = new Execution({
      replies,
      words: memory.words,
      slot: this.#slot,
      stray: this.#stray,
      stopwatch: most === undefined ? undefined : new Stopwatch(memory, this.#slot, { replies, most }),
      quick: run && most === undefined ? new QuickLoop(memory.words, this.#slot, run) : undefined,
      maxTasks: payload.maxTasksPerChild ?? Infinity,
      maxMemory: payload.maxMemoryPerChild ?? Infinity,
      began: this.#remote && ((item) => this.#remote?.beginItem(item)),
      ending: () => this.#foreseeIdleness(),
      goOn: () => this.#goOn(),
      // The next task must not find what this one carried with it.
      goOnOutside: AsyncResource.bind(() => this.#goOn()),
    });
  }

  /** Runs the initializer or the finalizer, which may use `task().state` and `task().workerId`. */
  async prepare(fn: AnyFunction | undefined, args: readonly unknown[]): Promise<unknown> {
    if (!fn) return undefined;
    running.context = new ActiveTask(this.#identity, 0, 0, 1);
    try {
      return await Reflect.apply(fn, undefined, args);
    } finally {
      running.context = undefined;
    }
  }

  /** Resolves when the worker was told to stop, or has done its share of tasks. */
  run(): Promise<void> {
    this.#stray.listen();
    Parker.current().add(() => this.#wakeUp());
    return new Promise((resolve) => {
      this.#stopped = resolve;
      this.#busy = false;
      this.#wakeUp();
    });
  }

  /** Whoever blocks in a task is woken as well: then only the messages are taken. */
  #wakeUp(): void {
    this.#channel.receive(this.#control);
    if (this.#busy || this.#isSpare) return;
    if (Parker.current().isBlocking) this.#putOff();
    else this.#newTurn();
  }

  /** What an earlier task left behind, such as a timer, blocks the thread. Nobody wakes it a second time for what it was woken for. */
  #putOff(): void {
    if (this.#isPutOff) return;
    this.#isPutOff = true;
    setImmediate(() => {
      this.#isPutOff = false;
      this.#wakeUp();
    });
  }

  #newTurn(): void {
    this.#stray.turnBegins();
    this.#turn.begin();
    this.#pump();
  }

  readonly #control = (kind: number, id: number, bytes: Uint8Array, buffers: readonly ArrayBuffer[]): void => {
    if (kind === protocol.CALL) this.#calls.push({ id, number: 0, payload: { bytes: bytes.slice(), buffers } });
    else if (kind === protocol.STOP || kind === protocol.ACTIVATE) {
      this.#isSpare = false;
      if (kind === protocol.STOP) this.#stopping = true;
    }
    // Listeners of the signal are user code, which must not run while the thread blocks.
    else if (kind === protocol.CANCEL) this.#cancel(id);
    else {
      const task = this.#remote?.take(kind, id, bytes, buffers);
      if (task) this.#calls.push(task);
    }
  };

  #cancel(id: number): void {
    // The host has said so here already, if it could.
    Atomics.store(this.#words, this.#slot + CANCELLED, id);
    if (this.#calls.some((call) => call.id === id && !('functionId' in call))) this.#dropped.add(id);
    else queueMicrotask(() => this.#execution.cancel(id));
  }

  #pump(): void {
    this.#busy = true;
    // Whoever woke this worker for something else has left the mark.
    this.#unmark();
    while (!this.#turn.isOver()) {
      const call = this.#calls.shift();
      if (!call && (this.#execution.isSpent || (this.#stopping && !this.#isExpected))) {
        this.#unmark();
        this.#stopped();
        return; // Stays busy: nothing is taken any more.
      }
      const cell = call ? -1 : this.#tasks.claim();
      this.#isExpected = false;
      if (!call && cell < 0) {
        if (!this.#stopping && this.#goIdle()) return;
        continue;
      }
      if (!(call ? this.#runCall(call) : this.#runCell(cell))) return;
    }
    // The event loop gets its turn: timers, messages and stray rejections of the tasks so far.
    setImmediate(() => {
      this.#channel.receive(this.#control);
      this.#newTurn();
    });
  }

  /** A task that had waited has ended. The turn goes on: tasks that wait for nothing would never let the event loop run. */
  #goOn(): void {
    this.#busy = false;
    this.#channel.receive(this.#control);
    this.#pump();
  }

  /**
   * The host may submit the next task the moment it reads the end of this one. It should find this worker, which is awake, and
   * not wake another one for a task that this worker will take anyway.
   */
  #foreseeIdleness(): void {
    if (this.#tasks.hasWork || this.#calls.length > 0 || this.#stopping || this.#execution.isSpent) return;
    this.#memory.markIdle(this.#place);
    this.#isMarked = true;
  }

  /** @returns Whether there is really nothing to do. */
  #goIdle(): boolean {
    this.#remote?.want();
    this.#memory.markIdle(this.#place);
    this.#isMarked = true;
    this.#busy = false;
    if (!this.#tasks.hasWork) return true;
    this.#unmark();
    this.#busy = true;
    return false;
  }

  #runCell(cell: number): boolean {
    const words = this.#words;
    const mode = words[cell + MODE] ?? APPLY;
    const functionId = words[cell + FUNCTION_ID] ?? 0;
    this.#begin(words[cell + TASK_ID] ?? 0, words[cell + NUMBER] ?? 0, words[cell + ATTEMPT] ?? 1);
    const shape = mode === APPLY ? CALL_SHAPE : shapeOf(mode);
    const fn = this.#definitions.get(functionId);
    const form = words[cell + FORM];
    if (fn && (form === COMPACT || form === EMPTY)) {
      return this.#runSmall(fn, cell, shape);
    }
    let payload: Payload;
    try {
      if (form === INTEGERS || form === DOUBLES) {
        const items = this.#payloads.readNumbers(cell, this.#free);
        return fn ? this.#execution.run(fn, items, shape) : this.#loadAndRun(this.#loadFor(functionId, items), shape);
      }
      payload = this.#payloads.read(cell, this.#free);
    } catch (error) {
      this.#tasks.free(cell);
      return this.#execution.refuse(error, shape);
    }
    if (!fn || !this.#payloads.isReady(payload)) return this.#loadAndRun(this.#load(fn ?? functionId, payload), shape);
    return this.#unpackAndRun(fn, payload, shape);
  }

  #runSmall(fn: AnyFunction, cell: number, shape: Shape): boolean {
    let value: unknown;
    try {
      value = this.#words[cell + FORM] === EMPTY ? [] : this.#payloads.readCompact(cell);
    } catch (error) {
      this.#tasks.free(cell);
      return this.#execution.refuse(error, shape);
    }
    this.#tasks.free(cell);
    return this.#execution.run(fn, value, shape);
  }

  readonly #free = (cell: number): void => this.#tasks.free(cell);

  #unpackAndRun(fn: AnyFunction, payload: Payload, shape: Shape): boolean {
    let value: unknown;
    try {
      value = this.#payloads.unpack(payload);
    } catch (error) {
      return this.#execution.refuse(error, shape);
    }
    return this.#execution.run(fn, value, shape);
  }

  async #load(fn: AnyFunction | number, payload: Payload): Promise<[AnyFunction, unknown]> {
    const ready = typeof fn === 'function' ? fn : await this.#definitions.load(fn);
    return [ready, await this.#payloads.unpackLoading(payload)];
  }

  async #loadFor(functionId: number, items: ArrayLike<number>): Promise<[AnyFunction, unknown]> {
    return [await this.#definitions.load(functionId), items];
  }

  /** Runs a task whose function or arguments need modules first. */
  #loadAndRun(loading: Promise<[AnyFunction, unknown, Carried?]>, shape: Shape): boolean {
    void loading.then(
      ([fn, value, carried]) => {
        const hasEnded = carried
          ? this.#execution.run(fn, [carried, value], { ...shape, carries: true })
          : this.#execution.run(fn, value, shape);
        if (hasEnded) this.#goOn();
      },
      (error: unknown) => this.#execution.refuse(error, shape) && this.#goOn(),
    );
    return false;
  }

  #runCall(call: Call | RemoteTask): boolean {
    if ('functionId' in call) return this.#runRemote(call);
    const { id, number, payload } = call;
    if (this.#dropped.delete(id)) {
      this.#identity.replies.sendError(protocol.FAILURE, id, new CancelledError('it was cancelled before it began'));
      return true;
    }
    this.#begin(id, number, 1);
    // The host packs function, arguments, and what is carried with them: see `DirectCalls.submit`.
    const loading = this.#payloads.unpackLoading(payload) as Promise<[AnyFunction, unknown, Carried?]>;
    return this.#loadAndRun(loading, CALL_SHAPE);
  }

  #runRemote({ id, number, attempt, mode, functionId, definition, payload }: RemoteTask): boolean {
    this.#begin(id, number, attempt);
    this.#definitions.give(functionId, definition);
    const shape = mode === APPLY ? CALL_SHAPE : shapeOf(mode);
    const fn = this.#definitions.get(functionId);
    if (fn && this.#payloads.isReady(payload)) return this.#unpackAndRun(fn, payload, shape);
    return this.#loadAndRun(this.#load(fn ?? functionId, payload), shape);
  }

  /** A worker that works must not be taken for idle. */
  #unmark(): void {
    if (!this.#isMarked) return;
    this.#isMarked = false;
    if (!this.#memory.takeIdleMark(this.#place)) this.#isExpected = true;
  }

  /** From here on the host knows that this worker has the task. */
  #begin(id: number, number: number, attempt: number): void {
    this.#unmark();
    Atomics.store(this.#words, this.#slot + ITEM, LOADING);
    Atomics.store(this.#words, this.#slot + RUNNING, id);
    if (this.#words[WANTS_STARTS] !== 0)
      this.#identity.replies.send(protocol.STARTED, id, undefined, 'the start of a task');
    this.#remote?.begin(id);
    this.#execution.begin(new ActiveTask(this.#identity, id, number, attempt));
  }
}

function shapeOf(mode: number): Shape {
  const kind = mode & MODE_MASK;
  const carries = (mode & CARRIES) !== 0;
  return { isChunk: kind !== APPLY, isStar: kind === STARMAP, mayCut: (mode & MAY_CUT) !== 0, carries };
}
