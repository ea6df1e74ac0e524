import { checkNumber } from './options.ts';
import { wrongUse } from './invalid.ts';
import { logDebug } from './log.ts';
import { warnNow } from './warn.ts';

/** When a {@link Finalize} runs by itself; at least one of the two. */
export interface FinalizeOptions {
  /** Runs when this object was collected. The callback must not hold the object, or that never happens. */
  readonly object?: object | undefined;
  /** Runs at the exit of the thread: higher first, the younger first among equals, negative ones after all children ended. */
  readonly priority?: number | undefined;
}

interface Entry {
  readonly priority: number;
  readonly finalizer: { run(): unknown };
}

/** In order of registration, which a Set keeps. Those without a priority are not in it. */
const atExit = new Set<Entry>();
const collected = new FinalizationRegistry<() => void>((run) => run());
let listening = false;

/**
 * A last action that runs exactly once: by hand, when an object is collected, or at exit.
 *
 * Belongs to the thread that made it. The callback is synchronous, because nothing awaits at exit.
 *
 * @see Python `multiprocessing.util.Finalize`
 */
export class Finalize<R = unknown> {
  #callback: (() => R) | undefined;
  #entry: Entry | undefined;

  /**
   * @param callback Called at most once.
   * @throws TypeError when neither an object nor a priority is given: it would never run.
   */
  constructor(callback: () => R, options: FinalizeOptions) {
    const { object, priority } = options;
    if (object === undefined && priority === undefined) {
      throw wrongUse('Finalize', 'without `object` and `priority` it would never run; give one of them');
    }
    if (priority !== undefined) checkNumber('Finalize', 'priority', priority);
    this.#callback = callback;
    if (priority !== undefined) this.#runAtExit(priority);
    // The registry keeps this finalizer alive, so an owner need not hold it.
    if (object !== undefined) collected.register(object, () => runSafely(this), this);
  }

  /** Runs the callback if it has not run and was not cancelled; the result, else `undefined`. What it throws is thrown. */
  run(): R | undefined {
    const callback = this.#callback;
    if (callback) logDebug(() => `a finalizer runs${callback.name === '' ? '' : `: ${callback.name}`}`);
    this.cancel();
    return callback?.();
  }

  /** Forgets the callback without running it. */
  cancel(): void {
    this.#callback = undefined;
    collected.unregister(this);
    if (this.#entry !== undefined) atExit.delete(this.#entry);
    this.#entry = undefined;
  }

  /** Whether it may still run. */
  get active(): boolean {
    return this.#callback !== undefined;
  }

  #runAtExit(priority: number): void {
    this.#entry = { priority, finalizer: this };
    atExit.add(this.#entry);
    if (listening) return;
    listening = true;
    process.once('exit', () => runFinalizers());
  }
}

/**
 * Runs what is due at exit. Callbacks that throw are reported and do not stop the others.
 *
 * Children use it twice, as Python does: priorities from 0 up while their own children live, and the rest when those ended.
 *
 * @param lowest Only priorities from here up; all when absent.
 */
export function runFinalizers(lowest: number = -Infinity): void {
  // A callback may register or cancel others: rounds go on until nothing due is left.
  for (let due = dueInOrder(lowest); due.length > 0; due = dueInOrder(lowest)) {
    for (const entry of due) if (atExit.has(entry)) runSafely(entry.finalizer);
  }
}

/** Higher priority first; the sort is stable, so that reversing first puts the younger one first among equals. */
function dueInOrder(lowest: number): Entry[] {
  const due = [...atExit].filter((entry) => entry.priority >= lowest).toReversed();
  return due.toSorted((one, other) => other.priority - one.priority);
}

function runSafely(finalizer: { run(): unknown }): void {
  try {
    finalizer.run();
  } catch (error) {
    warnNow('a finalizer failed', error);
  }
}
