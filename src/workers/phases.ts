import { constants } from 'node:os';
import { TimeoutError } from '../base/errors.ts';
import { FINALIZING, INITIALIZING } from './protocol.ts';
import type { Timers } from './timers.ts';
import type { Worker } from './worker.ts';

export interface PhaseLimits {
  /** Milliseconds that the initializer may take, and that the finalizer may; absent: as long as they want. */
  readonly initializerTimeout: number | undefined;
  readonly finalizerTimeout: number | undefined;
}

/** What becomes of an initializer or finalizer that takes too long, besides that its worker is killed. */
export interface PhaseEvents {
  initializerIsLate(error: TimeoutError): void;
  finalizerIsLate(error: TimeoutError): void;
}

/** Ends initializers and finalizers that run longer than they may. */
export class Phases {
  readonly #limits: PhaseLimits;
  readonly #timers: Timers;
  readonly #events: PhaseEvents;
  readonly #stops = new WeakMap<Worker, () => void>();

  constructor(limits: PhaseLimits, timers: Timers, events: PhaseEvents) {
    this.#limits = limits;
    this.#timers = timers;
    this.#events = events;
  }

  /** A worker says that it begins with its initializer or finalizer. */
  begin(worker: Worker, kind: number): void {
    if (kind === INITIALIZING) this.#limit(worker, 'initializer', this.#limits.initializerTimeout);
    if (kind === FINALIZING) {
      worker.state = 'leaving';
      worker.leavingAt ??= performance.now();
    }
    if (kind === FINALIZING) this.#limit(worker, 'finalizer', this.#limits.finalizerTimeout);
  }

  /** It has ended with it, or is gone. */
  end(worker: Worker): void {
    this.#stops.get(worker)?.();
    this.#stops.delete(worker);
  }

  #limit(worker: Worker, what: 'initializer' | 'finalizer', timeout: number | undefined): void {
    if (timeout === undefined) return;
    const late = (): void => {
      const error = new TimeoutError(
        `the ${what} of worker ${worker.id} (pid ${worker.pid}) ran longer than ${timeout} ms; the worker was killed`,
      );
      worker.process.kill(constants.signals.SIGKILL);
      if (what === 'initializer') this.#events.initializerIsLate(error);
      else this.#events.finalizerIsLate(error);
    };
    this.#stops.set(worker, this.#timers.inBackground(timeout, late));
  }
}
