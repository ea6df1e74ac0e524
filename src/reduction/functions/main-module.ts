import { readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { wrongType, wrongUse } from '../../base/invalid.ts';
import { pathOf } from './loaded-modules.ts';
import { threadState } from './state.ts';

/** How functions of the program's main module travel: `auto` looks for an entry guard. */
export type MainPolicy = 'auto' | 'reference' | 'value';

/** `import.meta` of a module, as far as it is asked. */
export interface MetaLike {
  readonly url?: string;
  readonly main?: boolean;
}

/** Texts by which a program tells whether it is run or imported; the library's own and Node's three. */
const GUARDS =
  /\bisMain\s*\(|\bimport\.meta\.main\b|\brequire\.main\s*={2,3}\s*module\b|\bmodule\s*={2,3}\s*require\.main\b|\bprocess\.argv\s*\[\s*1\s*\]|\bprocess\.argv\.at\(\s*1\s*\)/;
const COMMENTS = /\/\*[^]*?\*\/|^\s*\/\/.*$/gm;
const EXTENSIONS = ['', '.js', '.json', '.node', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.tsx', '.jsx'];

let mainUrl: string | undefined;
let guardInText: boolean | undefined;

/**
 * The entry guard: whether this module is the program that was started, and not a module that a child process imports.
 *
 * @param self `import.meta` of the calling module, or its `module` in CommonJS.
 * @returns `false` in every process and thread of the library.
 * @throws TypeError when `self` is neither, which an ES module that was bundled to CommonJS passes.
 *
 * @example
 * ```ts
 * if (isMain(import.meta)) {
 *   await using pool = new Pool();
 * }
 * ```
 */
export function isMain(self: ImportMeta | NodeJS.Module | MetaLike): boolean {
  if (typeof self !== 'object' || self === null) throw wrongType('isMain', 'self', '`import.meta` or `module`', self);
  const state = threadState();
  state.guardSeen = true;
  if (isCommonJs(self)) return !state.child && requireMain() === self;
  // ImportMeta and MetaLike share the two members that are read.
  const { url, main } = self as MetaLike;
  if (typeof url !== 'string') {
    throw wrongUse(
      'isMain',
      'expected `import.meta` or `module`, got an object without `url`: a bundler emptied import.meta; pass `module` instead',
    );
  }
  if (state.child) return false;
  return typeof main === 'boolean' ? main : isMainUrl(url);
}

/** Whether `url` is the program's first module. */
export function isMainUrl(url: string): boolean {
  mainUrl ??= findMain();
  return mainUrl !== '' && url === mainUrl;
}

/** Whether children may import the main module for its functions: it must have a guard, or the user must insist. */
export function mayImportMain(policy: MainPolicy): boolean {
  if (policy !== 'auto') return policy === 'reference';
  if (threadState().guardSeen) return true;
  guardInText ??= textHasGuard();
  return guardInText;
}

function textHasGuard(): boolean {
  mainUrl ??= findMain();
  if (mainUrl === '') return false;
  try {
    return GUARDS.test(readFileSync(pathOf(mainUrl), 'utf8').replaceAll(COMMENTS, ''));
  } catch {
    // No file to read: nothing that a child could import either.
    return false;
  }
}

function isCommonJs(self: object): self is NodeJS.Module {
  return 'exports' in self && 'children' in self;
}

function requireMain(): NodeJS.Module | undefined {
  return process.mainModule ?? createRequire(import.meta.url).main;
}

/** As Node finds the program: `argv[1]` with its links followed, its extension or directory index added. */
function findMain(): string {
  const named = requireMain()?.filename ?? process.argv[1];
  if (named === undefined || named === '') return '';
  for (const candidate of mainCandidates(named)) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const path = process.execArgv.includes('--preserve-symlinks-main') ? candidate : realpathSync(candidate);
    return pathToFileURL(path).href;
  }
  return '';
}

function* mainCandidates(named: string): Generator<string> {
  for (const extension of EXTENSIONS) yield named + extension;
  try {
    // A JSON file with this one member of interest.
    const { main } = JSON.parse(readFileSync(join(named, 'package.json'), 'utf8')) as { main?: unknown };
    if (typeof main === 'string') for (const extension of EXTENSIONS) yield join(named, main) + extension;
  } catch {
    // No package there.
  }
  for (const extension of EXTENSIONS) yield join(named, `index${extension}`);
}
