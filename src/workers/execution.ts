import { types } from 'node:util';
import type { AnyFunction } from '../base/types.ts';
import type { ActiveTask } from './active-task.ts';
import { type Carried, runCarried } from './carried-context.ts';
import { CANCELLED, ITEM, RUNNING, TASKS_DONE } from './memory.ts';
import * as protocol from './protocol.ts';
import type { QuickChunk, QuickLoop } from './quick-loop.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { Stopwatch } from './stopwatch.ts';
import type { StrayErrors } from './stray-errors.ts';
import { running } from './task-context.ts';
import { Turn } from './turn.ts';

/** How the payload is to be used: as the arguments of one call, or as items for one call each. */
export interface Shape {
  readonly isChunk: boolean;
  /** Whether each item is an array of arguments. */
  readonly isStar: boolean;
  /** Whether the rest of the chunk may be given back when it takes long. */
  readonly mayCut: boolean;
  /** Whether the payload comes with the stores in which it is to be used: `[stores, payload]`. */
  readonly carries: boolean;
}

export const CALL_SHAPE: Shape = { isChunk: false, isStar: false, mayCut: false, carries: false };

/** Milliseconds that a chunk may take before its rest is offered to others: its items cost more than was thought. */
const CUT_MS = 40;
/** How often the memory of the process is looked at when it is limited: the question takes microseconds. */
const MEMORY_LOOK_MS = 10;

export interface ExecutionOptions {
  readonly replies: ReplyWriter;
  readonly words: Int32Array<ArrayBuffer>;
  /** First word of this worker's slot. */
  readonly slot: number;
  readonly stray: StrayErrors;
  /** Absent where nobody asked for insights. */
  readonly stopwatch: Stopwatch | undefined;
  /** Absent where each item has to be told of, or measured. */
  readonly quick: QuickLoop | undefined;
  /** Calls that this worker may make in its life. */
  readonly maxTasks: number;
  /** Bytes of resident memory from which on it makes no more. */
  readonly maxMemory: number;
  /** Without shared memory: tells the host which item begins; it has all results so far when this returns. */
  readonly began: ((item: number) => void) | undefined;
  /** Called before the last word about a task goes out: the next one may come as soon as it is read. */
  ending(): void;
  /** Called when a task has ended that did not end at once. */
  goOn(): void;
  /** The same, out of the asynchronous context of the task. */
  goOnOutside(): void;
}

interface Chunk extends QuickChunk {
  readonly shape: Shape;
  readonly began: number;
}

