import { withEpilogue } from './epilogue.ts';

type LoadResult = { readonly format: string; readonly source?: unknown };

/** Load hook for Node 20, where hooks run in a thread of their own. */
export async function load(
  url: string,
  context: unknown,
  nextLoad: (url: string, context: unknown) => Promise<LoadResult>,
): Promise<LoadResult> {
  return withEpilogue(url, await nextLoad(url, context));
}
