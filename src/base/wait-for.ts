import { atDeadline } from './at-deadline.ts';
import type { CheckedWait } from './deadline.ts';

/**
 * Waits until `subscribe`'s callback is called, the deadline has come, or the signal is aborted. A deadline that is over already
 * takes one turn of the event loop, so that whoever polls in a loop lets the answer come.
 *
 * @param subscribe Starts listening and returns how to stop it.
 * @throws `signal.reason`
 */
export async function waitFor(
  { deadline, signal }: CheckedWait,
  subscribe: (callback: () => void) => () => void,
): Promise<void> {
  signal?.throwIfAborted();
  let settle: () => void = () => {};
  const settled = new Promise<void>((resolve) => (settle = resolve));
  const stop = subscribe(settle);
  const stopTimer = atDeadline(deadline, settle);
  signal?.addEventListener('abort', settle);
  try {
    await settled;
  } finally {
    stop();
    stopTimer();
    signal?.removeEventListener('abort', settle);
  }
  signal?.throwIfAborted();
}
