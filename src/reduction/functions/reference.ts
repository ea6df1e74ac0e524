import { readFileSync } from 'node:fs';

import { findOwnPath, findPath } from './find-path.ts';
import { canInspect } from './inspector.ts';
import {
  commonJsModule,
  eachCommonJsModule,
  esNamespace,
  holdsEsModule,
  joinedModules,
  pathOf,
} from './loaded-modules.ts';
import type { Located } from './locate.ts';
import type { ReferencedFunction } from './node.ts';
import { realGlobal } from './state.ts';
import { textHash, textOf } from './text-hash.ts';

const isSandboxed: boolean = realGlobal !== globalThis;

/**
 * Proves that another process can import `fn`: the very same function object must be found among what its module exports, or among
 * the top-level variables of its module.
 *
 * @returns `undefined` when it is not found there; then it can only go by value.
 */
export function proveReference(fn: Function, located: Located): ReferencedFunction | undefined {
  if (!isImportable(located.url) || (isSandboxed && !isInFile(fn, located.url))) return undefined;
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

/** Test runners that isolate files load them in their own way, which may change them; what is in the file as it is, a child finds there. */
function isInFile(fn: Function, url: string): boolean {
  try {
    return readFileSync(pathOf(url), 'utf8').includes(textOf(fn));
  } catch {
    // No file, so there is nothing to import.
    return false;
  }
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
  for (const module of joinedModules(url)) {
    const path = findPath(module.exports, fn);
    if (path && path.length > 0) return reference(fn, { url: module.url, path, via: 'exports', cjs: false });
  }
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
