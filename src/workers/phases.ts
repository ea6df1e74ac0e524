import { constants } from 'node:os';
import { TimeoutError, WorkerLostError } from '../base/errors.ts';
import { FINALIZING, INITIALIZING } from './protocol.ts';
import { Unreadable } from './reply-reader.ts';
import type { Timers } from './timers.ts';
import type { Worker } from './worker.ts';

export interface PhaseLimits {
  /** Name of the pool, for messages. */
  readonly name: string;
  /** Milliseconds that the initializer may take, and that the finalizer may; absent: as long as they want. */
  readonly initializerTimeout: number | undefined;
  readonly finalizerTimeout: number | undefined;
}

/** Watches initializers and finalizers: ends those that run longer than they may, and keeps what finalizers give. */
export class Phases {
  readonly #limits: PhaseLimits;
  readonly #timers: Timers;
  readonly #initializerIsLate: (error: TimeoutError) => void;
  readonly #stops = new WeakMap<Worker, () => void>();
  readonly #finalizing = new Set<Worker>();
  /** What finalizers returned, or why they did not, in the order in which workers ended. */
  readonly exitResults: unknown[] = [];

  /** @param initializerIsLate Told besides that the worker is killed. */
  constructor(limits: PhaseLimits, timers: Timers, initializerIsLate: (error: TimeoutError) => void) {
    this.#limits = limits;
    this.#timers = timers;
    this.#initializerIsLate = initializerIsLate;
  }

  /** A worker says that it begins with its initializer or finalizer. */
  begin(worker: Worker, kind: number): void {
    if (kind === INITIALIZING) this.#limit(worker, 'initializer', this.#limits.initializerTimeout);
    if (kind !== FINALIZING) return;
    leaves(worker);
    this.#finalizing.add(worker);
    this.#limit(worker, 'finalizer', this.#limits.finalizerTimeout);
  }

  /** It has ended with its initializer. */
  end(worker: Worker): void {
    this.#stops.get(worker)?.();
    this.#stops.delete(worker);
  }

  /** It has no more to say but `result`, what its finalizer gave. */
  left(worker: Worker, result: unknown): void {
    this.end(worker);
    leaves(worker);
    this.#finalizing.delete(worker);
    if (result !== undefined) this.exitResults.push(result instanceof Unreadable ? result.error : result);
  }

  /** It is gone; with a finalizer that has not ended, that says so in the place of a result. */
  gone(worker: Worker): void {
    this.end(worker);
    if (!this.#finalizing.delete(worker)) return;
    const { text, ...details } = worker.ending;
    const message = `${this.#limits.name}: worker ${worker.id} (pid ${worker.pid}) ${text} while it ran its finalizer`;
    this.exitResults.push(new WorkerLostError(message, details));
  }

  /** Workers are ended on purpose: nobody wants to hear what their finalizers would have given. */
  forget(): void {
    this.#finalizing.clear();
  }

  #limit(worker: Worker, what: 'initializer' | 'finalizer', timeout: number | undefined): void {
    if (timeout === undefined) return;
    const late = (): void => {
      const error = new TimeoutError(
        `the ${what} of worker ${worker.id} (pid ${worker.pid}) ran longer than ${timeout} ms; the worker was killed`,
      );
      worker.process.kill(constants.signals.SIGKILL);
      if (what === 'initializer') this.#initializerIsLate(error);
      else if (this.#finalizing.delete(worker)) this.exitResults.push(error);
    };
    this.#stops.set(worker, this.#timers.inBackground(timeout, late));
  }
}

function leaves(worker: Worker): void {
  worker.state = 'leaving';
  worker.leavingAt ??= performance.now();
}
