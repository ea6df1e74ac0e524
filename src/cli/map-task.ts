import { codeOf, messageOf } from './exit.ts';

/** Names a function for a worker: URL of its module, export (`''` = the default or only function), URL of a loader or `''`. */
export type Target = readonly [url: string, exportName: string, loader: string];

/** What went wrong with one item, as plain text: it goes to a log, not to a `catch`. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  /** The same input would fail again in the same way, so it is not worth a retry. */
  readonly final?: true;
}

/** The outcome of one item: milliseconds it took, and its result as JSON text or its failure. */
export type ItemReply = readonly [ms: number, line: string] | readonly [ms: number, line: null, failure: Failure];

/** Whether the module of a target could be loaded and has the function. */
export type ModuleReply =
  | { readonly kind: 'ready'; readonly exportName: string }
  | { readonly kind: 'import-failed'; readonly failure: Failure }
  | { readonly kind: 'export-missing'; readonly functions: readonly string[] };

type ItemFunction = (item: unknown) => unknown;
interface Found {
  readonly name: string;
  readonly call: ItemFunction;
}

const loaded = new Map<string, Promise<Found | readonly string[]>>();

/** Task: loads the module of `target` in this worker and looks for the function. */
export async function checkModule(target: Target): Promise<ModuleReply> {
  try {
    const found = await load(target);
    return 'call' in found ? { kind: 'ready', exportName: found.name } : { kind: 'export-missing', functions: found };
  } catch (error) {
    return { kind: 'import-failed', failure: toFailure(error) };
  }
}

/**
 * Task: runs the function of `target` over `texts`, one after the other.
 *
 * Parsing of the item and writing of the result as JSON happen here, in the worker, so that the parent only moves text.
 *
 * @param isJson Whether each text is JSON, to be parsed first; otherwise the text itself is the item.
 * @returns One reply per text, in order. Never rejects because of an item.
 */
export async function runItems(target: Target, isJson: boolean, texts: readonly string[]): Promise<ItemReply[]> {
  const found = await load(target);
  if (!('call' in found)) throw new Error(`the module ${target[0]} no longer exports ${target[1]}`);
  const replies: ItemReply[] = [];
  for (const text of texts) replies.push(await runItem(found.call, isJson, text));
  return replies;
}

async function runItem(call: ItemFunction, isJson: boolean, text: string): Promise<ItemReply> {
  const begin = performance.now();
  const elapsed = (): number => Math.round((performance.now() - begin) * 1000) / 1000;
  let item: unknown = text;
  try {
    if (isJson) item = JSON.parse(text);
  } catch (error) {
    return [
      elapsed(),
      null,
      { name: 'SyntaxError', message: `the input is not JSON: ${messageOf(error)}`, final: true },
    ];
  }
  try {
    const pending = call(item);
    const result = pending instanceof Promise ? await pending : await Promise.resolve(pending);
    return [elapsed(), toLine(result)];
  } catch (error) {
    return [elapsed(), null, toFailure(error)];
  }
}

/** JSON has no `undefined`; a function that returns nothing gives `null`, so that there is one line per item. */
function toLine(result: unknown): string {
  try {
    // JSON.stringify is typed as if it always gave a string, but gives undefined for undefined, functions and symbols.
    const line: string | undefined = JSON.stringify(result);
    return line ?? 'null';
  } catch (error) {
    throw new TypeError(`the result cannot be written as JSON: ${messageOf(error)}`, { cause: error });
  }
}

async function load(target: Target): Promise<Found | readonly string[]> {
  const key = target.join('\n');
  let entry = loaded.get(key);
  if (entry === undefined) {
    prepareProcess();
    entry = importTarget(target);
    loaded.set(key, entry);
  }
  return entry;
}

async function importTarget([url, exportName, loader]: Target): Promise<Found | readonly string[]> {
  if (loader !== '') await import(loader);
  // The type of import() with a computed name is `any`; what the module holds is looked at below.
  const namespace: unknown = await import(url);
  const names = functionNames(namespace);
  const name =
    exportName === ''
      ? names.includes('default')
        ? 'default'
        : names.length === 1
          ? names[0]
          : undefined
      : exportName;
  const call = name === undefined ? undefined : pick(namespace, name);
  return name === undefined || call === undefined ? names : { name, call };
}

/** Follows `a.b.c` from the namespace or, for CommonJS whose names Node could not see, from its `module.exports`. */
function pick(namespace: unknown, path: string): ItemFunction | undefined {
  for (const root of [namespace, property(namespace, 'default')]) {
    let owner: unknown;
    let value: unknown = root;
    for (const part of path.split('.')) {
      owner = value;
      value = property(value, part);
    }
    if (typeof value === 'function') {
      const fn = value;
      const self = owner === namespace ? undefined : owner;
      return (item) => Reflect.apply(fn, self, [item]) as unknown; // Reflect.apply is typed `any`
    }
  }
  return undefined;
}

function functionNames(namespace: unknown): string[] {
  const names = new Set<string>();
  for (const root of [namespace, property(namespace, 'default')]) {
    if (typeof root !== 'object' || root === null) continue;
    for (const name of Object.keys(root)) {
      if (name !== 'module.exports' && isCallable(property(root, name))) names.add(name);
    }
  }
  return [...names];
}

function isCallable(value: unknown): boolean {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

function property(owner: unknown, name: string): unknown {
  return (typeof owner === 'object' || typeof owner === 'function') && owner !== null
    ? Reflect.get(owner, name)
    : undefined;
}

/**
 * Ctrl-C reaches the whole foreground group: the parent decides what it means, so workers let it pass. And what a function prints
 * goes to the error stream, because the standard output carries results and nothing else.
 */
function prepareProcess(): void {
  process.on('SIGINT', () => {});
  const { stderr } = process;
  process.stdout.write = stderr.write.bind(stderr);
}

/** Anything thrown, as text. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: `threw ${describe(error)}, which is not an Error` };
  const code = codeOf(error);
  return {
    name: error.name,
    message: error.message,
    ...(code === undefined ? {} : { code }),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  };
}

function describe(value: unknown): string {
  try {
    return typeof value === 'string' ? JSON.stringify(value) : String(value);
  } catch {
    // An object without a usable toString: its type must do.
    return typeof value;
  }
}
