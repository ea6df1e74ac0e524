import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// A fresh context has the function that the flag adds; the running one was made before.
const collect: unknown = runInNewContext('gc');

/** Collects all garbage now. Finalizers of what was collected run in later turns of the event loop. */
export function collectGarbage(): void {
  if (typeof collect === 'function') collect();
}
