import { warnNow } from '../base/warn.ts';
import { checkOneOf, checkOptions, checkString } from '../base/options.ts';
import { wrongType } from '../base/invalid.ts';
import { openProgress, type ProgressState, type ProgressStream, type ProgressView, RateMeter } from './progress.ts';

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
  /** `bar` (the default) draws on a terminal and is silent anywhere else; `plain` writes a line every two seconds, for logs. */
  readonly mode?: 'bar' | 'plain' | undefined;
  /** Where to; standard error by default. */
  readonly stream?: ProgressStream | undefined;
}

/** The `progress` option: shown, shown in a certain way, or told. */
export type ProgressOption = boolean | ProgressOptions | ((progress: Progress) => void);

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

/**
 * Counts the items of one map, and shows or tells how far it is.
 *
 * Items are counted while messages are read, where no user code may run: callbacks come from a timer, and from a microtask
 * at the end.
 */
export class MapProgress {
  readonly #display: Display;
  #done = 0;
  #failed = 0;
  readonly #total: number | undefined;
  #hasEnded = false;

  /** @param option Anything but `false`. */
  constructor(option: Exclude<ProgressOption, false>, total: number | undefined) {
    this.#total = total;
    const read = (): ProgressState => ({ done: this.#done, failed: this.#failed, total: this.#total });
    this.#display = typeof option === 'function' ? tell(option, read) : show(option === true ? {} : option, read);
  }

  readonly items = (count: number, failed: boolean): void => {
    this.#done += count;
    if (failed) this.#failed += count;
    if (this.#done === this.#total) this.end();
  };

  /** Nothing more will come. Idempotent. */
  readonly end = (): void => {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    queueMicrotask(() => this.#display.stop());
  };
}

type Display = Pick<ProgressView, 'stop'>;

function tell(callback: (progress: Progress) => void, read: () => ProgressState): Display {
  const meter = new RateMeter();
  meter.update(read(), performance.now());
  const call = (): void => {
    const { done, total, failed } = read();
    const { perSecond, leftMs } = meter.update({ done, total, failed }, performance.now());
    const told = { done, total, failed, rate: perSecond, remaining: leftMs };
    // One that throws would do so again.
    if (!callSafely(() => callback(told), 'progress')) stopTelling();
  };
  let isTelling = true;
  const timer = setInterval(call, TELL_MS).unref();
  const stopTelling = (): void => {
    isTelling = false;
    clearInterval(timer);
  };
  return {
    stop: () => {
      if (!isTelling) return;
      call();
      stopTelling();
    },
  };
}

/** Terminals with a bar on them: two would overwrite each other, so the later one is not drawn. */
const drawnOn = new WeakSet<ProgressStream>();

function show(options: ProgressOptions, read: () => ProgressState): Display {
  const { label = '', mode = 'bar', stream = process.stderr } = options;
  const isBar = mode === 'bar' && stream.isTTY === true;
  if (mode === 'bar' && (!isBar || drawnOn.has(stream))) return { stop: () => {} };
  if (isBar) drawnOn.add(stream);
  let hasStopped = false;
  let view: ProgressView | undefined;
  const close = (): void => {
    view?.stop();
    drawnOn.delete(stream);
  };
  openProgress(mode, read, stream, label).then(
    (opened) => {
      view = opened;
      if (hasStopped) close();
    },
    (error: unknown) => warnNow('progress cannot be shown', error),
  );
  return {
    stop: () => {
      hasStopped = true;
      if (view) close();
    },
  };
}

/** Gives what tasks report to the program, outside of the reading of messages. */
export function reportTo(onReport: ((value: unknown, index: number) => void) | undefined): typeof onReport {
  if (!onReport) return undefined;
  return (value, index) => queueMicrotask(() => callSafely(() => onReport(value, index), 'onReport'));
}

/** Progress is no reason to fail: what a callback throws is told to the user, and the work goes on. */
function callSafely(call: () => void, name: string): boolean {
  try {
    call();
    return true;
  } catch (error) {
    warnNow(`the callback \`${name}\` failed`, error);
    return false;
  }
}
