import { basename } from 'node:path';

import { sourcePlace } from '../source-places.ts';
import { inspect, type BoundParts, type Scope } from './inspector.ts';
import { scriptUrl } from './scripts.ts';

/** Where a function was written, and what it sees. */
export interface Located {
  /** URL of its script; `''` when it has none (`new Function`, native code). */
  readonly url: string;
  /** Place of its parameters as V8 counts, zero-based; `-1` for native code. */
  readonly line: number;
  readonly column: number;
  readonly scopes: readonly Scope[];
  /** Whether its outermost scope is an ES module's; the name of the file does not tell. */
  readonly inModule: boolean;
  readonly bound: BoundParts | undefined;
}

/**
 * Finds out where `fn` was defined and which variables it captures, synchronously and without running it.
 *
 * The scopes are a snapshot: ask again to see later values.
 *
 * @throws NotSendableError when this Node refuses the inspector.
 */
export function locate(fn: Function): Located {
  const inspected = inspect(fn);
  return {
    url: scriptUrl(fn, inspected),
    line: inspected.position?.line ?? -1,
    column: inspected.position?.column ?? -1,
    scopes: inspected.scopes,
    inModule: inspected.scopes.some((scope) => scope.type === 'Module'),
    bound: inspected.bound,
  };
}

/** `main.ts:12:5`, for messages: the place in the source where there is a source map; `''` without a script. */
export function placeOf({ url, line, column }: Pick<Located, 'url' | 'line' | 'column'>): string {
  if (url === '') return '';
  const source = sourcePlace(url, line, column);
  if (source !== undefined) return `${basename(source.path)}:${source.line + 1}:${source.column + 1}`;
  const file = url.slice(url.lastIndexOf('/') + 1);
  return `${decodeURIComponent(file)}:${line + 1}:${column + 1}`;
}
