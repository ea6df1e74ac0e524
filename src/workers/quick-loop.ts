import type { AnyFunction } from '../base/types.ts';
import type { ActiveTask } from './active-task.ts';
import { CANCELLED, ITEM } from './memory.ts';
import type { NumberRun } from './number-run.ts';

/** Items of a chunk, and what is called for each. */
export interface QuickChunk {
  readonly fn: AnyFunction;
  readonly items: ArrayLike<unknown>;
  /** Whether each item is an array of arguments. */
  readonly shape: { readonly isStar: boolean };
  readonly task: ActiveTask | undefined;
}

/** How the call for the item ended at which the loop stopped; `none`: there was no such call. */
export type QuickStop = 'none' | 'value' | 'error';

/**
 * Calls a function for one item after the other, as long as each gives a value that fits in the record that is open.
 *
 * The way of functions that do not wait, where nobody measures: some thirty nanoseconds for an item.
 */
export class QuickLoop {
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #slot: number;
  readonly #run: NumberRun;
  stop: QuickStop = 'none';
  /** What the last call gave or threw, where it is not in the record. */
  outcome: unknown;

  constructor(words: Int32Array<ArrayBuffer>, slot: number, run: NumberRun) {
    this.#words = words;
    this.#slot = slot;
    this.#run = run;
  }

  /** Makes the calls for the items from `from` to before `to`. @returns The item at which it stopped; `to`: all are done. */
  make({ fn, items, shape, task }: QuickChunk, from: number, to: number): number {
    const words = this.#words;
    const itemWord = this.#slot + ITEM;
    const cancelledWord = this.#slot + CANCELLED;
    const run = this.#run;
    const { isStar } = shape;
    const key = task?.key ?? 0;
    this.stop = 'none';
    let i = from;
    try {
      for (; i < to; i++) {
        if (Atomics.load(words, cancelledWord) === key) return i;
        // An ordinary store is enough: nothing else is read by it, and a dead worker's are all there.
        words[itemWord] = i;
        if (task) task.item = i;
        // The host has checked that the items of a starmap are arrays; what other items are is the function's own affair.
        const value: unknown = isStar ? Reflect.apply(fn, undefined, items[i] as unknown[]) : fn(items[i] as never);
        if (run.append(value)) continue;
        this.stop = 'value';
        this.outcome = value;
        return i;
      }
    } catch (error) {
      this.stop = 'error';
      this.outcome = error;
    }
    return i;
  }
}
