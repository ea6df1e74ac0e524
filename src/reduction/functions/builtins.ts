import { NotSendableError } from '../../base/errors.ts';
import { findOwnPath, follow } from './find-path.ts';
import type { BuiltinFunction } from './node.ts';
import { realGlobal } from './state.ts';

/**
 * Globals that are searched. The global object is never enumerated: reading some of its properties loads whole subsystems
 * (`MessageEvent` alone takes 20 ms).
 */
const GLOBALS: readonly string[] =
  `Object Function Array Number parseFloat parseInt Boolean String Symbol Date Promise RegExp Error AggregateError EvalError
  RangeError ReferenceError SyntaxError TypeError URIError JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array Uint16Array Int16Array Uint32Array
  Int32Array Float32Array Float64Array Uint8ClampedArray BigUint64Array BigInt64Array Float16Array DataView Map BigInt Set WeakMap WeakSet
  WeakRef Proxy Reflect FinalizationRegistry SharedArrayBuffer Iterator decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
  eval isFinite isNaN console process Buffer URL URLSearchParams TextEncoder TextDecoder AbortController AbortSignal EventTarget Event
  clearImmediate setImmediate clearInterval clearTimeout setInterval setTimeout queueMicrotask structuredClone atob btoa`.split(
    /\s+/,
  );

let globals: WeakMap<object, readonly string[]> | undefined;

/** Native code and functions of Node that a global or a built-in module reaches; only modules that are already loaded are searched. */
export function findBuiltin(fn: Function): BuiltinFunction | undefined {
  globals ??= indexGlobals();
  const path = globals.get(fn) ?? findLazyGlobal(fn.name, fn);
  if (path) return { kind: 'builtin', module: '', path };
  for (const [module, exports] of loadedBuiltins()) {
    const inside = findOwnPath(exports, fn);
    if (inside) return { kind: 'builtin', module, path: inside };
  }
  return undefined;
}

/** The id of the built-in module whose exports or namespace `value` is; its `default` export is what `require` gives. */
export function findBuiltinModule(value: object): string | undefined {
  for (const [module, exports] of loadedBuiltins()) if (exports === value) return module;
  return undefined;
}

/** @throws NotSendableError when this Node has no such function. */
export function resolveBuiltin({ module, path }: BuiltinFunction): Function {
  const root: unknown = module === '' ? realGlobal : process.getBuiltinModule(module);
  const fn = follow(root, path);
  if (typeof fn === 'function') return fn;
  throw new NotSendableError(
    `cannot find function '${path.join('.')}' of ${module === '' ? 'the global object' : module} here: this process runs another version of Node`,
  );
}

function indexGlobals(): WeakMap<object, readonly string[]> {
  const index = new WeakMap<object, readonly string[]>();
  const add = (value: unknown, path: readonly string[]): void => {
    if (typeof value === 'function' && !index.has(value)) index.set(value, path);
  };
  // A test runner's sandbox has globals of its own kind, which mean the same.
  const worlds = realGlobal === globalThis ? [realGlobal] : [realGlobal, globalThis];
  for (const [world, name] of worlds.flatMap((one) => GLOBALS.map((key) => [one, key] as const))) {
    const value: unknown = Object.getOwnPropertyDescriptor(world, name)?.value;
    add(value, [name]);
    for (const [key, member] of methods(value)) add(member, [name, key]);
    if (typeof value !== 'function') continue;
    const { prototype } = value as { prototype?: unknown };
    for (const [key, member] of methods(prototype)) add(member, [name, 'prototype', key]);
  }
  return index;
}

/** Own methods of `holder` and those of the hidden classes above it (`%TypedArray%.prototype.slice`). */
function* methods(holder: unknown): Generator<[string, unknown]> {
  let level = holder;
  while ((typeof level === 'object' || typeof level === 'function') && level !== null) {
    for (const [key, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (typeof value === 'function' && key !== 'constructor') yield [key, value];
    }
    level = Object.getPrototypeOf(level);
    if (level === Object.prototype || level === Function.prototype) return;
  }
}

/** Other globals are only read when a function of that very name is looked for: then they are awake already. */
function findLazyGlobal(name: string, fn: Function): readonly string[] | undefined {
  // The `require` of `node -e` belongs to that text.
  return name !== '' && name !== 'require' && Object.hasOwn(realGlobal, name) && realGlobal[name] === fn
    ? [name]
    : undefined;
}

/** Built-in modules that this process has loaded for its program, with what they export. */
export function* loadedBuiltins(): Generator<[string, object]> {
  const { moduleLoadList } = process as unknown as { moduleLoadList?: readonly string[] };
  for (const entry of moduleLoadList ?? []) {
    const id = entry.startsWith('NativeModule ') ? entry.slice('NativeModule '.length) : '';
    if (id === '' || id.startsWith('internal/') || id.startsWith('_')) continue;
    const exports = process.getBuiltinModule(`node:${id}`);
    if (exports !== undefined) yield [`node:${id}`, exports];
  }
}
