import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { types } from 'node:util';

import { canInspect, inspect } from './inspector.ts';

/** A module of this thread as far as it is loaded. */
export interface LoadedModule {
  readonly url: string;
  /** Namespace of an ES module, or `module.exports`. */
  readonly exports: unknown;
}

/** Jobs of one URL by import type. Every step into Node's loader is checked, because it is Node's own business. */
type LoaderJobs = Readonly<
  Record<string, { readonly module?: { getNamespace?(): unknown; getStatus?(): unknown } } | undefined>
>;

/** `kErrored` of V8's `Module::Status`: its evaluation threw. */
const ERRORED = 5;

// Node's map has methods of its own that take an import type as well.
const { get: mapGet, has: mapHas, entries: mapEntries } = Map.prototype;
const requireHere: NodeJS.Require = createRequire(import.meta.url);

/** Node's own loader in this thread; it holds its modules in `loadCache`. */
let loader: { readonly loadCache?: unknown } | undefined;

/** Whether Node's loader holds an ES module of that URL; `undefined` when this Node hides it. */
export function holdsEsModule(url: string): boolean | undefined {
  const cache = loadCache();
  return cache && mapHas.call(cache, url);
}

/** The namespace of the ES module `url`, when it is loaded and linked; its bindings may still be in their dead zone. */
export function esNamespace(url: string): object | undefined {
  const cache = loadCache();
  const jobs = cache && mapGet.call(cache, url);
  return jobs === undefined ? undefined : namespaceOf(jobs as LoaderJobs);
}

/** Every linked ES module of this thread, the main module included; those of Node itself are left out. */
export function* eachEsModule(): Generator<LoadedModule> {
  const cache = loadCache();
  if (!cache) return;
  for (const [url, jobs] of mapEntries.call(cache)) {
    if (typeof url !== 'string' || url.startsWith('node:')) continue;
    const exports = namespaceOf(jobs as LoaderJobs);
    if (exports) yield { url, exports };
  }
}

/** `module.exports` of the CommonJS module at `url`, when it is loaded. */
export function commonJsModule(url: string): NodeJS.Module | undefined {
  return requireHere.cache[pathOf(url)];
}

/** Every loaded CommonJS module. */
export function* eachCommonJsModule(): Generator<LoadedModule> {
  for (const [path, module] of Object.entries(requireHere.cache)) {
    if (!module) continue;
    const url = urlOf(path);
    if (url === JOINED) yield* joinedModules(url);
    yield { url, exports: module.exports };
  }
}

/** The files that all modules of this library are joined in by the build; each of them still has a file of its own at its place. */
const JOINED = new URL('../../library.cjs', import.meta.url).href;
/** Its exports are for the first alone. */
const JOINED_REST = new URL('../../library-rest.cjs', import.meta.url).href;
const FOLDER = new URL('../../', import.meta.url).href;

/** What the build writes there. */
interface JoinedLibrary {
  /** Exports of the module whose file has that URL; it runs if it has not. `undefined` when it is none of them. */
  readonly find: (url: string) => object | undefined;
  /** Those that have run. */
  readonly joined: () => Iterable<LoadedModule>;
}

/** The joined modules of this library that have run, by the URLs at which others import them; none when `url` is another file. */
export function joinedModules(url: string): Iterable<LoadedModule> {
  return ((url === JOINED || url === JOINED_REST) && joinedLibrary()?.joined()) || [];
}

/** Whether that is a file of this library. */
export function isOwnFile(url: string): boolean {
  return url.startsWith(FOLDER);
}

/** Exports of a module of this library, which need no loader; `undefined` for others. */
export function ownModule(url: string): object | undefined {
  return isOwnFile(url) ? joinedLibrary()?.find(url) : undefined;
}

function joinedLibrary(): JoinedLibrary | undefined {
  return commonJsModule(JOINED)?.exports as JoinedLibrary | undefined;
}

/** A script name as stacks give it (path or URL) as a URL; what is neither stays as it is. */
export function urlOf(name: string): string {
  return name.startsWith('/') || /^[a-zA-Z]:[\\/]/.test(name) ? pathToFileURL(name).href : name;
}

/** The key of a URL in `require.cache`: a path; its query, which some loaders add, is kept. */
export function pathOf(url: string): string {
  if (!url.startsWith('file:')) return url;
  const query = url.indexOf('?');
  return query < 0 ? fileURLToPath(url) : fileURLToPath(url.slice(0, query)) + url.slice(query);
}

function namespaceOf(jobs: LoaderJobs): object | undefined {
  try {
    for (const kind of Object.keys(jobs)) {
      const module = jobs[kind]?.module;
      if (module?.getStatus?.() === ERRORED) continue; // Its functions are there, but they were never meant to be used.
      const namespace = module?.getNamespace?.();
      if (typeof namespace === 'object' && namespace !== null) return namespace;
    }
  } catch {
    // Not linked yet, or failed: there is nothing to find in it.
  }
  return undefined;
}

/**
 * The loader is a captured variable of `module.register`. Reading it costs 0.3 ms once and leaves the program as fast as it was, which turning
 * the debugger on does not.
 */
function loadCache(): Map<unknown, unknown> | undefined {
  loader ??= findLoader();
  const cache = loader?.loadCache;
  return types.isMap(cache) ? cache : undefined;
}

function findLoader(): { readonly loadCache?: unknown } | undefined {
  // Not as an import: test runners put modules of their own in its place.
  const { register } = process.getBuiltinModule('node:module');
  if (!canInspect() || typeof register !== 'function') return undefined;
  for (const { variables } of inspect(register).scopes) {
    if (!('cascadedLoader' in variables)) continue;
    const candidate = variables['cascadedLoader'];
    if (typeof candidate === 'object' && candidate !== null) return candidate;
  }
  return undefined;
}
