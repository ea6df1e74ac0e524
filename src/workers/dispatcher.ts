import { methodOf } from '../process/methods.ts';
import type { StartMethod } from '../process/launch.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { Keep } from '../reduction/loans.ts';
import { pack, type Packed } from '../reduction/pack.ts';
import { Heap } from '../shared-memory/heap.ts';
import { leaves, packing } from '../shared-memory/reach.ts';
import { Backlog } from './backlog.ts';
import { DefinitionWriter } from './definitions.ts';
import { WorkerMemory } from './memory.ts';
import { NOTHING } from './protocol.ts';
import { PLACED, type NumberRange, type Task, WAITING } from './task.ts';
import { APPLY, MAP } from './modes.ts';
import { ItemRange, NumberList } from './number-list.ts';
import { takeKept } from './sharing.ts';
import { TaskWriter } from './task-ring.ts';
import { TaskTable } from './task-table.ts';

/** Buffers that travel beside a message, at most. */
const MOST_BUFFERS = 8;

/**
 * In a long synchronous row of submissions only every so many-th wakes a worker: they look for more before they sleep, and a
 * wake-up costs more than a submission. The others follow when the row ends.
 */
const WOKEN_EACH = 32;
const NO_ARGUMENTS: readonly unknown[] = [];

/** Whom a dispatcher serves, and who hears of what it does. */
export interface DispatcherEvents {
  /** A task waits in this process, because there is no room for it. */
  queued(task: Task): void;
  /** How the workers are started. */
  readonly method: StartMethod | undefined;
  /** A task was put where workers find it, and one of the idle ones should be woken. */
  wake(slot: number): void;
  /** There is no memory for the payload of a task that had waited; it is in no book any more. */
  failed(task: Task, error: unknown): void;
}

/**
 * Brings tasks into the memory that the workers share, as far as there is room; the others wait here by priority.
 *
 * Knows which tasks are where, and nothing about workers but that they take.
 */
export class Dispatcher {
  readonly memory: WorkerMemory = WorkerMemory.create();
  readonly heap: Heap = Heap.current();
  readonly definitions: DefinitionWriter;
  readonly table: TaskTable = new TaskTable();
  readonly #writer = new TaskWriter(this.memory, this.heap);
  readonly #backlog = new Backlog();
  readonly #port = functionPort('auto');
  readonly #events: DispatcherEvents;
  /** Whether what is sent to the workers leaves this process's memory. */
  readonly #leaves: boolean;
  /** Worker slots that were ever in use. */
  slots = 0;
  /** No task that waits in shared memory has a lower priority. */
  #lowestPlaced = Infinity;

  /** Tasks that were published since the program last let go of the thread. */
  #burst = 0;
  #isClosed = false;
  readonly #endBurst = (): void => this.endBurst();

  constructor(events: DispatcherEvents) {
    this.#events = events;
    this.#leaves = leaves(methodOf('Pool', events.method));
    this.definitions = new DefinitionWriter(this.memory, this.heap, this.#leaves);
  }

  /** Tasks that wait for room. */
  get waiting(): number {
    return this.#backlog.size;
  }

  /**
   * Reads the payload of a task, which the caller may change afterwards.
   *
   * @param payload The arguments; a list of items, or an `ItemRange` of them.
   * @returns `false` when the task was not placed: give it to {@link Dispatcher.queue}.
   * @throws NotSendableError when it cannot cross; nothing has happened then.
   */
  prepare(task: Task, payload: unknown): boolean {
    const isNext = this.#isNext(task);
    const numbers = this.#numbersOf(task, payload);
    if (numbers) {
      task.numbers = numbers;
      if (isNext) this.#writer.writeNumbers(numbers);
      return isNext;
    }
    const value = payload instanceof ItemRange ? payload.toArray() : payload;
    return this.#prepare(task, task.carried ? [task.carried, value] : value, isNext);
  }

  /** The items of a task, if they are many and all numbers; the task uses them from now on. */
  #numbersOf({ mode, carried }: Task, payload: unknown): NumberRange | undefined {
    if (mode !== MAP || carried || this.#leaves) return undefined;
    if (payload instanceof ItemRange && payload.list instanceof NumberList) {
      const { list, from, to } = payload;
      list.use();
      return { list, from, length: to - from };
    }
    // A list of items: only calls have arguments.
    const items = payload instanceof ItemRange ? payload.toArray() : (payload as readonly unknown[]);
    const list = NumberList.of(items);
    return list && { list, from: 0, length: list.length };
  }

  #prepare(task: Task, payload: unknown, isNext: boolean): boolean {
    if (isNext && this.#writer.writeSmall(payload)) {
      task.keep = takeKept();
      return true;
    }
    const constants = constantsOf(payload);
    if (constants) {
      task.constants = constants;
      return false;
    }
    const name = task.mode === APPLY ? `arguments of ${task.definition.name}` : `items for ${task.definition.name}`;
    let packed = this.pack(task, payload, name);
    // The list of buffers must fit in a cell.
    if (packed.buffers.length > MOST_BUFFERS) {
      task.keep?.end();
      packed = this.pack(task, payload, name, Infinity);
    }
    // Placed at once, big buffers are copied only once; otherwise they must be taken before the caller changes them.
    task.payload =
      isNext || packed.buffers.length === 0 ? packed : { ...packed, buffers: packed.buffers.map((one) => one.slice()) };
    return false;
  }

