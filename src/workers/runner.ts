import type { AnyFunction } from '../base/types.ts';
import type { Channel } from '../connection/channel.ts';
import { Parker } from '../shared-memory/parker.ts';
import { ActiveTask } from './active-task.ts';
import { DefinitionReader } from './definitions.ts';
import { CALL_SHAPE, Execution, type Shape } from './execution.ts';
import { IDLE, IDLE_WORKERS, ITEM, RUNNING, type WorkerMemory } from './memory.ts';
import { PayloadReader, type Payload } from './payload-reader.ts';
import * as protocol from './protocol.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { WorkerPayload } from './run.ts';
import { StrayErrors } from './stray-errors.ts';
import { running } from './task-context.ts';
import { APPLY, ATTEMPT, COMPACT, FORM, FUNCTION_ID, MODE, STARMAP, TASK_ID, TaskReader } from './task-ring.ts';
import { Turn } from './turn.ts';

interface Call {
  readonly id: number;
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
  readonly #workerId: number;
  readonly #tasks: TaskReader;
  readonly #definitions: DefinitionReader;
  readonly #payloads: PayloadReader;
  readonly #replies: ReplyWriter;
  readonly #execution: Execution;
  readonly #state: Record<string, unknown> = {};
  readonly #calls: Call[] = [];
  readonly #stray: StrayErrors;
  readonly #turn = new Turn();
  #busy = true;
  #stopping = false;
  #stopped: () => void = () => {};

  constructor(channel: Channel, memory: WorkerMemory, replies: ReplyWriter, payload: WorkerPayload) {
    this.#channel = channel;
    this.#words = memory.words;
    this.#slot = memory.slot(payload.slot);
    this.#workerId = payload.workerId;
    this.#tasks = new TaskReader(memory, payload.slot);
    this.#definitions = new DefinitionReader(memory);
    this.#payloads = new PayloadReader(memory);
    this.#replies = replies;
    this.#stray = new StrayErrors(`worker ${payload.workerId}`);
    this.#execution = new Execution({
      replies,
      words: memory.words,
      slot: this.#slot,
      stray: this.#stray,
      maxTasks: payload.maxTasksPerChild ?? Infinity,
      goOn: () => this.#goOn(),
    });
  }

  /** Runs the initializer, which may use `task().state`. */
  async initialize(initializer: AnyFunction | undefined, args: readonly unknown[]): Promise<void> {
    if (!initializer) return;
    running.context = new ActiveTask(0, 1, this.#workerId, this.#state, this.#replies);
    try {
      await Reflect.apply(initializer, undefined, args);
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
    if (!this.#busy && !Parker.current().isBlocking) this.#pump();
  }

  readonly #control = (kind: number, id: number, bytes: Uint8Array, buffers: readonly ArrayBuffer[]): void => {
    if (kind === protocol.CALL) this.#calls.push({ id, payload: { bytes: bytes.slice(), buffers } });
    else if (kind === protocol.STOP) this.#stopping = true;
    // Listeners of the signal are user code, which must not run while the thread blocks.
    else if (kind === protocol.CANCEL) queueMicrotask(() => this.#execution.cancel(id));
  };

  #pump(): void {
    this.#busy = true;
    this.#turn.begin();
    while (!this.#turn.isOver()) {
      if (this.#execution.isSpent || (this.#stopping && this.#calls.length === 0)) {
        this.#stopped();
        return; // Stays busy: nothing is taken any more.
      }
      const call = this.#calls.shift();
      const cell = call ? -1 : this.#tasks.claim();
      if (!call && cell < 0) {
        if (this.#goIdle()) return;
        continue;
      }
      if (!(call ? this.#runCall(call) : this.#runCell(cell))) return;
    }
    // The event loop gets its turn: timers, messages and stray rejections of the tasks so far.
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    this.#busy = false;
    this.#wakeUp();
  }

  /** @returns Whether there is really nothing to do. */
  #goIdle(): boolean {
    Atomics.store(this.#words, this.#slot + IDLE, 1);
    Atomics.add(this.#words, IDLE_WORKERS, 1);
    this.#busy = false;
    if (!this.#tasks.hasWork) return true;
    if (Atomics.compareExchange(this.#words, this.#slot + IDLE, 1, 0) === 1) Atomics.sub(this.#words, IDLE_WORKERS, 1);
    this.#busy = true;
    return false;
  }

  #runCell(cell: number): boolean {
    const words = this.#words;
    const mode = words[cell + MODE];
    const functionId = words[cell + FUNCTION_ID] ?? 0;
    this.#begin(words[cell + TASK_ID] ?? 0, words[cell + ATTEMPT] ?? 1);
    const shape: Shape = mode === APPLY ? CALL_SHAPE : { isChunk: true, isStar: mode === STARMAP };
    const fn = this.#definitions.get(functionId);
    if (fn && words[cell + FORM] === COMPACT) {
      const value = this.#payloads.readCompact(cell);
      this.#tasks.free(cell);
      return this.#execution.run(fn, value, shape);
    }
    let payload: Payload;
    try {
      payload = this.#payloads.read(cell);
    } catch (error) {
      return this.#execution.refuse(error, shape);
    } finally {
      this.#tasks.free(cell);
    }
    if (!fn || !this.#payloads.isReady(payload)) return this.#loadAndRun(this.#load(fn ?? functionId, payload), shape);
    return this.#unpackAndRun(fn, payload, shape);
  }

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

  /** Runs a task whose function or arguments need modules first. */
  #loadAndRun(loading: Promise<[AnyFunction, unknown]>, shape: Shape): boolean {
    void loading.then(
      ([fn, value]) => this.#execution.run(fn, value, shape) && this.#goOn(),
      (error: unknown) => this.#execution.refuse(error, shape) && this.#goOn(),
    );
    return false;
  }

  #runCall({ id, payload }: Call): boolean {
    this.#begin(id, 1);
    // The host packs `[fn, args]`: see `WorkerHost.submitTo`.
    const loading = this.#payloads.unpackLoading(payload) as Promise<[AnyFunction, unknown]>;
    return this.#loadAndRun(loading, CALL_SHAPE);
  }

  /** From here on the host knows that this worker has the task. */
  #begin(id: number, attempt: number): void {
    Atomics.store(this.#words, this.#slot + ITEM, 0);
    Atomics.store(this.#words, this.#slot + RUNNING, id);
    this.#execution.begin(new ActiveTask(id, attempt, this.#workerId, this.#state, this.#replies));
  }
}
