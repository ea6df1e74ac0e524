import { availableParallelism, freemem, totalmem } from 'node:os';
import { ProcessError } from '../base/errors.ts';
import { sharedState } from '../base/globals.ts';
import { logDebug } from '../base/log.ts';
import { warn } from '../base/warn.ts';
import { Parker } from '../shared-memory/parker.ts';
import { preloads } from './preload.ts';
import { Spare, type Recipe } from './spare.ts';
import { processState } from './state.ts';

/** Starts that follow each other within this time are one burst; preparation begins after it at the latest. */
const REFILL_AFTER_MS = 30;
const BURST_MS = 500;
/** After so long without a start the spares are dismissed; `MANYCORE_SPARES_IDLE` says otherwise, in milliseconds. */
const IDLE_MS = 30_000;
/** Spares that end before they are ready, one after the other; then starts do without for a while. */
const MOST_FAILURES = 3;
/** One that still loads after so long hangs. */
const LOADING_MS = 10_000;
const LEAST_FREE_BYTES = 128 * 2 ** 20;
const LEAST_FREE_SHARE = 0.05;

/**
 * The prepared processes of this program.
 *
 * As many are kept as were last started at once, at most one for each processor. They are prepared one after the other, and
 * only while nothing is being started, because that is as good as a low priority, which an ordinary user could not take
 * back afterwards. Nothing here keeps the program alive.
 */
export class Spares {
  readonly #spares = new Set<Spare>();
  #recipe: Recipe | undefined;
  #wanted = 1;
  #burst = 0;
  #lastStart = -Infinity;
  #failures = 0;
  #preloadFailure = '';
  #generation = -1;
  #refill: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #poller = (): void => this.#look();

  private constructor() {
    process.on('exit', () => this.dismiss());
  }

  /** Those of this thread. */
  static current(): Spares {
    return sharedState('process.spares.1', () => new Spares());
  }

