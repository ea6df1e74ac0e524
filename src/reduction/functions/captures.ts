import { createRequire } from 'node:module';
import { types } from 'node:util';

import { META } from './analysis.ts';
import { defaultOf, DYNAMIC_IMPORT, IMPORT_META, nameBuiltinObject } from './builtin-objects.ts';
import type { FreeName, FreeVariables } from './free-variables.ts';
import type { Scope } from './inspector.ts';
import type { Capture } from './node.ts';

/** What test runners that compile files anew (Vitest) name `import.meta` and `import()`. */
const REPLACED: ReadonlyMap<string, string> = new Map([
  ['__vite_ssr_import_meta__', IMPORT_META],
  ['__vite_ssr_dynamic_import__', DYNAMIC_IMPORT],
]);
const requireHere: NodeJS.Require = createRequire(import.meta.url);

/** The values that a text's free names have now; names that no scope has are globals, which the receiver has by itself. */
export function readCaptures({ names, usesArguments }: FreeVariables, scopes: readonly Scope[]): Capture[] {
  const captures: Capture[] = [];
  for (const [name, use] of names) {
    const found = name === META ? undefined : lookUp(name, scopes);
    if (found) captures.push(capture(name, use, found.value));
  }
  // The values, because the object itself is nothing that can be sent.
  const list = usesArguments ? lookUp('arguments', scopes)?.value : undefined;
  if (types.isArgumentsObject(list)) captures.push({ name: 'arguments', value: listOf(list), assigned: false });
  return captures;
}

function capture(name: string, use: FreeName, value: unknown): Capture {
  const { assigned } = use;
  const replaced = REPLACED.get(name);
  if (replaced !== undefined) return { name: `${name}=${replaced}`, value: undefined, assigned };
  if (typeof value !== 'object' || value === null) return { name, value, assigned };
  // Compilers to ES5 name the `arguments` of the function around an arrow.
  if (types.isArgumentsObject(value)) return { name, value: listOf(value), assigned };
  const builtin = nameBuiltinObject(value);
  if (builtin !== undefined) return { name: `${name}=${builtin}`, value: undefined, assigned };
  return { name, value: isModuleLike(value) ? usedPart(value, use) : value, assigned };
}

function listOf(value: object): readonly unknown[] {
  // Asked to be an arguments object.
  return Array.from(value as ArrayLike<unknown>);
}

function lookUp(name: string, scopes: readonly Scope[]): { readonly value: unknown } | undefined {
  for (const { type, variables } of scopes) {
    if (type === 'Global') return name === 'require' ? lookUpRequire(variables) : lookUpGlobal(name, variables);
    if (Object.hasOwn(variables, name)) return { value: variables[name] };
  }
  return undefined;
}

/** The texts of `node -e` and of the standard input find their `require` among the globals; children have none there. */
function lookUpRequire(variables: Record<string, unknown>): { readonly value: unknown } | undefined {
  const value: unknown = Object.getOwnPropertyDescriptor(variables, 'require')?.value;
  return typeof value === 'function' ? { value } : undefined;
}

/** `var` and `function` of a script (`node -e`, the REPL) are properties that cannot be deleted; those of Node can. */
function lookUpGlobal(name: string, variables: Record<string, unknown>): { readonly value: unknown } | undefined {
  const own = Object.getOwnPropertyDescriptor(variables, name);
  return own?.configurable === false && own.writable === true ? { value: own.value } : undefined;
}

/** Namespaces and what compiled `require` calls give: bags of exports, of which a function uses a few. */
function isModuleLike(value: object): boolean {
  if (types.isModuleNamespaceObject(value)) return true;
  if (types.isProxy(value)) return Reflect.get(value, Symbol.toStringTag) === 'Module';
  if (Object.hasOwn(value, '__esModule')) return true;
  return isLoaded(value) || isLoaded(defaultOf(value));
}

function isLoaded(exports: unknown): boolean {
  return exports !== undefined && Object.values(requireHere.cache).some((module) => module?.exports === exports);
}

/** Of a module only the members that the text names are sent; all of them if it uses the module as a whole. */
function usedPart(module: object, { whole, members }: FreeName): object {
  const part: Record<string, unknown> = {};
  for (const key of whole ? Object.keys(module) : members) {
    if (!(key in module)) continue;
    // A module has no prototype whose `__proto__` could be meant.
    Object.defineProperty(part, key, {
      value: Reflect.get(module, key),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return part;
}
