import { CancelledError } from '../base/errors.ts';
import type { AnyFunction } from '../base/types.ts';
import type { Crossing } from '../reduction/functions/node.ts';
import { captureContext } from '../workers/carried-context.ts';
import type { CallSite } from '../reduction/call-site.ts';
import type { WorkerHost } from '../workers/host.ts';
import { APPLY } from '../workers/modes.ts';
import { type Job, Task } from '../workers/task.ts';
import type { Settler } from './async-result.ts';
import { limit } from './limit.ts';

/** Options of a broadcast. */
export interface BroadcastOptions {
  /** Milliseconds from the submission, for each call. */
  readonly timeout?: number | undefined;
  /** Ends the calls early; the broadcast then fails with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Forces the way in which the function crosses; `auto` by default. */
  readonly by?: Crossing | undefined;
}

export interface BroadcastCall extends BroadcastOptions {
  readonly fn: AnyFunction;
  readonly args: readonly unknown[];
  readonly by: Crossing;
  readonly site: CallSite;
}

/** One call in every worker. */
export class BroadcastJob implements Job {
  readonly #settler: Settler<unknown[]>;
  readonly #results: unknown[] = [];
  #open = 0;
  #failure: { readonly index: number; readonly error: unknown } | undefined;

  constructor(settler: Settler<unknown[]>) {
    this.#settler = settler;
  }

  /** @throws NotSendableError when function or arguments cannot cross; no worker was asked then. */
  start(host: WorkerHost, { fn, args, by, site, timeout, signal }: BroadcastCall): void {
    const workers = [...host.workers].filter(
      (worker) => worker.state !== 'leaving' && !worker.isRetiring && !worker.isSpare,
    );
    const definition = host.define(fn, by);
    const plan = {
      job: this,
      definition,
      mode: APPLY,
      priority: 0,
      timeout: undefined,
      mayCut: false,
      carried: captureContext(),
    } as const;
    const tasks = [...workers, ...host.coming].map((worker, index) => ({ worker, task: new Task(plan, index, 1, 0) }));
    this.#open = tasks.length;
    for (const { worker, task } of tasks) {
      task.site = site;
      host.submitTo(worker, task, fn, args);
    }
    for (const { task } of tasks) limit('Pool.broadcast', host, task, timeout, signal);
    if (tasks.length === 0) this.#settler.fail(new CancelledError('Pool.broadcast: the pool has no workers'));
  }

  succeed(index: number, value: unknown): void {
    this.#results[index] = value;
    this.#ended();
  }

  fail(index: number, error: unknown): void {
    if (!this.#failure || index < this.#failure.index) this.#failure = { index, error };
    this.#ended();
  }

  ended(): void {
    // Each call is a task of its own: all was said.
  }

  abort(error: unknown): void {
    this.#settler.fail(error);
  }

  #ended(): void {
    if (--this.#open > 0) return;
    if (this.#failure) this.#settler.fail(this.#failure.error);
    else this.#settler.succeed(this.#results);
  }
}
