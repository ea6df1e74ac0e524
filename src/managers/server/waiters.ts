import { cancelled, currentCall, type Call } from './call.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One call that waits. */
export interface Waiter<T, D> {
  readonly call: Call;
  readonly data: D;
  /** Ends the wait. */
  settle(value: T): void;
  fail(error: unknown): void;
}

/** How one call waits. */
export interface WaitFor<T, D> {
  /** Milliseconds; `undefined` for ever. */
  readonly timeout: number | undefined;
  readonly data: D;
  /** What the call gives when the time is over; may throw. */
  readonly late: () => T;
  /** Called when the caller gave up or is gone. */
  readonly left?: () => void;
}

/** Calls that wait for an object, first come, first served. */
export class Waiters<T, D = undefined> {
  readonly #line = new Set<Waiter<T, D>>();

  get size(): number {
    return this.#line.size;
  }

  /** The one that waits longest. */
  first(): Waiter<T, D> | undefined {
    for (const waiter of this.#line) return waiter;
    return undefined;
  }

  /** All that wait now, the longest first. */
  all(): readonly Waiter<T, D>[] {
    return [...this.#line];
  }

  /** Lets the current call wait. */
  wait({ timeout, data, late, left }: WaitFor<T, D>, call: Call = currentCall()): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const finish = (end: () => void): void => {
        if (!this.#line.delete(waiter)) return;
        clearTimeout(timer);
        call.onCancel(undefined);
        end();
      };
      const waiter: Waiter<T, D> = {
        call,
        data,
        settle: (value) => finish(() => resolve(value)),
        fail: (error) => finish(() => reject(error)),
      };
      const expire = (): void => finish(() => settleWith(late, resolve, reject));
      const timer = timeout !== undefined && timeout <= LONGEST_TIMER_MS ? setTimeout(expire, timeout) : undefined;
      call.onCancel(() =>
        finish(() => {
          left?.();
          reject(cancelled());
        }),
      );
      this.#line.add(waiter);
    });
  }
}

function settleWith<T>(make: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): void {
  try {
    resolve(make());
  } catch (error) {
    reject(error);
  }
}
