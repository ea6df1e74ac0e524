import { constants } from 'node:os';
import type { WorkerLostDetails } from '../base/errors.ts';
import type { WorkerProcess } from '../process/worker-process.ts';

export type WorkerState = 'starting' | 'ready' | 'leaving' | 'gone';

/** A worker as its host sees it. */
export class Worker {
  /** Its place in shared memory; the replacement of a dead worker may get the same. */
  readonly slot: number;
  /** Its number, from 1; never used twice in a pool. */
  readonly id: number;
  readonly process: WorkerProcess;
  /** Milliseconds on `performance.now()` when it was started. */
  readonly startedAt: number = performance.now();
  state: WorkerState = 'starting';
  /** When it was ready, was told to end or said that it would, and was gone; by the same clock. */
  readyAt: number | undefined;
  leavingAt: number | undefined;
  endedAt: number | undefined;
  /** Milliseconds that its initializer took. */
  initializerMs = 0;
  /** Tasks that are for this worker only and have not ended. */
  readonly calls: Set<number> = new Set();

  /** It is ready, or soon, and takes no tasks before another worker ends: then it takes the other's place at once. */
  isSpare = false;
  /** It was told to leave, so it is not counted any more. */
  isRetiring = false;
  /** Nobody wants any worker of the pool any more. */
  isDismissed = false;
  /** Whether its end took a call with it. */
  hasLostTask = false;
  /** Calls that it had made when it ended. */
  callsDone = 0;
  /** Milliseconds that it was in calls when it ended; 0 unless the pool measures. */
  worked = 0;

  constructor(slot: number, id: number, process: WorkerProcess) {
    this.slot = slot;
    this.id = id;
    this.process = process;
  }

  /** How it ended: see `Process.exitCode`, and the number of the signal or 0. Not set while it lives. */
  exitCode: number | undefined;
  exitSignal = 0;

  /** Whether it ended as it was told, or had done its share. */
  get isOrderly(): boolean {
    return this.state === 'leaving' || this.isRetiring || this.isDismissed;
  }

  get pid(): number {
    return this.process.pid;
  }

  get isAlive(): boolean {
    return this.state !== 'gone';
  }

  /** How it ended, for messages. */
  get ending(): WorkerLostDetails & { readonly text: string } {
    const signal = signalName(this.exitSignal);
    const text = signal ? `was killed by ${signal}` : `exited with code ${this.exitCode}`;
    const exitCode = signal ? null : this.exitCode;
    return { pid: this.pid, exitCode, signal, workerId: this.id, stderr: this.process.stderr, text };
  }
}

/** Those that take tasks. */
export function inService(workers: Iterable<Worker>): Worker[] {
  return [...workers].filter((worker) => !worker.isSpare);
}

function signalName(number: number): string | undefined {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
}
