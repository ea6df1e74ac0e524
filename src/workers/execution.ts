import type { AnyFunction } from '../base/types.ts';
import type { ActiveTask } from './active-task.ts';
import { CANCELLED, ITEM, RUNNING, TASKS_DONE } from './memory.ts';
import * as protocol from './protocol.ts';
import type { ReplyWriter } from './reply-writer.ts';
import type { StrayErrors } from './stray-errors.ts';
import { running } from './task-context.ts';
import { Turn } from './turn.ts';

/** How the payload is to be used: as the arguments of one call, or as items for one call each. */
export interface Shape {
  readonly isChunk: boolean;
  /** Whether each item is an array of arguments. */
  readonly isStar: boolean;
}

export const CALL_SHAPE: Shape = { isChunk: false, isStar: false };

export interface ExecutionOptions {
  readonly replies: ReplyWriter;
  readonly words: Int32Array<ArrayBuffer>;
  /** First word of this worker's slot. */
  readonly slot: number;
  readonly stray: StrayErrors;
  /** Calls that this worker may make in its life. */
  readonly maxTasks: number;
  /** Called when a task has ended that did not end at once. */
  goOn(): void;
}

interface Chunk {
  readonly fn: AnyFunction;
  readonly items: readonly unknown[];
  readonly isStar: boolean;
  readonly began: number;
}

/**
 * Runs one task after the other and reports how each ended.
 *
 * Methods that return a boolean: `true`, the task has ended; `false`, it waits for a promise and `goOn` is called later.
 */
export class Execution {
  readonly #options: ExecutionOptions;
  readonly #turn = new Turn();
  #active: ActiveTask | undefined;
  #tasksDone = 0;

  constructor(options: ExecutionOptions) {
    this.#options = options;
  }

  /** Whether this worker has made as many calls as it may. */
  get isSpent(): boolean {
    return this.#tasksDone >= this.#options.maxTasks;
  }

  begin(active: ActiveTask): void {
    this.#active = active;
  }

  /** The caller gave the task up. */
  cancel(id: number): void {
    if (this.#active?.id === id) this.#active.cancel();
  }

  run(fn: AnyFunction, value: unknown, shape: Shape): boolean {
    running.context = this.#active;
    // The host sends an array in both cases.
    const array = value as unknown[];
    if (!shape.isChunk) return this.#call(fn, array);
    this.#turn.begin();
    return this.#items({ fn, items: array, isStar: shape.isStar, began: performance.now() }, 0);
  }

  /** The task cannot run: a module is missing, or its bytes cannot be read. */
  refuse(error: unknown, shape: Shape): boolean {
    if (!shape.isChunk) return this.#end(protocol.FAILURE, error);
    this.#sendError(protocol.ITEM_FAILURE, error, 0);
    return this.#end(protocol.CHUNK_CUT, 1);
  }

  #call(fn: AnyFunction, args: unknown[]): boolean {
    let result: unknown;
    let isWaiting = false;
    try {
      result = Reflect.apply(fn, undefined, args);
      isWaiting = isThenable(result);
    } catch (error) {
      return this.#endCall(fn, true, error);
    }
    if (!isWaiting) return this.#endCall(fn, false, result);
    this.#wait(result, (failed, value) => {
      this.#endCall(fn, failed, value);
      this.#options.goOn();
    });
    return false;
  }

  #endCall(fn: AnyFunction, failed: boolean, value: unknown): boolean {
    this.#tasksDone++;
    if (failed) return this.#end(protocol.FAILURE, value);
    try {
      this.#options.replies.send(protocol.RESULT, this.#id, value, `the result of ${fn.name}`);
    } catch (error) {
      return this.#end(protocol.FAILURE, error);
    }
    return this.#forget();
  }

  /** Runs the items from `first` on, as long as none of them waits. */
  #items(chunk: Chunk, first: number): boolean {
    const { words, slot } = this.#options;
    for (let i = first; i < chunk.items.length; i++) {
      if (this.isSpent || Atomics.load(words, slot + CANCELLED) === this.#id) return this.#end(protocol.CHUNK_CUT, i);
      if (this.#turn.isOver()) return this.#later(chunk, i);
      this.#beginItem(i);
      if (!this.#item(chunk, i)) return false;
    }
    return this.#end(protocol.CHUNK_DONE, performance.now() - chunk.began);
  }

  #beginItem(index: number): void {
    Atomics.store(this.#options.words, this.#options.slot + ITEM, index);
    if (this.#active) this.#active.item = index;
  }

  /** Goes on with item `first` after the event loop had its turn. */
  #later(chunk: Chunk, first: number): boolean {
    setImmediate(() => {
      running.context = this.#active;
      this.#turn.begin();
      if (this.#items(chunk, first)) this.#options.goOn();
    });
    return false;
  }

  #item(chunk: Chunk, index: number): boolean {
    const { fn, isStar } = chunk;
    const item = chunk.items[index];
    let result: unknown;
    let isWaiting = false;
    try {
      // The host has checked that the items of a starmap are arrays.
      result = isStar ? Reflect.apply(fn, undefined, item as unknown[]) : Reflect.apply(fn, undefined, [item]);
      isWaiting = isThenable(result);
    } catch (error) {
      return this.#endItem(fn, index, true, error);
    }
    if (!isWaiting) return this.#endItem(fn, index, false, result);
    this.#wait(result, (failed, value) => {
      this.#endItem(fn, index, failed, value);
      this.#turn.begin();
      if (this.#items(chunk, index + 1)) this.#options.goOn();
    });
    return false;
  }

  #endItem(fn: AnyFunction, index: number, failed: boolean, value: unknown): true {
    this.#tasksDone++;
    try {
      if (!failed) this.#options.replies.sendItem(protocol.ITEM_RESULT, this.#id, index, value, `the result of ${fn.name}`);
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
      stray.interrupt = undefined;
      settle(failed, value);
    };
    stray.interrupt = (error) => once(true, error);
    Promise.resolve(thenable).then(
      (value) => once(false, value),
      (error: unknown) => once(true, error),
    );
  }

  #end(kind: number, value: unknown): true {
    if (kind === protocol.FAILURE) this.#sendError(kind, value);
    else this.#options.replies.send(kind, this.#id, value, 'the end of a chunk');
    return this.#forget();
  }

  #forget(): true {
    const { words, slot } = this.#options;
    // After the last word of the task: whoever finds this worker dead knows what it still had.
    Atomics.store(words, slot + RUNNING, 0);
    words[slot + TASKS_DONE] = this.#tasksDone;
    this.#active = undefined;
    running.context = undefined;
    return true;
  }

  #sendError(kind: number, error: unknown, index?: number): void {
    this.#options.replies.sendError(kind, this.#id, error, index);
  }

  get #id(): number {
    return this.#active?.id ?? 0;
  }
}

/** Looks at `then` once, as `await` does; a getter that throws is the caller's to catch. */
function isThenable(value: unknown): boolean {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
  return typeof Reflect.get(value, 'then') === 'function';
}
