import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { UsageError } from './exit.ts';
import { nearest } from '../base/nearest.ts';

/** What `MODULE[#EXPORT]` names, ready to be imported by a worker. */
export interface ModuleSpec {
  /** As the user wrote it. */
  readonly given: string;
  /** URL that `import()` takes. */
  readonly url: string;
  /** Export, also a path such as `Shape.of`; `''` when none was named. */
  readonly exportName: string;
  /** URL of the TypeScript loader that must be imported first; `''` when Node needs no help. */
  readonly loader: string;
}

/**
 * Finds the module of `MODULE[#EXPORT]`: a path from `cwd`, a `file:` URL, or a package that `cwd` can import.
 *
 * Nothing is imported here: only workers run the user's module.
 *
 * @throws UsageError when there is no such module, or when it is TypeScript and nothing here can read TypeScript.
 */
export function resolveModule(given: string, cwd: string): ModuleSpec {
  const { path, exportName } = splitSpec(given, cwd);
  const url = locate(path, cwd);
  const loader = url.startsWith('file:') && isTypeScript(url) ? typeScriptLoader(fileURLToPath(url), cwd) : '';
  return { given, url, exportName, loader };
}

/** The last `#` begins the export, unless a file of the whole name exists. */
function splitSpec(given: string, cwd: string): { path: string; exportName: string } {
  const hash = given.lastIndexOf('#');
  if (hash < 0 || isFile(resolve(cwd, given))) return { path: given, exportName: '' };
  if (hash === 0)
    throw new UsageError(`\`${given}\` names no module; write MODULE#EXPORT, for example ./tasks.ts#count`);
  return { path: given.slice(0, hash), exportName: given.slice(hash + 1) };
}

function locate(path: string, cwd: string): string {
  if (path === '') throw new UsageError('the module is empty; write MODULE#EXPORT, for example ./tasks.ts#count');
  if (path.startsWith('node:')) return path;
  const file = path.startsWith('file:') ? fileURLToPath(path) : resolve(cwd, path);
  if (isFile(file)) return pathToFileURL(file).href;
  const isPath = /^(?:\.{0,2}\/|file:)/.test(path) || path === '.' || path === '..';
  if (!isPath) {
    try {
      const found = createRequire(join(cwd, 'noop.js')).resolve(path);
      return found.startsWith('/') ? pathToFileURL(found).href : `node:${found.replace(/^node:/, '')}`;
    } catch {
      // Neither a file nor a package: the message below speaks of both.
    }
  }
  throw new UsageError(notFound(path, file, isPath));
}

function notFound(path: string, file: string, isPath: boolean): string {
  if (existsSync(file)) return `cannot use ${path} as a module: it is a directory; name the file in it`;
  const near = nearest(basename(file), filesIn(dirname(file)));
  const hint =
    near === undefined ? '' : `; did you mean ${path.startsWith('./') ? './' : ''}${join(dirname(path), near)}?`;
  return `cannot find module ${path} (looked for ${file}${isPath ? '' : ' and for a package of that name'})${hint}`;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^\.[mc]?[jt]sx?$/.test(extname(name)));
  } catch {
    // The folder is not there either; then there is no hint to give.
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isTypeScript(url: string): boolean {
  return /\.(?:[mc]?ts|tsx)$/.test(url);
}

/**
 * What must be imported before a TypeScript module: nothing where Node strips types by itself or the user's own flags bring
 * a loader, else tsx as the module, the working directory or this package sees it.
 */
function typeScriptLoader(modulePath: string, cwd: string): string {
  const native: unknown = Reflect.get(process.features, 'typescript');
  if (Boolean(native) && !modulePath.endsWith('.tsx')) return '';
  const flags = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ');
  if (/(?:^|\s)(?:--import|--loader|--experimental-loader|--require|-r)\b/.test(flags)) return '';
  for (const base of [modulePath, join(cwd, 'noop.js'), fileURLToPath(import.meta.url)]) {
    try {
      return pathToFileURL(createRequire(base).resolve('tsx')).href;
    } catch {
      // tsx is not installed there: look in the next place.
    }
  }
  throw new UsageError(
    `cannot read TypeScript here: Node ${process.versions.node} does not strip types, and tsx is not installed for ${modulePath}; ` +
      'run `npm install --save-dev tsx`, use Node 22.18 or newer, or name the compiled .js file',
  );
}
