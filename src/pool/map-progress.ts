import { whenLaterFails } from '../base/later.ts';
import { checkOneOf, checkOptions, checkString } from '../base/options.ts';
import { wrongType } from '../base/invalid.ts';
import {
  fittingMode,
  openProgress,
  type ProgressState,
  type ProgressStream,
  type ProgressView,
  RateMeter,
} from './progress.ts';

/** How far a map is. */
export interface Progress {
  /** Items that have ended, failed ones included. */
  readonly done: number;
  /** Number of all items; `undefined` for inputs that do not tell. */
  readonly total: number | undefined;
  readonly failed: number;
  /** Items per second, over the last seconds. */
  readonly rate: number;
  /** Milliseconds that are left at this pace; `undefined` while nobody can know. */
  readonly remaining: number | undefined;
}

/** How progress is shown. */
export interface ProgressOptions {
  /** What is being done, in front of the bar. */
  readonly label?: string | undefined;
  /**
   * `bar` draws on a terminal and is silent anywhere else; `plain` writes a line every two seconds. By default what suits the
   * stream: a bar on a terminal, lines in a file, nothing in a pipe.
   */
  readonly mode?: 'bar' | 'plain' | undefined;
  /** Where to; standard error by default. */
  readonly stream?: ProgressStream | undefined;
}

/** The `progress` option: shown, shown in a certain way, or told. */
export type ProgressOption = boolean | ProgressOptions | ((progress: Progress) => unknown);

/** How often a callback is told. */
const TELL_MS = 100;

/** Checks the `progress` option of a pool or a map. */
export function checkProgress(owner: string, option: unknown): void {
  if (option === undefined || typeof option === 'boolean' || typeof option === 'function') return;
  if (typeof option !== 'object' || option === null)
    throw wrongType(owner, 'progress', 'a boolean, options, or a function', option);
  checkOptions(owner, option, ['label', 'mode', 'stream'], 'progress');
  const { label, mode, stream }: { label?: unknown; mode?: unknown; stream?: unknown } = option;
  if (label !== undefined) checkString(owner, 'progress.label', label);
  if (mode !== undefined) checkOneOf(owner, 'progress.mode', mode, ['bar', 'plain']);
  if (stream === undefined) return;
  if (typeof stream !== 'object' || stream === null || typeof Reflect.get(stream, 'write') !== 'function')
    throw wrongType(owner, 'progress.stream', 'a writable stream', stream);
}

/** How many items there are, where an input tells without being read. */
export function countOf(items: unknown): number | undefined {
  if (Array.isArray(items) || ArrayBuffer.isView(items)) return lengthOf(items);
  return items instanceof Set || items instanceof Map ? items.size : undefined;
}

function lengthOf(items: object): number | undefined {
  const length: unknown = Reflect.get(items, 'length');
  return typeof length === 'number' ? length : undefined;
}

/** Counts the items of one map, and shows or tells how far it is. */
export class MapProgress {
  readonly #display: Display;
  #done = 0;
  #failed = 0;
  readonly #total: number | undefined;

  /**
   * @param option Anything but `false`.
   * @param fail Is given what the user's callback throws; it is not called again then.
   */
  constructor(option: Exclude<ProgressOption, false>, total: number | undefined, fail: (error: unknown) => void) {
    this.#total = total;
    const read = (): ProgressState => ({ done: this.#done, failed: this.#failed, total: this.#total });
    this.#display = typeof option === 'function' ? tell(option, read, fail) : show(option === true ? {} : option, read);
  }

  items(count: number, failed: boolean): void {
    this.#done += count;
    if (failed) this.#failed += count;
  }

  /** Shows or tells how far it is if it is time for that, for a thread that blocks. */
  look(): void {
    this.#display.look();
  }

  /** Nothing more will come: shows or tells the last state. Idempotent. @throws What the user's callback throws. */
  finish(): void {
    this.#display.stop();
  }
}

type Display = Pick<ProgressView, 'look' | 'stop'>;

function tell(
  callback: (progress: Progress) => unknown,
  read: () => ProgressState,
  fail: (error: unknown) => void,
): Display {
  const meter = new RateMeter();
  meter.update(read(), performance.now());
  const call = (): void => {
    const { done, total, failed } = read();
    const { perSecond, leftMs } = meter.update({ done, total, failed }, performance.now());
    whenLaterFails(callback({ done, total, failed, rate: perSecond, remaining: leftMs }), giveUp);
  };
  let isTelling = true;
  const giveUp = (error: unknown): void => {
    stopTelling();
    fail(error);
  };
  const stopTelling = (): void => {
    isTelling = false;
    clearInterval(timer);
  };
  let toldMs = performance.now();
  const tellNow = (): void => {
    toldMs = performance.now();
    try {
      call();
    } catch (error) {
      giveUp(error);
    }
  };
  const timer = setInterval(tellNow, TELL_MS).unref();
  return {
    look: () => {
      if (isTelling && performance.now() - toldMs >= TELL_MS) tellNow();
    },
    stop: () => {
      if (!isTelling) return;
      stopTelling();
      call();
    },
  };
}

/** Terminals with a bar on them: two would overwrite each other, so the later one is not drawn. */
const drawnOn = new WeakSet<ProgressStream>();

const UNSEEN: Display = { look: () => {}, stop: () => {} };

function show(options: ProgressOptions, read: () => ProgressState): Display {
  const { label = '', stream = process.stderr } = options;
  const mode = options.mode ?? fittingMode(stream);
  if (mode === 'plain') return openProgress(mode, read, stream, label);
  if (mode === 'none' || stream.isTTY !== true || drawnOn.has(stream)) return UNSEEN;
  drawnOn.add(stream);
  const view = openProgress(mode, read, stream, label);
  return {
    look: () => view.look(),
    stop: () => {
      view.stop();
      drawnOn.delete(stream);
    },
  };
}
