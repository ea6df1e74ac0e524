import { fstatSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as cliProgress from 'cli-progress';

/** How far some work is, at one moment. */
export interface ProgressState {
  /** Items ended, failed ones included. */
  readonly done: number;
  readonly failed: number;
  /** Number of all items, where it is known. */
  readonly total?: number | undefined;
  /** Part of the work that is done, 0 to 1, where the number of items does not tell (bytes of files). */
  readonly fraction?: number | undefined;
}

/** A progress display under way. */
export interface ProgressView {
  /** Writes a line above the bar. */
  log(line: string): void;
  /** Shows how far it is if it is time for that: for a thread that blocks, so that no timer of the display fires. */
  look(): void;
  /** Shows the last state and leaves the terminal as it was. Idempotent. */
  stop(): void;
}

/** The part of a stream of the terminal that a display needs; `process.stderr` is one. */
export interface ProgressStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Descriptor of a stream of the process. */
  readonly fd?: number;
}

/** `bar` draws on a terminal and is silent anywhere else; `plain` writes a line every two seconds; `none` is silent. */
export type ProgressMode = 'bar' | 'plain' | 'none';

const FRAME_MS = 100;
const PLAIN_INTERVAL_MS = 2000;
const BAR_WIDTH = 28;

/**
 * Shows the progress of work that says how far it is when it is asked.
 *
 * The work pays nothing per item: `read` is called for each picture, ten times a second.
 *
 * @param label What is being done, in front of the bar; may be empty.
 */
export function openProgress(
  mode: ProgressMode,
  read: () => ProgressState,
  stream: ProgressStream,
  label = '',
): ProgressView {
  const rate = new RateMeter();
  const describe = (): string => {
    const state = read();
    return formatProgress(state, rate.update(state, performance.now()), label);
  };
  if (mode === 'plain') return new PlainProgress(describe, stream);
  if (mode === 'bar' && stream.isTTY === true) return BarProgress.open(describe, stream);
  return { log: (line) => void stream.write(`${line}\n`), look: () => {}, stop: () => {} };
}

/** What suits a stream: a bar on a terminal, lines in a file (a log), nothing in a pipe, which somebody may read. */
export function fittingMode({ isTTY, fd }: ProgressStream): ProgressMode {
  if (isTTY === true) return 'bar';
  return fd !== undefined && isFile(fd) ? 'plain' : 'none';
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false; // Closed: nobody will see anything.
  }
}

/** Speed of recent seconds and time left, from states at some moments. */
export class RateMeter {
  static readonly #windowMs = 5000;
  readonly #samples: { readonly atMs: number; readonly done: number; readonly fraction: number | undefined }[] = [];
  #startMs: number | undefined;

