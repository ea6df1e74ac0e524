import { createRequire } from 'node:module';

import { esNamespace, pathOf } from './loaded-modules.ts';
import { quietly } from './quietly.ts';

/**
 * Loads an ES module without waiting, through `require` of ES modules (Node 20.19 and later).
 *
 * @throws Node's error when the module has a top-level `await`, or its URL a query that `require` cannot express.
 */
export function requireQuietly(url: string): unknown {
  const loaded = esNamespace(url);
  if (loaded) return loaded;
  // Node 20 warns about every way of requiring an ES module; the user did not choose it and can do nothing about it.
  return quietly('require()', () => createRequire(import.meta.url)(pathOf(url)) as unknown);
}
