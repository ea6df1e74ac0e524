import type { Deadline } from './deadline.ts';

/** The longest delay that a timer takes; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls `callback` once the deadline has come, never before. Node's timers count from the start of the event loop's turn,
 * so on a busy machine a timer alone would come early.
 *
 * @returns How to stop it. Nothing is called, and nothing keeps the event loop alive, when the deadline never comes.
 */
export function atDeadline(deadline: Deadline, callback: () => void): () => void {
  if (deadline.unlimited) return () => {};
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    timer = setTimeout(look, Math.min(deadline.remaining(), LONGEST_TIMER_MS));
  };
  const look = (): void => {
    if (deadline.expired) callback();
    else arm();
  };
  arm();
  return () => clearTimeout(timer);
}
