import type { AnyFunction } from '../base/types.ts';
import type { ActiveTask } from './active-task.ts';
import { CANCELLED, ITEM, OPEN_COUNT, OPEN_RUN } from './memory.ts';
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
    const openWord = this.#slot + OPEN_RUN;
    const countWord = this.#slot + OPEN_COUNT;
    const { isStar } = shape;
    const key = task?.key ?? 0;
    const run = this.#run;
    let { same } = run;
    let open = words[openWord];
    this.stop = 'none';
    let i = from;
    // Ordinary loads and stores will do: nobody takes anything else for granted because of what they say, and the stores of a
    // worker that is killed are all there.
    try {
      for (; i < to && words[cancelledWord] !== key; i++) {
        words[itemWord] = i;
        if (task) task.item = i;
        // The host has checked that the items of a starmap are arrays; what other items are is the function's own affair.
        const value: unknown = isStar ? Reflect.apply(fn, undefined, items[i] as unknown[]) : fn(items[i] as never);
        // The function may have reported something, which ends the record.
        if (value === same && words[openWord] === open) words[countWord] = (words[countWord] ?? 0) + 1;
        else if (run.append(value)) {
          ({ same } = run);
          open = words[openWord];
        } else return this.#stopAt(i, 'value', value);
      }
    } catch (error) {
      return this.#stopAt(i, 'error', error);
    }
    return i;
  }

  #stopAt(index: number, stop: QuickStop, outcome: unknown): number {
    this.stop = stop;
    this.outcome = outcome;
    return index;
  }
}
