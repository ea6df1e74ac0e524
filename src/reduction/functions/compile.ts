import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { compileFunction, constants } from 'node:vm';

import { NotSendableError } from '../../base/errors.ts';
import type { CaptureCycle } from '../ports.ts';
import { META } from './analysis.ts';
import { builtinObject, DYNAMIC_IMPORT, IMPORT_META } from './builtin-objects.ts';
import { pathOf } from './loaded-modules.ts';
import { isMember, setMember } from './members.ts';
import type { Capture, ValueFunction } from './node.ts';
import { quietly } from './quietly.ts';
import { adoptToken } from './registry.ts';

/** What a compiled text gives: the function (or the object that holds the method), and how late captures get their values. */
type Made = readonly [made: unknown, give: ((name: string, value: unknown) => void) | undefined];
interface Source {
  readonly before: string;
  readonly after: string;
}

type Factory = (captures: Readonly<Record<string, unknown>>) => Made;

/** Names inside of the compiled text that no user's text has. */
const CAPTURES = '__manycore_captures';
const MADE = '__manycore_made';
const NAME = '__manycore_name';
const VALUE = '__manycore_value';
const MOST_FACTORIES = 500;

const factories: Map<string, Factory> = new Map();
const givers: WeakMap<Function, (name: string, value: unknown) => void> = new WeakMap();
/** What functions were built with; it lives as long as they do. */
const captured: WeakMap<Function, Readonly<Record<string, unknown>>> = new WeakMap();
let importsAreQuiet = false;

/**
 * Compiles a by-value function at the place of the original, with its captures as constants: a variable that could change would make
 * hot loops several times slower.
 *
 * @throws NotSendableError when the text does not compile here, because this process runs an older Node.
 */
export function buildByValue(node: ValueFunction, cycle: CaptureCycle): Function {
  const values: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const { name, value } of node.captures) {
    const [variable, builtin] = splitName(name);
    values[variable] = builtin === '' ? value : placedObject(builtin, node.url);
  }
  if (node.text.includes(META)) values[META] = importMeta(node.url);
  const [made, give] = factoryFor(node, cycle)(values);
  const fn = node.form === 'method' ? takeMethod(made) : (made as Function);
  if (fn.name !== node.name) nameFunction(fn, node.name);
  giveMembers(fn, node.captures, cycle);
  if (give) {
    givers.set(fn, give);
    for (const name of cycle.self) give(name, fn);
  }
  captured.set(fn, values);
  adoptToken(fn, node.token);
  return fn;
}

/** What a copy was built with: V8 keeps no variable that only `extends` or the key of a member names. */
export function builtWith(fn: Function): Readonly<Record<string, unknown>> | undefined {
  return captured.get(fn);
}

/**
 * Whether a function that was built before stands for `node` as well. Classes and old-style ones always do: what they hold is that of their first
 * arrival. Other functions do when nothing that they capture can have changed.
 */