  /** Takes a state in and says how it goes. `leftMs` is `undefined` as long as nobody can know. */
  update(state: ProgressState, atMs: number): Pace {
    this.#startMs ??= atMs;
    const fraction = fractionOf(state);
    this.#samples.push({ atMs, done: state.done, fraction });
    while (this.#samples.length > 2 && (this.#samples[1]?.atMs ?? atMs) < atMs - RateMeter.#windowMs)
      this.#samples.shift();
    const first = this.#samples[0];
    const spanMs = atMs - (first?.atMs ?? atMs);
    const elapsedMs = atMs - this.#startMs;
    if (first === undefined || spanMs <= 0) return { perSecond: 0, elapsedMs, leftMs: undefined };
    const moved = fraction === undefined || first.fraction === undefined ? 0 : fraction - first.fraction;
    return {
      perSecond: ((state.done - first.done) * 1000) / spanMs,
      elapsedMs,
      leftMs: moved > 0 && fraction !== undefined ? ((1 - fraction) * spanMs) / moved : undefined,
    };
  }
}

/** How fast the work goes. */
export interface Pace {
  readonly perSecond: number;
  readonly elapsedMs: number;
  readonly leftMs: number | undefined;
}

/** One line of text for a state: bar and percentage where the end is known, then count, rate, time, failures. */
export function formatProgress(state: ProgressState, pace: Pace, label: string): string {
  const fraction = fractionOf(state);
  const isComplete = fraction === 1;
  const parts = [
    `${count(state.done)}${state.total === undefined ? '' : `/${count(state.total)}`}`,
    `${count(isComplete ? averageRate(state, pace) : pace.perSecond)}/s`,
    isComplete || pace.leftMs === undefined ? `${duration(pace.elapsedMs)} passed` : `${duration(pace.leftMs)} left`,
  ];
  if (state.failed > 0) parts.push(`${count(state.failed)} failed`);
  const bar = fraction === undefined ? '' : `${drawBar(fraction)} ${`${Math.floor(fraction * 100)}`.padStart(3)} %  `;
  return `${label === '' ? '' : `${label} `}${bar}${parts.join(' · ')}`;
}

function averageRate(state: ProgressState, pace: Pace): number {
  return pace.elapsedMs > 0 ? (state.done * 1000) / pace.elapsedMs : 0;
}

function fractionOf(state: ProgressState): number | undefined {
  if (state.fraction !== undefined || state.total === undefined) return state.fraction;
  return state.total === 0 ? 1 : Math.min(1, state.done / state.total);
}

function drawBar(fraction: number): string {
  const full = Math.round(fraction * BAR_WIDTH);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

function count(value: number): string {
  const rounded = value < 10 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
  return rounded.replaceAll(/\B(?=(?:\d{3})+$)/g, ' ');
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const clock = `${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  return seconds < 3600 ? clock : `${Math.floor(seconds / 3600)}:${clock}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** A line now and then, for logs and dumb terminals. */
class PlainProgress implements ProgressView {
  readonly #describe: () => string;
  readonly #stream: ProgressStream;
  #timer: NodeJS.Timeout | undefined;
  #shownMs = performance.now();

  constructor(describe: () => string, stream: ProgressStream) {
    this.#describe = describe;
    this.#stream = stream;
    // The first picture starts the clock of the rate.
    describe();
    this.#timer = setInterval(() => this.#show(), PLAIN_INTERVAL_MS).unref();
  }

  look(): void {
    if (performance.now() - this.#shownMs >= PLAIN_INTERVAL_MS) this.#show();
  }

  #show(): void {
    this.#shownMs = performance.now();
    this.log(this.#describe());
  }

  log(line: string): void {
    this.#stream.write(`${line}\n`);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#show();
  }
}

/** A bar on a terminal: cli-progress moves the cursor and throttles; the text is ours, because totals may be unknown. */
class BarProgress implements ProgressView {
  readonly #bars: cliProgress.MultiBar;
  #isStopped = false;
  #drawnMs = performance.now();

  private constructor(bars: cliProgress.MultiBar) {
    this.#bars = bars;
  }

  static open(describe: () => string, stream: ProgressStream): BarProgress {
    // Loaded only where a bar is drawn: start-up is paid by every run.
    const { MultiBar } = createRequire(import.meta.url)('cli-progress') as typeof cliProgress;
    // The first picture starts the clock of the rate.
    describe();
    const bars = new MultiBar({
      stream,
      format: () => clip(describe(), widthOf(stream)),
      forceRedraw: true,
      fps: 1000 / FRAME_MS,
      // A program that is killed could not show it again.
      hideCursor: false,
      gracefulExit: false,
      // The bar is clipped to the width; lines above it may be longer and must not be cut.
      linewrap: true,
    });
    bars.create(1, 0);
    return new BarProgress(bars);
  }

  log(line: string): void {
    this.#bars.log(`${line}\n`);
  }

  look(): void {
    const now = performance.now();
    if (this.#isStopped || now - this.#drawnMs < FRAME_MS) return;
    this.#drawnMs = now;
    this.#bars.update();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    // Lines that wait for the next picture appear now; stop() alone would lose them.
    this.#bars.update();
    this.#bars.stop();
  }
}

/** A terminal that was never told its size says 0. */
function widthOf({ columns }: ProgressStream): number {
  return columns === undefined || columns <= 0 ? 80 : columns;
}

function clip(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
