/** Places in compiled text as places in the source, as far as this Node keeps source maps (`--enable-source-maps`, tsx). */
import { findSourceMap, type SourceMapping } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Zero-based, as V8 and source maps count. */
export interface SourcePlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
}

/** A frame that names its file by URL is one that nobody has mapped: Node names sources by their path. */
const UNMAPPED = /^( +at .*?)(file:\/\/[^\s()]+):(\d+):(\d+)(\)?)$/gm;

/** Where the source of that place is; `undefined` without a map. */
export function sourcePlace(url: string, line: number, column: number): SourcePlace | undefined {
  const map = url.startsWith('file:') ? findSourceMap(url) : undefined;
  const found: Partial<SourceMapping> = map?.findEntry(line, column) ?? {};
  const { originalSource, originalLine, originalColumn } = found;
  if (originalLine === undefined || originalColumn === undefined || !originalSource?.startsWith('file:'))
    return undefined;
  return { path: fileURLToPath(originalSource), line: originalLine, column: originalColumn };
}

/**
 * A stack from another process, with the places in functions by value mapped: there the map of a module that was never loaded
 * is not known, here it is.
 */
export function withSources(stack: string): string {
  return stack.replace(UNMAPPED, (frame, before: string, url: string, line: string, column: string, after: string) => {
    const place = sourcePlace(url, Number(line) - 1, Number(column) - 1);
    return place === undefined ? frame : `${before}${place.path}:${place.line + 1}:${place.column + 1}${after}`;
  });
}
