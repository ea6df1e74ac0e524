import { warn } from '../../base/warn.ts';
import { sizeInWords } from './explain.ts';

/** From here on it is likely that the user does not know what travels along. */
const LARGE_BYTES = 1 << 20;
let warned = false;

/**
 * Warns, once in a process, of a function by value that takes much along: whoever packs the definition of a function says how large it became.
 *
 * @param bytes Size of the packed function with all that it captures.
 */
export function warnOfLargeCaptures(fn: Function, bytes: number): void {
  if (bytes <= LARGE_BYTES || warned) return;
  warned = true;
  warn(
    `function '${fn.name || 'anonymous'}' copies ${sizeInWords(bytes)} of captured variables to the workers at each call of map or apply; ` +
      `explain(fn) tells which: keep large data in shared memory (RawArray, SharedMemory), or load it in an initializer`,
    'WARN_MP_LARGE_CAPTURES',
  );
}
