import { atDeadline } from '../base/at-deadline.ts';
import type { CheckedWait, Deadline } from '../base/deadline.ts';
import { Parker } from './parker.ts';

/** How the others know that this thread waits: mostly a `WaitSet`. */
export interface WaitPlace {
  readonly isEmpty: boolean;
  add(): void;
  remove(): void;
  wakeOne(): unknown;
}

/** For waits whose other side knows by itself whom to wake. */
export const KNOWN: WaitPlace = { isEmpty: true, add: () => {}, remove: () => {}, wakeOne: () => {} };

/** What is waited for: how to take it, and what to do for those who wait besides. */
export interface WaitRule {
  /** Whether something is there that another thread could take: who leaves with empty hands then wakes one. */
  available(): boolean;
  /**
   * Called at growing intervals while this thread waits: frees what the dead hold.
   *
   * @param waitedMs How long the first waiter of this thread has waited.
   */
  recheck?(waitedMs: number): void;
  /** Called when nobody of this thread waits any more. */
  left?(): void;
}

/** One who waits. Never runs user code, as it is called while the thread may be blocked. @returns Whether it has what it wanted. */
export type Attempt = () => boolean;

const FIRST_LOOK_MS = 4;
const LONGEST_LOOK_MS = 128;
/** Blocked threads look by the clock, as they wake for other reasons too. */
const BLOCKED_LOOK_MS = 4;

interface Waiter {
  readonly attempt: Attempt;
  readonly since: number;
  settle(done: boolean): void;
}

/**
 * Waits of one thread on one thing: its async tasks in a line behind the thread's one bit in the wait set, its blocking
 * calls before them, because no task can go on before these return. One for each thing and thread.
 */
export class Waiting {
  readonly #set: WaitPlace;
  readonly #rule: WaitRule;
  readonly #isLine: boolean;
  readonly #parker: Parker = Parker.current();
  #line: Waiter[] = [];
  #blocked = 0;
  /** Whether the line stands still because the thread is blocked: what it takes now nobody could use. */
  #isSuspended = false;
  #timer: NodeJS.Timeout | undefined;
  #lookMs = FIRST_LOOK_MS;

  /** @param order `line`: an attempt is made only when those before it succeeded. `all`: each for itself. */
  constructor(set: WaitPlace, rule: WaitRule, order: 'line' | 'all' = 'line') {
    this.#set = set;
    this.#rule = rule;
    this.#isLine = order === 'line';
  }

  /** Whether tasks of this thread wait: who comes later stands behind them. */
  get hasLine(): boolean {
    return this.#line.length > 0;
  }

  /**
   * Waits until `attempt` succeeds.
   *
   * @returns `false` when the deadline passed first. @throws `signal.reason`. Nothing was taken in both cases.
   */
  wait(attempt: Attempt, { deadline, signal }: CheckedWait): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const give = (): void => this.#leave(waiter, () => resolve(false));
      const abort = (): void => this.#leave(waiter, () => reject(signal?.reason));
      const stopTimer = atDeadline(deadline, give);
      const waiter: Waiter = {
        attempt,
        since: performance.now(),
        settle: (done) => {
          stopTimer();
          signal?.removeEventListener('abort', abort);
          if (done) resolve(true);
        },
      };
      signal?.addEventListener('abort', abort);
      this.#line.push(waiter);
      if (this.#line.length === 1) this.#begin();
      else if (!this.#isLine) this.#poll();
    });
  }

  /** As {@link Waiting.wait}, but blocks the thread. */
  waitSync(attempt: Attempt, deadline: Deadline): boolean {
    const start = performance.now();
    let lookAt = start + BLOCKED_LOOK_MS;
    this.#blocked++;
    this.#set.add();
    try {
      const done = (): boolean => {
        if (attempt()) return true;
        const now = performance.now();
        if (now < lookAt) return false;
        lookAt = now + BLOCKED_LOOK_MS;
        // Whatever became of the bit, it is there again.
        this.#set.add();
        this.#rule.recheck?.(now - start);
        return attempt();
      };
      return this.#parker.wait(done, deadline);
    } finally {
      this.#blocked--;
      this.#retire();
    }
  }

  /** Makes the attempts anew, when this thread itself changed something. */
  nudge(): void {
    if (this.#line.length > 0) this.#poll();
  }

  #begin(): void {
    this.#parker.add(this.#onEvents);
    this.#parker.hold();
    this.#lookMs = FIRST_LOOK_MS;
    this.#schedule();
    this.#set.add();
    this.#poll();
  }

  readonly #onEvents = (): void => this.#poll();

  #poll(): void {
    if (this.#parker.isBlocking) return this.#suspend();
    if (this.#isSuspended) return;
    if (this.#isLine) this.#serveLine();
    else this.#serveAll();
    if (this.#line.length === 0) this.#end();
  }

  #serveLine(): void {
    for (let first = this.#line[0]; first?.attempt(); first = this.#line[0]) {
      this.#line.shift();
      first.settle(true);
      this.#lookMs = FIRST_LOOK_MS;
    }
  }

  #serveAll(): void {
    this.#line = this.#line.filter((waiter) => {
      if (!waiter.attempt()) return true;
      waiter.settle(true);
      return false;
    });
  }

  #end(): void {
    this.#parker.delete(this.#onEvents);
    this.#parker.release();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#retire();
  }

  /** Takes the thread's bit away if nobody here needs it, and hands on a wake-up that was meant for it. */
  #retire(): void {
    if (this.#blocked > 0 || (this.#line.length > 0 && !this.#isSuspended)) return;
    this.#set.remove();
    this.#rule.left?.();
    if (!this.#set.isEmpty && this.#rule.available()) this.#set.wakeOne();
  }

  #leave(waiter: Waiter, then: () => void): void {
    const index = this.#line.indexOf(waiter);
    if (index < 0) return;
    this.#line.splice(index, 1);
    waiter.settle(false);
    then();
    if (this.#line.length === 0) this.#end();
    else if (index === 0) this.#poll();
  }

  #suspend(): void {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    this.#retire();
    // Runs as soon as the thread is not blocked any more.
    setImmediate(() => {
      this.#isSuspended = false;
      if (this.#line.length === 0) return;
      this.#set.add();
      this.#poll();
    });
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#lookMs = Math.min(LONGEST_LOOK_MS, this.#lookMs * 2);
      this.#schedule();
      const [first] = this.#line;
      if (!first || this.#isSuspended) return;
      this.#set.add();
      this.#rule.recheck?.(performance.now() - first.since);
      this.#poll();
    }, this.#lookMs);
    this.#timer.unref();
  }
}
