import { writeSync } from 'node:fs';
import { inspect } from 'node:util';

/** Class name that Node prints before the text, and that `--disable-warning` and `process.on('warning')` match. */
const WARNING = 'ManycoreWarning';
const STDERR = 2;

/**
 * Tells the user something that does not stop the program.
 *
 * @param code Stable, `WARN_MP_…`; Node prints it, and `--disable-warning=<code>` silences it.
 */
export function warn(message: string, code: string): void {
  process.emitWarning(message, { type: WARNING, code });
}

/**
 * As {@link warn}, at once and without the event loop: for the last moments of a process, when nothing queued is run any more.
 *
 * @param error Its stack is printed below the message.
 */
export function warnNow(message: string, error?: unknown): void {
  const detail = error === undefined ? '' : `\n${inspect(error)}`;
  try {
    writeSync(STDERR, `(${WARNING}) ${message}${detail}\n`);
  } catch {
    // Standard error is closed or full. There is nobody left to tell.
  }
}
