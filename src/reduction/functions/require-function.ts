import { createRequire } from 'node:module';

import type { Located } from './locate.ts';
import { urlOf } from './loaded-modules.ts';
import type { RequireFunction } from './node.ts';

/** Recognises the `require` of a CommonJS module (or of `createRequire`) by the module that it captured. */
export function findRequire(fn: Function, { scopes }: Pick<Located, 'scopes'>): RequireFunction | undefined {
  if (fn.name !== 'require' || !('resolve' in fn) || !('cache' in fn)) return undefined;
  for (const { type, variables } of scopes) {
    if (type === 'Global') continue;
    const module: unknown = variables['mod'];
    if (typeof module !== 'object' || module === null || !('filename' in module)) continue;
    if (typeof module.filename === 'string') return { kind: 'require', url: urlOf(module.filename) };
  }
  return undefined;
}

/** A `require` that resolves from the same file. */
export function makeRequire({ url }: RequireFunction): NodeJS.Require {
  return createRequire(url);
}
