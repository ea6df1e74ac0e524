import { Deadline } from '../base/deadline.ts';
import { Parker } from '../shared-memory/parker.ts';

/** So often those who listen to a job hear of it while the thread blocks. */
const MEANWHILE_MS = 100;

/**
 * Blocks the thread until `done` says so.
 *
 * @param meanwhile Called ten times a second, outside of the reading of messages: it may run user code.
 * @returns `false` when `deadline` passed first.
 */
export function blockFor(done: () => boolean, deadline: Deadline, meanwhile?: () => void): boolean {
  const parker = Parker.current();
  if (!meanwhile) return parker.wait(done, deadline);
  for (;;) {
    if (parker.wait(done, Deadline.after(Math.min(deadline.remaining(), MEANWHILE_MS)))) return true;
    if (deadline.expired) return false;
    meanwhile();
  }
}