  /** Packs something of a task for workers. @throws NotSendableError */
  pack(task: Task, value: unknown, name: string, outOfBand?: number): Packed {
    // What leaves this memory is opened once only, by whoever stands for the worker here.
    const keep = this.#leaves ? undefined : new Keep();
    task.keep = keep;
    return packing(this.#leaves, () => pack(value, { name, functions: this.#port, outOfBand, keep }));
  }

  /** Makes a task visible whose payload {@link Dispatcher.prepare} has placed. */
  publish(task: Task): void {
    task.id = this.table.add(task);
    task.state = PLACED;
    task.cell = this.#writer.publish(task);
    if (task.priority < this.#lowestPlaced) this.#lowestPlaced = task.priority;
    if (this.#burst++ === 0) queueMicrotask(this.#endBurst);
    if (this.#burst <= WOKEN_EACH || this.#burst % WOKEN_EACH === 0) this.wakeOne();
  }

  /** Wakes a worker for each task that was published without that, as far as workers sleep. */
  endBurst(): void {
    if (this.#burst > WOKEN_EACH && !this.#isClosed) this.wakeMany(this.#writer.unclaimed);
    this.#burst = 0;
  }

  /** Lets a task wait for its turn, and places what there is room for. */
  queue(task: Task): void {
    if (task.priority > this.#lowestPlaced) this.#recallBelow(task.priority);
    this.#backlog.push(task);
    this.refill();
    if (task.state === WAITING) this.#events.queued(task);
  }

  /** Puts a task back that had its turn before all others of its priority. */
  queueFirst(task: Task): void {
    this.#backlog.unshift(task);
  }

  /** Moves tasks into shared memory as far as there is room. */
  refill(): void {
    while (this.#writer.hasRoom) {
      const task = this.#backlog.shift();
      if (!task) return;
      if (this.#place(task)) continue;
      this.#backlog.unshift(task);
      return;
    }
  }

  /** Takes a task back that no worker has begun. @returns Whether that worked; its payload is in the task then. */
  takeBack(task: Task): boolean {
    const payload = this.#writer.takeBack(task.cell, task.id);
    if (!payload) return false;
    this.table.delete(task.id);
    task.waitAgain(payload);
    return true;
  }

  /** Slot of the worker that has taken a task and not read it yet; -1: none. */
  claimantOf(task: Task): number {
    return this.#writer.claimantOf(task.cell, task.id);
  }

  /** Tasks that a dead worker had taken and not begun wait again; of the one it was reading the memory is freed. */
  releaseClaims(slot: number, running: number): void {
    for (const [id, payload] of this.#writer.releaseClaims(slot)) {
      const task = this.table.get(id);
      if (!task || id === running) {
        task?.freeBlocks();
        continue;
      }
      this.table.delete(id);
      task.waitAgain(payload);
      this.#backlog.unshift(task);
    }
  }

  /** Takes all that wait, and all that no worker has begun. */
  clear(): Task[] {
    const placed = [...this.table.values()].filter((task) => this.takeBack(task));
    return [...placed, ...this.#backlog.clear()];
  }

  /** Wakes a worker that sleeps, if one does. */
  wakeOne(): void {
    const slot = this.memory.takeAnyIdle(this.slots);
    if (slot >= 0) this.#events.wake(slot);
  }

  /** Wakes up to `count` workers that sleep. */
  wakeMany(count: number): void {
    for (let i = 0; i < count; i++) {
      const slot = this.memory.takeAnyIdle(this.slots);
      if (slot < 0) return;
      this.#events.wake(slot);
    }
  }

  /** Gives all memory back. No worker may live. */
  close(): void {
    this.#isClosed = true;
    this.definitions.close();
    this.memory.region.close();
  }

  /** Whether a task can be placed at once: nothing of its rank waits, and there is room. */
  #isNext(task: Task): boolean {
    const isFirst = this.#backlog.size === 0 && task.retries === 0 && task.priority <= this.#lowestPlaced;
    return isFirst && this.#writer.hasRoom && this.definitions.place(task.definition);
  }

  /** @returns `false` when there is no place for its function. */
  #place(task: Task): boolean {
    try {
      if (!this.definitions.place(task.definition)) return false;
      if (task.cellPayload) this.#writer.writeAgain(task.cellPayload);
      else if (task.constants) this.#writeConstants(task, task.constants);
      else if (task.numbers) this.#writer.writeNumbers(task.numbers);
      else task.blocks = this.#writer.writePacked(task.payload ?? NOTHING);
    } catch (error) {
      this.#events.failed(task, error);
      return true;
    }
    task.cellPayload = undefined;
    if (task.retries === 0) {
      task.payload = undefined;
      task.constants = undefined;
    }
    this.publish(task);
    return true;
  }

  #writeConstants(task: Task, constants: readonly unknown[]): void {
    if (!this.#writer.writeSmall(constants)) task.blocks = this.#writer.writePacked(pack(constants));
  }

  /** Takes tasks of lower priority out of the ring, so that a more urgent one overtakes them. */
  #recallBelow(priority: number): void {
    const recalled = [...this.table.values()].filter((task) => task.priority < priority && this.takeBack(task));
    recalled.sort((a, b) => b.number - a.number);
    for (const task of recalled) this.#backlog.unshift(task);
    this.#lowestPlaced = Infinity;
    for (const task of this.table.values()) {
      // Those below that are still there run already.
      if (task.priority >= priority) this.#lowestPlaced = Math.min(this.#lowestPlaced, task.priority);
    }
  }
}

/** Most arguments that are looked at one by one. */
const FEW = 8;

/** A copy of a list of primitive values: they need not be read before their turn, because nobody can change them. */
function constantsOf(payload: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(payload) || payload.length > FEW) return undefined;
  if (payload.length === 0) return NO_ARGUMENTS;
  for (const value of payload) {
    const type = typeof value;
    if (type === 'function' || type === 'symbol' || (type === 'object' && value !== null)) return undefined;
  }
  return payload.slice();
}
