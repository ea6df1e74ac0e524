import { atDeadline } from '../base/at-deadline.ts';
import type { CheckedWait } from '../base/deadline.ts';

interface Waiter {
  readonly attempt: () => boolean;
  settle(): void;
  fail(error: unknown): void;
}

/** Tasks of this thread that wait for something of this thread, first come first served. */
export class LocalLine {
  #waiters: Waiter[] = [];
  readonly #onChange: (isUsed: boolean) => void;

  /** @param onChange Told whether anybody waits. */
  constructor(onChange: (isUsed: boolean) => void) {
    this.#onChange = onChange;
  }

  get isEmpty(): boolean {
    return this.#waiters.length === 0;
  }

  /** Waits until `attempt` succeeds; rejects when it throws. @returns `false` after the deadline. @throws `signal.reason` */
  wait(attempt: () => boolean, { deadline, signal }: CheckedWait): Promise<boolean> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const leave = (then: () => void): void => {
        const index = this.#waiters.indexOf(waiter);
        if (index < 0) return;
        this.#waiters.splice(index, 1);
        stopTimer();
        signal?.removeEventListener('abort', abort);
        then();
        if (this.#waiters.length === 0) this.#onChange(false);
      };
      const abort = (): void => leave(() => reject(signal?.reason));
      const stopTimer = atDeadline(deadline, () => leave(() => resolve(false)));
      const waiter: Waiter = {
        attempt,
        settle: () => leave(() => resolve(true)),
        fail: (error) => leave(() => reject(error)),
      };
      signal?.addEventListener('abort', abort);
      this.#waiters.push(waiter);
      if (this.#waiters.length === 1) this.#onChange(true);
      this.poll();
    });
  }

  /** Makes the attempts, as far as they succeed. */
  poll(): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      try {
        if (!first.attempt()) return;
        first.settle();
      } catch (error) {
        first.fail(error);
      }
    }
  }
}
