import type { WaitSet } from '../shared-memory/wait-set.ts';
import type { Waiting } from '../shared-memory/waiting.ts';

/** A look-out for a thread that blocks in `waitSync`. */
export interface Watch {
  /** Called now and then: finds out about the dead. */
  recheck(): void;
  stop(): void;
}

/** What `wait` can wait for: connections, queues, sentinels of processes, and whatever else does the same. */
export interface WaitableObject {
  /** Whether it is ready now. Never waits. */
  isReady(): boolean;
  /** Calls `callback` once it is ready; at once when it is already. @returns A function that forgets the callback. */
  whenReady(callback: () => void): () => void;
  /** Has the calling thread woken while it blocks. Without it the thread looks every 50 ms. */
  watch?(): Watch;
}

/** Has this thread, which blocks elsewhere, woken with those that wait in `set`. */
export function watchSet(set: WaitSet, waiting: Waiting, rule: { isReady(): boolean; recheck(): void }): Watch {
  set.add();
  return {
    recheck: () => {
      set.add();
      rule.recheck();
    },
    stop: () => {
      // Tasks of this thread that wait share its bit.
      if (waiting.hasLine) return;
      set.remove();
      if (!set.isEmpty && rule.isReady()) set.wakeOne();
    },
  };
}
