import { types } from 'node:util';

import { findBuiltinModule } from './builtins.ts';
import { follow } from './find-path.ts';
import { realGlobal } from './state.ts';

/** Global objects that are there from the start; others are asked only when a value looks like them. */
const EAGER = ['process', 'console', 'Math', 'JSON', 'Reflect', 'Atomics', 'Intl', 'globalThis'] as const;
const LAZY: ReadonlyMap<string, string> = new Map([
  ['Performance', 'performance'],
  ['Crypto', 'crypto'],
  ['WebAssembly', 'WebAssembly'],
]);
/** Names of what every module has of its own. */
export const IMPORT_META = 'import.meta';
export const DYNAMIC_IMPORT = 'import()';
const STREAMS = ['stdin', 'stdout', 'stderr'] as const;

/**
 * The name of an object that every Node process has: `.process`, `.process.env` (a path from the global object), `node:path` (what
 * `require` gives), or `node:path*` (its namespace). Such objects are never copied.
 */
export function nameBuiltinObject(value: object): string | undefined {
  const inner = defaultOf(value);
  const id = isObject(inner) ? findBuiltinModule(inner) : undefined;
  if (id !== undefined) return `${id}*`;
  for (const name of EAGER) if (realGlobal[name] === value) return `.${name}`;
  if (value === process.env) return '.process.env';
  const lazy = LAZY.get(Object.prototype.toString.call(value).slice('[object '.length, -1));
  if (lazy !== undefined && realGlobal[lazy] === value) return `.${lazy}`;
  return nameStream(value) ?? findBuiltinModule(value);
}

/** The `default` of a namespace, or of the copy of one that compilers and bundlers make (`__importStar`, `__toESM`). */
export function defaultOf(value: object): unknown {
  if (types.isProxy(value)) return undefined;
  if (types.isModuleNamespaceObject(value)) return 'default' in value ? value.default : undefined;
  const own = Object.getOwnPropertyDescriptor(value, 'default');
  // Only namespaces have a getter there that may be called.
  if (own?.get && Reflect.get(value, Symbol.toStringTag) === 'Module') return Reflect.get(value, 'default');
  return own?.value;
}

/** The object of that name in this process. */
export function builtinObject(name: string): unknown {
  if (name.startsWith('.')) return follow(realGlobal, name.slice(1).split('.'));
  if (!name.endsWith('*')) return process.getBuiltinModule(name);
  const exports: object = process.getBuiltinModule(name.slice(0, -1)) as object;
  // Reads like the namespace: every export, and the exports as `default`.
  return Object.create(exports, { default: { value: exports } });
}

/** Reading `process.stdin` opens it, so only what has its descriptor is compared. */
function nameStream(value: object): string | undefined {
  const fd: unknown = types.isProxy(value) ? undefined : Object.getOwnPropertyDescriptor(value, 'fd')?.value;
  const stream = typeof fd === 'number' ? STREAMS[fd] : undefined;
  return stream && process[stream] === value ? `.process.${stream}` : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