export function isSameAgain(built: Function, { form, captures }: ValueFunction, late: readonly string[]): boolean {
  if (form === 'class' || captures.some(({ name }) => /^(?:[.:]prototype\.|<)/.test(name))) return true;
  const before = captured.get(built);
  if (!before || late.length > 0) return false;
  return captures.every(({ name, value, assigned }) => {
    if (assigned || isMember(name) || isObject(value)) return false;
    const [variable, builtin] = splitName(name);
    return builtin !== '' || Object.is(before[variable], value);
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** `path=node:path` → the variable and the object that every process has; `''` without one. */
function splitName(name: string): readonly [variable: string, builtin: string] {
  const mark = isMember(name) ? -1 : name.indexOf('=');
  return mark < 0 ? [name, ''] : [name.slice(0, mark), name.slice(mark + 1)];
}

/** Gives a capture of a function built in a cycle its value. */
export function patchCapture(fn: Function, name: string, value: unknown): void {
  if (isMember(name)) setMember(fn, name, value);
  else givers.get(fn)?.(name, value);
}

function giveMembers(fn: Function, captures: readonly Capture[], { late, self }: CaptureCycle): void {
  for (const { name, value } of captures) {
    if (isMember(name) && !late.includes(name)) setMember(fn, name, self.includes(name) ? fn : value);
  }
}

function factoryFor(node: ValueFunction, cycle: CaptureCycle): Factory {
  const source = sourceOf(node, cycle);
  const key = `${node.url}:${node.line}:${node.column}:${source.before}${node.text}`;
  const known = factories.get(key);
  if (known) return known;
  if (factories.size >= MOST_FACTORIES) factories.clear();
  const made = compile(node, source);
  factories.set(key, made);
  return made;
}

function compile(node: ValueFunction, { before, after }: Source): Factory {
  const imports = /\bimport\s*\(/.test(node.text);
  if (imports && !importsAreQuiet) silenceImportWarning();
  try {
    // Compiled text of ours, with the captures' record as its only parameter.
    return compileFunction(before + node.text + after, [CAPTURES], {
      filename: fileNameOf(node),
      lineOffset: node.line - 1,
      columnOffset: node.column - 1 - before.length,
      ...(imports ? { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER } : {}),
    }) as Factory;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NotSendableError(`cannot compile function '${node.name}' of ${node.url || 'a text'} here: ${reason}`, {
      cause: error,
    });
  }
}

/** Everything stands on the text's first line, before its column, so that all its positions stay. */
function sourceOf({ form, captures, strict, text }: ValueFunction, { late, self }: CaptureCycle): Source {
  const isMethod = form === 'method';
  const selves: string[] = [];
  let declarations = text.includes(META) ? `const ${META}=${CAPTURES}.${META};` : '';
  let setters = '';
  for (const { name: full, assigned } of captures) {
    if (isMember(full) || full === 'arguments') continue;
    const [name] = splitName(full);
    const isSelf = self.includes(name);
    // Constants make hot loops fast; whatever gets its value later, or a new one, cannot be one.
    if (isSelf && !assigned && !isMethod) selves.push(name);
    else if (isSelf || late.includes(name)) {
      declarations += `let ${name};`;
      setters += `case ${JSON.stringify(name)}:${name}=${VALUE};break;`;
    } else declarations += `${assigned ? 'let' : 'const'} ${name}=${CAPTURES}.${name};`;
  }
  const give = setters === '' ? 'undefined' : `(${NAME},${VALUE})=>{switch(${NAME}){${setters}}}`;
  const [open, close] = isMethod ? ['({', '\n})'] : ['(', '\n)'];
  const also = selves.map((name) => `,${name}=${MADE}`).join('');
  // `arguments` of the function around is what this function around is called with.
  const wraps = captures.some(({ name }) => name === 'arguments');
  return {
    before: `${strict ? '"use strict";' : ''}${wraps ? 'return function(){' : ''}${declarations}const ${MADE}=${open}`,
    after: `${close}${also};return[${MADE},${give}]${wraps ? `}.apply(undefined,${CAPTURES}.arguments)` : ''}`,
  };
}

function takeMethod(holder: unknown): Function {
  const [property] = Object.values(Object.getOwnPropertyDescriptors(holder as object));
  const fn: unknown = property?.value ?? property?.get ?? property?.set;
  if (typeof fn === 'function') return fn;
  throw new NotSendableError('a method arrived without its text');
}

function nameFunction(fn: Function, name: string): void {
  const own = Object.getOwnPropertyDescriptor(fn, 'name');
  // A class may have a static member of that name.
  if (!own || own.configurable === true) Object.defineProperty(fn, 'name', { value: name, configurable: true });
}

/** CommonJS modules appear in stacks by path, ES modules by URL. */
function fileNameOf({ url, cjs }: ValueFunction): string {
  if (url === '') return 'manycore:by-value';
  return cjs && url.startsWith('file:') ? pathOf(url) : url;
}

/** What `import.meta` of the defining module was, but for `main`: a copy is never the program. */
function importMeta(url: string): { readonly url: string; resolve(specifier: string): string } {
  const resolve = (specifier: string): string => {
    if (/^(?:\.{0,2}\/|[a-z]+:)/i.test(specifier)) return new URL(specifier, url).href;
    const found = createRequire(url).resolve(specifier);
    return found.startsWith('/') ? pathToFileURL(found).href : `node:${found.replace(/^node:/, '')}`;
  };
  const meta = { url, main: false, resolve };
  if (!url.startsWith('file:')) return meta;
  const filename = fileURLToPath(url);
  return Object.assign(meta, { filename, dirname: dirname(filename) });
}

/** What every module has of its own, as that of `url` had it; or an object of the process. */
function placedObject(name: string, url: string): unknown {
  if (name === IMPORT_META) return importMeta(url);
  if (name !== DYNAMIC_IMPORT) return builtinObject(name);
  const { resolve } = importMeta(url);
  return (specifier: unknown): Promise<unknown> => import(resolve(String(specifier)));
}

/** Node warns at the first `import()` of a compiled text; the user chose no experimental feature and can do nothing about it. */
function silenceImportWarning(): void {
  importsAreQuiet = true;
  quietly('USE_MAIN_CONTEXT_DEFAULT_LOADER', () => {
    const importOnce = compileFunction('return import("node:module")', [], {
      filename: fileURLToPath(import.meta.url),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    }) as () => Promise<unknown>;
    // Only the warning matters: the module is there in any case.
    void importOnce().catch(() => undefined);
  });
}