  /** Process ids of those that are ready, in the order in which they are taken. */
  get readyPids(): number[] {
    return [...this.#spares].filter((spare) => spare.isReady).map((spare) => spare.node.pid);
  }

  /** @throws ProcessError when a module to preload failed, and nothing may start then. */
  assertPreloaded(): void {
    const { onError, generation } = preloads();
    if (generation !== this.#generation) this.#begin(generation);
    if (onError !== 'fail' || this.#preloadFailure === '') return;
    throw new ProcessError(`setForkserverPreload: a module to preload failed: ${this.#preloadFailure}`);
  }

  /** The most advanced spare for `key` that is there; it is the caller's now. */
  take(key: string): Spare | undefined {
    this.#dropHung();
    const fitting = [...this.#spares].filter((spare) => spare.key === key);
    const inOrder = [...fitting.filter((spare) => spare.isReady), ...fitting.filter((spare) => !spare.isReady)];
    for (const spare of inOrder) {
      // Those that have ended stay: their end is about to be told, and counts.
      if (!spare.isAlive) continue;
      this.#spares.delete(spare);
      if (spare.isThere()) return spare;
      logDebug(() => `a spare process (pid ${spare.node.pid}) does not answer; the start goes on without it`);
      spare.dismiss();
    }
    return undefined;
  }

  /** Something was started: prepares the next. */
  noteStart(recipe: Recipe): void {
    const now = performance.now();
    this.#burst = now - this.#lastStart < BURST_MS ? this.#burst + 1 : 1;
    this.#lastStart = now;
    this.#recipe = recipe;
    this.#wanted = Math.min(limit(), Math.max(this.#burst, this.#wanted));
    this.#schedule(REFILL_AFTER_MS);
    this.#idle ??= setTimeout(() => this.#checkIdle(), idleMs()).unref();
  }

  /** Ends all that have no work. */
  dismiss(): void {
    clearTimeout(this.#refill);
    clearTimeout(this.#idle);
    this.#refill = undefined;
    this.#idle = undefined;
    if (this.#spares.size > 0) logDebug(() => `${this.#spares.size} spare processes are dismissed`);
    for (const spare of this.#spares) spare.dismiss();
    this.#spares.clear();
    Parker.current().delete(this.#poller);
  }

  #begin(generation: number): void {
    this.#generation = generation;
    this.#failures = 0;
    this.#preloadFailure = '';
    this.dismiss();
  }

  #schedule(delayMs: number): void {
    this.#refill ??= setTimeout(() => {
      this.#refill = undefined;
      this.#prepareOne();
    }, delayMs).unref();
  }

  #prepareOne(): void {
    const recipe = this.#recipe;
    this.#dropHung();
    if (!recipe || this.#failures >= MOST_FAILURES || isMemoryShort()) return;
    // One at a time.
    if ([...this.#spares].some((spare) => !spare.isReady)) return;
    const others = [...this.#spares].filter((spare) => spare.key !== recipe.key);
    if (this.#spares.size - others.length >= this.#wanted) return;
    // What is needed now takes the place of what was needed before.
    if (this.#spares.size >= limit()) for (const spare of others.slice(0, 1)) this.#drop(spare);
    this.#start(recipe);
  }

  #start(recipe: Recipe): void {
    try {
      const spare: Spare = new Spare(recipe, preloads().urls, () => this.#ended(spare));
      this.#spares.add(spare);
      logDebug(() => `a spare process (pid ${spare.node.pid}) is being prepared`);
      Parker.current().add(this.#poller);
    } catch {
      // The system has no room for it: a start that needs one will say so.
      this.#failures = MOST_FAILURES;
    }
  }

  #ended(spare: Spare): void {
    if (!this.#spares.delete(spare)) return;
    logDebug(() => `a spare process (pid ${spare.node.pid}) has ended before it was given work`);
    this.#failures = spare.isReady ? 0 : this.#failures + 1;
    this.#schedule(REFILL_AFTER_MS);
  }

  /** It ends as if it had died while it loaded. */
  #dropHung(): void {
    const hung = [...this.#spares].filter((spare) => !spare.isReady && spare.ageMs > LOADING_MS);
    for (const spare of hung) {
      logDebug(() => `a spare process (pid ${spare.node.pid}) does not get ready, and is ended`);
      this.#drop(spare);
      this.#failures++;
    }
  }

  #drop(spare: Spare): void {
    this.#spares.delete(spare);
    spare.dismiss();
  }

  /** One has said that it is ready: the next may be prepared. */
  #look(): void {
    const starting = [...this.#spares].filter((spare) => !spare.isReady);
    if (starting.length > 0) return;
    Parker.current().delete(this.#poller);
    this.#failures = 0;
    for (const spare of this.#spares) this.#hearFailure(spare);
    this.#schedule(0);
  }

  #hearFailure(spare: Spare): void {
    const failure = spare.preloadFailure;
    if (failure === '' || this.#preloadFailure !== '') return;
    this.#preloadFailure = failure;
    if (preloads().onError === 'warn') warn(`setForkserverPreload: a module failed: ${failure}`, 'WARN_MP_PRELOAD');
    if (preloads().onError === 'fail') this.dismiss();
  }

  #checkIdle(): void {
    const left = this.#lastStart + idleMs() - performance.now();
    this.#idle = left > 0 ? setTimeout(() => this.#checkIdle(), left).unref() : undefined;
    if (left > 0) return;
    this.dismiss();
    this.#wanted = 1;
    this.#failures = 0;
  }
}

/** Children that start children keep one each, so that a tree of processes does not double itself. */
function limit(): number {
  const named = Number(process.env['MANYCORE_SPARES'] || NaN);
  if (Number.isInteger(named) && named >= 0) return named;
  return processState().parent === undefined ? availableParallelism() : 1;
}

function idleMs(): number {
  const named = Number(process.env['MANYCORE_SPARES_IDLE'] || NaN);
  return named >= 0 ? Math.min(named, 2 ** 31 - 1) : IDLE_MS;
}

function isMemoryShort(): boolean {
  // Newer than some supported versions of Node; counts the limits of containers.
  const ask: unknown = Reflect.get(process, 'availableMemory');
  const free = typeof ask === 'function' ? Number(Reflect.apply(ask, process, [])) : freemem();
  return free < Math.max(LEAST_FREE_BYTES, totalmem() * LEAST_FREE_SHARE);
}
