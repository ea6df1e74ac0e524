import { AsyncResource } from 'node:async_hooks';
import { whenLaterFails } from '../base/later.ts';
import { warnNow } from '../base/warn.ts';
import { MapProgress, type ProgressOption } from './map-progress.ts';

/** Is given what a task reports, and for which item. */
export type ReportListener = (value: unknown, index: number) => unknown;

/** Who listens to a job while it goes on. */
export interface Listening {
  readonly onReport?: ReportListener | undefined;
  readonly progress?: ProgressOption | undefined;
  /** Number of items, where it is known. */
  readonly total?: number | undefined;
}

/**
 * What listens to one job while it goes on: its callback for reports, and its progress.
 *
 * That is user code, and news come while messages are being read, where none may run: it is called in a microtask, or at the
 * job's end, in the asynchronous context in which the job was submitted. What it throws becomes the error of the job; what the
 * promise of an async one rejects with, as long as the job goes on.
 */
export class JobListeners {
  readonly #onReport: ReportListener | undefined;
  readonly #progress: MapProgress | undefined;
  #reports: (readonly [value: unknown, index: number])[] = [];
  #thrown: { readonly error: unknown } | undefined;
  #isOver = false;
  readonly #tellSoon: () => void;
  /** Ends the job with an error. @returns Whether it was still going on. */
  #endJob: (error: unknown) => boolean = () => false;

  /** @returns `undefined` when nobody listens. */
  static of(listening: Listening): JobListeners | undefined {
    const isSilent = listening.progress === undefined || listening.progress === false;
    return isSilent && !listening.onReport ? undefined : new JobListeners(listening);
  }

  private constructor({ onReport, progress = false, total }: Listening) {
    this.#onReport = onReport;
    const fail = (error: unknown): void => this.#fail(error);
    if (progress !== false)
      this.#progress = new MapProgress(
        typeof progress === 'function' ? AsyncResource.bind(progress) : progress,
        total,
        fail,
      );
    this.#tellSoon = AsyncResource.bind(() => {
      try {
        this.#tell();
      } catch (error) {
        this.#fail(error);
      }
    });
  }

  /** What the result of the job calls. */
  get hooks(): { readonly finish: () => void; readonly meanwhile: () => void } {
    return { finish: () => this.finish(), meanwhile: () => this.meanwhile() };
  }

  /** How the job is ended when a listener throws. */
  attach(endJob: (error: unknown) => boolean): void {
    this.#endJob = endJob;
  }

  /** A task has reported something. */
  report(value: unknown, index: number): void {
    if (this.#onReport && !this.#thrown && this.#reports.push([value, index]) === 1) queueMicrotask(this.#tellSoon);
  }

  /** Items have ended. */
  items(count: number, failed: boolean): void {
    this.#progress?.items(count, failed);
  }

  /** For a thread that blocks: tells what there is to tell. Called outside of the reading of messages. */
  meanwhile(): void {
    if (this.#isOver) return;
    this.#tellSoon();
    this.#progress?.look();
  }

  /** The job is over; called outside of the reading of messages. @throws What a listener has thrown, now or before. */
  finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    try {
      this.#tell();
    } finally {
      this.#progress?.finish();
    }
    if (this.#thrown) throw this.#thrown.error;
  }

  /** As {@link JobListeners.finish} for a job whose result was given already: an error is only shown. */
  finishSoon(): void {
    queueMicrotask(() => {
      try {
        this.finish();
      } catch (error) {
        if (!this.#thrown) warnNow('a listener of a job that has ended failed', error);
      }
    });
  }

  #tell(): void {
    const reports = this.#reports;
    this.#reports = [];
    for (const [value, index] of reports) whenLaterFails(this.#onReport?.(value, index), (error) => this.#fail(error));
  }

  #fail(error: unknown): void {
    // The promise of a listener may reject at any time.
    if (this.#isOver) return warnNow('a listener of a job that has ended failed', error);
    this.#thrown ??= { error };
    this.#reports = [];
    if (!this.#endJob(error)) warnNow('a listener of a job that has ended failed', error);
  }
}