/**
 * Runs one task after the other and reports how each ended.
 *
 * Methods that return a boolean: `true`, the task has ended; `false`, it waits for a promise and `goOn` is called later.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #turn = new Turn(Infinity);
  readonly #waiting = new WeakSet<AnyFunction>();
  /** Functions of which it is known whether they wait, as far as one call tells. */
  readonly #met = new WeakSet<AnyFunction>();
  #asked: AnyFunction | undefined;
  #answer = false;
  #active: ActiveTask | undefined;
  #tasksDone = 0;
  #lookedAt = 0;
  #isTooBig = false;
  /** Whether the task runs in stores that came with it. */
  #isInside = false;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** Whether this worker has made as many calls as it may, or has grown too large. */
  get isSpent(): boolean {
    return this.#isTooBig || this.#tasksDone >= this.#options.maxTasks;
  }

  begin(active: ActiveTask): void {
    this.#active = active;
  }

  /** The caller gave the task up. */
  cancel(id: number): void {
    if (this.#active?.key === id) this.#active.cancel();
  }

  run(fn: AnyFunction, value: unknown, shape: Shape): boolean {
    if (this.#options.stray.isAmbiguous && this.#waits(fn)) {
      return this.#inNextTurn(() => this.run(fn, value, shape));
    }
    running.context = this.#active;
    if (shape.carries) return this.#runCarried(fn, value, shape);
    if (!shape.isChunk) {
      this.#beginItem(0);
      // The host sends the list of arguments, or a list of items.
      return this.#call(fn, value as unknown[]);
    }
    this.#turn.begin();
    const items = value as ArrayLike<unknown>;
    return this.#items({ fn, items, shape, task: this.#active, began: performance.now() }, 0);
  }

  #runCarried(fn: AnyFunction, value: unknown, shape: Shape): boolean {
    // The host sends both: see `WorkerHost.submit`.
    const [carried, payload] = value as [Carried, unknown];
    this.#isInside = true;
    const hasEnded = runCarried(carried, () => this.run(fn, payload, { ...shape, carries: false }));
    if (hasEnded) this.#isInside = false;
    return hasEnded;
  }

  /** A task has ended that did not end at once. */
  #goOn(): void {
    if (!this.#isInside) return this.#options.goOn();
    this.#isInside = false;
    this.#options.goOnOutside();
  }

  /** The task cannot run: a module is missing, or its bytes cannot be read. */
  refuse(error: unknown, shape: Shape): boolean {
    return this.#end(shape.isChunk ? protocol.CHUNK_FAILURE : protocol.FAILURE, error);
  }

  #call(fn: AnyFunction, args: unknown[]): boolean {
    let result: unknown;
    let isWaiting = false;
    this.#options.stopwatch?.begin(fn, args);
    try {
      result = Reflect.apply(fn, undefined, args);
      isWaiting = isThenable(result);
    } catch (error) {
      return this.#endCall(fn, true, error);
    }
    if (!isWaiting) return this.#endCall(fn, false, result);
    this.#willWait(fn);
    this.#wait(result, (failed, value) => {
      this.#endCall(fn, failed, value);
      this.#goOn();
    });
    return false;
  }

  #endCall(fn: AnyFunction, failed: boolean, value: unknown): boolean {
    this.#tasksDone++;
    this.#noteDone();
    this.#options.stopwatch?.end(this.#active);
    if (failed) return this.#end(protocol.FAILURE, value);
    this.#options.ending();
    try {
      this.#options.replies.sendResult(this.#id, value, fn);
    } catch (error) {
      return this.#end(protocol.FAILURE, error);
    }
    return this.#forget();
  }

  /** Runs the items from `first` on, as long as none of them waits. */
  #items(chunk: Chunk, first: number): boolean {
    const { words, slot, quick, stray } = this.#options;
    for (let i = first; i < chunk.items.length; i++) {
      if (this.isSpent || Atomics.load(words, slot + CANCELLED) === this.#id)
        return this.#endChunk(chunk, protocol.CHUNK_CUT);
      const steps = this.#turn.steps();
      if (steps === 0) return this.#later(chunk, i);
      if (stray.isAmbiguous && this.#waits(chunk.fn)) return this.#inNextTurnFrom(chunk, i);
      if (quick && this.#isKnownNotToWait(chunk.fn)) {
        i = this.#quickly(quick, chunk, i, steps);
        if (quick.stop === 'none') continue;
        if (!this.#settle(chunk, i, quick.stop === 'error', quick.outcome)) return false;
      } else {
        this.#turn.count(1);
        this.#beginItem(i);
        if (!this.#item(chunk, i)) return false;
      }
    }
    return this.#endChunk(chunk, protocol.CHUNK_DONE);
  }

  /** Makes calls as long as that is simple. @returns The item at which it stopped; the last one that it has done when nothing stopped it. */
  #quickly(quick: QuickLoop, chunk: Chunk, first: number, steps: number): number {
    const left = this.#options.maxTasks - this.#tasksDone;
    const end = quick.make(chunk, first, Math.min(chunk.items.length, first + steps, first + left));
    const made = end - first;
    this.#tasksDone += made;
    this.#turn.count(quick.stop === 'none' ? made : made + 1);
    if (made > 0) this.#options.stray.taskEnded();
    return quick.stop === 'none' ? end - 1 : end;
  }

  #endChunk(chunk: Chunk, kind: number): true {
    this.#noteDone();
    return this.#end(kind, performance.now() - chunk.began);
  }

  #beginItem(index: number): void {
    Atomics.store(this.#options.words, this.#options.slot + ITEM, index);
    if (this.#active) this.#active.item = index;
    this.#options.began?.(index);
  }

  /** Goes on with item `first` after the event loop had its turn. */
  #later(chunk: Chunk, first: number): boolean {
    if (chunk.shape.mayCut && performance.now() - chunk.began > CUT_MS)
      return this.#endChunk(chunk, protocol.CHUNK_CUT);
    this.#options.replies.announce();
    this.#lookAtMemory();
    return this.#inNextTurnFrom(chunk, first);
  }

  #inNextTurnFrom(chunk: Chunk, first: number): false {
    return this.#inNextTurn(() => this.#items(chunk, first));
  }

  /** Goes on after the event loop had its turn. */
  #inNextTurn(step: () => boolean): false {
    setImmediate(() => {
      running.context = this.#active;
      this.#options.stray.turnBegins();
      this.#turn.begin();
      if (step()) this.#goOn();
    });
    return false;
  }

  /** Whether a function may give a promise. Asked for each item: the answer for the last one is kept. */
  #waits(fn: AnyFunction): boolean {
    if (fn === this.#asked) return this.#answer;
    if (!this.#met.has(fn)) {
      this.#met.add(fn);
      return true;
    }
    this.#asked = fn;
    this.#answer = types.isAsyncFunction(fn) || this.#waiting.has(fn);
    return this.#answer;
  }

  #isKnownNotToWait(fn: AnyFunction): boolean {
    return fn === this.#asked && !this.#answer;
  }

  #willWait(fn: AnyFunction): void {
    this.#waiting.add(fn);
    this.#asked = undefined;
  }

  #item(chunk: Chunk, index: number): boolean {
    const { fn } = chunk;
    const item = chunk.items[index];
    let result: unknown;
    this.#options.stopwatch?.begin(fn, item);
    try {
      // The host has checked that the items of a starmap are arrays; what other items are is the function's own affair.
      result = chunk.shape.isStar ? Reflect.apply(fn, undefined, item as unknown[]) : fn(item as never);
    } catch (error) {
      return this.#settle(chunk, index, true, error);
    }
    return this.#settle(chunk, index, false, result);
  }

  /** The call for an item has given or thrown this. */
  #settle(chunk: Chunk, index: number, hasThrown: boolean, result: unknown): boolean {
    const { fn } = chunk;
    let isWaiting = false;
    try {
      isWaiting = !hasThrown && isThenable(result);
    } catch (error) {
      return this.#endItem(fn, index, true, error);
    }
    if (!isWaiting) return this.#endItem(fn, index, hasThrown, result);
    this.#willWait(fn);
    this.#options.replies.announce();
    this.#wait(result, (failed, value) => {
      this.#endItem(fn, index, failed, value);
      if (this.#items(chunk, index + 1)) this.#goOn();
    });
    return false;
  }

  #endItem(fn: AnyFunction, index: number, failed: boolean, value: unknown): true {
    this.#tasksDone++;
    this.#options.stopwatch?.end(this.#active);
    this.#options.stray.taskEnded();
    try {
      if (!failed) this.#options.replies.sendItem(this.#id, index, value, fn);
      else this.#sendError(protocol.ITEM_FAILURE, value, index);
    } catch (error) {
      this.#sendError(protocol.ITEM_FAILURE, error, index);
    }
    return true;
  }

  /** Waits for a promise, or for a stray error that means it will never come right. */
  #wait(thenable: unknown, settle: (failed: boolean, value: unknown) => void): void {
    const { stray } = this.#options;
    let isOpen = true;
    const once = (failed: boolean, value: unknown): void => {
      if (!isOpen) return;
      isOpen = false;
      stray.taskEnded();
      settle(failed, value);
    };
    stray.expect((error) => once(true, error));
    Promise.resolve(thenable).then(
      (value) => once(false, value),
      (error: unknown) => once(true, error),
    );
  }

  #end(kind: number, value: unknown): true {
    this.#options.ending();
    if (kind === protocol.FAILURE || kind === protocol.CHUNK_FAILURE) this.#sendError(kind, value);
    else this.#options.replies.send(kind, this.#id, value, 'the end of a chunk');
    return this.#forget();
  }

  /** Before the task's last word, so that whoever has its result sees it counted. */
  #noteDone(): void {
    const { words, slot } = this.#options;
    words[slot + TASKS_DONE] = this.#tasksDone;
  }

  #forget(): true {
    const { words, slot } = this.#options;
    // After the last word of the task: whoever finds this worker dead knows what it still had.
    Atomics.store(words, slot + RUNNING, 0);
    this.#lookAtMemory();
    this.#options.stray.taskEnded();
    this.#active = undefined;
    running.context = undefined;
    return true;
  }

  #lookAtMemory(): void {
    const { maxMemory } = this.#options;
    if (maxMemory === Infinity) return;
    const now = performance.now();
    if (now - this.#lookedAt < MEMORY_LOOK_MS) return;
    this.#lookedAt = now;
    this.#isTooBig = usedMemory() > maxMemory;
  }

  #sendError(kind: number, error: unknown, index?: number): void {
    this.#options.replies.sendError(kind, this.#id, error, index);
  }

  get #id(): number {
    return this.#active?.key ?? 0;
  }
}

/** Resident bytes of a worker process; what belongs to a worker thread alone, which has no more of its own. */
function usedMemory(): number {
  // Asked for here: most workers never need the module.
  if (process.getBuiltinModule('node:worker_threads').isMainThread) return process.memoryUsage.rss();
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}

/** Looks at `then` once, as `await` does; a getter that throws is the caller's to catch. */
function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}
