import { createRequire } from 'node:module';

import { type BootstrapError, NotSendableError } from '../../base/errors.ts';
import type { ModuleRef } from '../ports.ts';
import { exposeTopLevel, readExposed } from './expose.ts';
import { duringImport, duringImportSync } from './importing.ts';
import { follow } from './find-path.ts';
import { canInspect, inspect } from './inspector.ts';
import { commonJsModule, esNamespace, ownModule, pathOf } from './loaded-modules.ts';
import type { ReferencedFunction } from './node.ts';
import { isMainUrl } from './main-module.ts';
import { quietly } from './quietly.ts';
import { requireQuietly } from './require-esm.ts';
import { threadState } from './state.ts';
import { NATIVE, textHash, textOf } from './text-hash.ts';

/** Codes of Node's errors for modules that can be imported only. */
const NOT_REQUIRED: ReadonlySet<unknown> = new Set(['ERR_REQUIRE_ASYNC_MODULE', 'ERR_INTERNAL_ASSERTION']);

/** The module that must be loaded before {@link resolveReference} can find the function; `undefined` when it is loaded or known. */
export function missingModule(node: ReferencedFunction): ModuleRef | undefined {
  const state = threadState();
  if (state.references.has(keyOf(node)) || isLoaded(node)) return undefined;
  // Importing the main module from within itself would wait for ever; if it is not there by now it never will be.
  if (!state.child && isMainUrl(node.url)) return undefined;
  if (node.via === 'scope') exposeTopLevel();
  return { url: node.url, cjs: node.cjs, name: node.name };
}

/**
 * Loads the modules of a message as their sender had loaded them, one after the other.
 *
 * @throws NotSendableError when a module fails, with its error as `cause`; BootstrapError as it is.
 */
export async function loadModules(modules: readonly ModuleRef[]): Promise<void> {
  for (const module of modules) {
    try {
      const exports: unknown = await duringImport(() => load(module));
      threadState().loaded.set(module.url, exports);
    } catch (error) {
      throw importFailure(module, error);
    }
  }
}

/** Loads a module that no message names yet, and that may register hooks for those that are loaded after it. @throws What the module throws. */
export async function loadAhead(url: string): Promise<void> {
  const exports: unknown = await duringImport(() => import(url));
  threadState().loaded.set(url, exports);
  threadState().loadedAhead = true;
}

/**
 * As {@link loadModules}, but blocks the calling thread; for the twins that may not wait.
 *
 * @throws NotSendableError also for modules with a top-level `await`, which cannot be loaded this way.
 */
export function loadModulesSync(modules: readonly ModuleRef[]): void {
  for (const module of modules) {
    try {
      const exports = duringImportSync(() => loadSync(module));
      threadState().loaded.set(module.url, exports);
    } catch (error) {
      throw importFailure(module, error);
    }
  }
}

/**
 * The function that a reference names in this process. Its module must be loaded.
 *
 * @throws NotSendableError when it is not there, or has another text than the one that was sent.
 */
export function resolveReference(node: ReferencedFunction): Function {
  const { references } = threadState();
  const key = keyOf(node);
  const known = references.get(key);
  if (known) return known;
  const fn = find(node);
  references.set(key, fn);
  return fn;
}

/** Remembers which function a reference of this process means, for when it comes back. */
export function rememberReference(node: ReferencedFunction, fn: Function): void {
  threadState().references.set(keyOf(node), fn);
}

function find(node: ReferencedFunction): Function {
  let other = false;
  for (const candidate of candidates(node)) {
    // Senders name native code by another way; a path that leads to it (`f.constructor`) was made up.
    if (typeof candidate !== 'function' || isNative(candidate)) continue;
    if (textHash(candidate) === node.hash) return candidate;
    other = true;
  }
  const what = `function '${node.name}' of ${node.url}`;
  throw new NotSendableError(
    other
      ? `${what} is not the one that was sent: its source text differs in this process (module changed on disk, or loaded through another loader)`
      : `cannot find ${what} here: the module was imported but nothing of that name is reachable`,
  );
}

function isNative(fn: Function): boolean {
  return NATIVE.test(textOf(fn));
}

/** Places where the function may be, in the order of trust. */
function* candidates({ url, path, cjs }: ReferencedFunction): Generator {
  const exports = exportsOf(url, cjs);
  yield follow(exports, path);
  const [name, ...rest] = path;
  if (name === undefined || cjs) return;
  yield follow(readExposed(url, name), rest);
  if (!canInspect() || typeof exports !== 'object' || exports === null) return;
  for (const key of Reflect.ownKeys(exports)) {
    const value = typeof key === 'string' ? follow(exports, [key]) : undefined;
    if (typeof value !== 'function') continue;
    yield follow(inspect(value).scopes.find((scope) => scope.type === 'Module')?.variables, path);
  }
}

function exportsOf(url: string, cjs: boolean): unknown {
  const { loaded } = threadState();
  if (cjs) return commonJsModule(url)?.exports ?? loaded.get(url);
  return loaded.get(url) ?? esNamespace(url);
}

function isLoaded({ url, cjs }: ReferencedFunction): boolean {
  const { loaded, child } = threadState();
  if (loaded.has(url)) return true;
  if (cjs) return commonJsModule(url)?.loaded === true;
  // To ask Node's loader costs a child, which has loaded little by itself, more than to load a second time what is there.
  return !child && esNamespace(url) !== undefined;
}

/** By its code: the module may have met another copy of this library than the one that loads it (`require` and `import`). */
export function isBootstrapError(error: unknown): error is BootstrapError {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MP_BOOTSTRAP';
}

async function load({ url, cjs }: ModuleRef): Promise<unknown> {
  return ownModule(url) ?? (cjs ? requireModule(url) : importModule(url));
}

/** A module that is required need not wait for the event loop, file by file; the namespace is the same. */
async function importModule(url: string): Promise<unknown> {
  if (!mayRequire(url)) return import(url);
  try {
    return quietly('require()', () => createRequire(import.meta.url)(pathOf(url)) as unknown);
  } catch (error) {
    // It has a top-level `await`, or hooks that run in another thread (Node 20), which shows before any of it has run.
    if (error instanceof Error && 'code' in error && NOT_REQUIRED.has(error.code)) return import(url);
    throw error;
  }
}

/** Hooks of loaders do not see what is required (Node 20); children without them see no difference. */
function mayRequire(url: string): boolean {
  const { child, loadedAhead } = threadState();
  const hasLoaders = loadedAhead || process.execArgv.length > 0 || Boolean(process.env['NODE_OPTIONS']);
  return child && !hasLoaders && url.startsWith('file:') && !url.includes('?');
}

function loadSync({ url, cjs }: ModuleRef): unknown {
  return ownModule(url) ?? (cjs ? requireModule(url) : requireQuietly(url));
}

function requireModule(url: string): unknown {
  return createRequire(import.meta.url)(pathOf(url));
}

function importFailure({ name, url }: ModuleRef, error: unknown): Error {
  // The missing guard says itself what to do, and carries the line that needs it.
  if (isBootstrapError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new NotSendableError(`while importing the module of function '${name}' of ${url}: ${message}`, {
    cause: error,
  });
}

function keyOf({ url, path, hash }: ReferencedFunction): string {
  return `${url}#${path.join('.')}#${hash}`;
}
