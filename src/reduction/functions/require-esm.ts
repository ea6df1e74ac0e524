import { createRequire } from 'node:module';

import { esNamespace, pathOf } from './loaded-modules.ts';

/**
 * Loads an ES module without waiting, through `require` of ES modules (Node 20.19 and later).
 *
 * @throws Node's error when the module has a top-level `await`, or its URL a query that `require` cannot express.
 */
export function requireQuietly(url: string): unknown {
  const loaded = esNamespace(url);
  if (loaded) return loaded;
  return withoutExperimentalWarning(() => createRequire(import.meta.url)(pathOf(url)) as unknown);
}

/** Node 20 warns once about every way of requiring an ES module; the user did not choose it and can do nothing about it. */
function withoutExperimentalWarning<Result>(body: () => Result): Result {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: [never]): void => {
    if (rest.includes('ExperimentalWarning' as never) && String(warning).includes('require()')) return;
    emitWarning.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return body();
  } finally {
    process.emitWarning = emitWarning;
  }
}
