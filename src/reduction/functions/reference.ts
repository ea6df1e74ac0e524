import { findOwnPath, findPath } from './find-path.ts';
import { canInspect } from './inspector.ts';
import { commonJsModule, eachCommonJsModule, esNamespace, holdsEsModule } from './loaded-modules.ts';
import type { Located } from './locate.ts';
import type { ReferencedFunction } from './node.ts';
import { textHash } from './text-hash.ts';

/**
 * Proves that another process can import `fn`: the very same function object must be found among what its module exports, or among
 * the top-level variables of its module.
 *
 * @returns `undefined` when it is not found there; then it can only go by value.
 */
export function proveReference(fn: Function, located: Located): ReferencedFunction | undefined {
  if (!isImportable(located.url)) return undefined;
  return located.inModule ? proveInModule(fn, located) : proveInCommonJs(fn, located.url);
}

/** As {@link proveReference} where the inspector is refused: only what a CommonJS module exports can be found. */
export function proveWithoutInspector(fn: Function): ReferencedFunction | undefined {
  if (canInspect()) return undefined;
  for (const { url, exports } of eachCommonJsModule()) {
    const path = findOwnPath(exports, fn);
    if (path) return reference(fn, { url, path, via: 'exports', cjs: true });
  }
  return undefined;
}

function proveInModule(fn: Function, { url, scopes }: Located): ReferencedFunction | undefined {
  // Test runners evaluate modules of their own, outside of Node's loader: nobody else can import those.
  if (holdsEsModule(url) === false) return undefined;
  const exported = findPath(esNamespace(url), fn);
  if (exported && exported.length > 0) return reference(fn, { url, path: exported, via: 'exports', cjs: false });
  const module = scopes.find((scope) => scope.type === 'Module');
  const path = findPath(module?.variables, fn);
  return path && path.length > 0 ? reference(fn, { url, path, via: 'scope', cjs: false }) : undefined;
}

function proveInCommonJs(fn: Function, url: string): ReferencedFunction | undefined {
  const path = findPath(commonJsModule(url)?.exports, fn);
  return path && reference(fn, { url, path, via: 'exports', cjs: true });
}

function reference(fn: Function, found: Pick<ReferencedFunction, 'url' | 'path' | 'via' | 'cjs'>): ReferencedFunction {
  return { kind: 'reference', ...found, hash: textHash(fn), name: fn.name };
}

function isImportable(url: string): boolean {
  // Texts from the command line, the standard input and the REPL have names that look like files.
  return (url.startsWith('file:') && !/\/\[[a-z ]+\d*\]$/i.test(decodeURI(url))) || url.startsWith('data:');
}
