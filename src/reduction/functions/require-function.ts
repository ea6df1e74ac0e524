import { createRequire } from 'node:module';

import { NotSendableError } from '../../base/errors.ts';
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
  try {
    return createRequire(url);
  } catch (error) {
    throw new NotSendableError(`cannot make the 'require' of ${url} here: it is no file`, { cause: error });
  }
}
