import { readFileSync } from 'node:fs';
import * as util from 'node:util';

import { handleOf, listening, post, releaseHandles, type Inspected, type Position, type Scope } from './inspector.ts';
import { eachCommonJsModule, eachEsModule, pathOf, urlOf, type LoadedModule } from './loaded-modules.ts';

interface Frame {
  readonly scriptId: string;
  readonly url: string;
}

/** Call sites with the script's id, where Node has them (22.14 and later). */
interface NumberedCallSite {
  readonly scriptName: string;
  readonly scriptId?: string;
}

const FRAMES = 64;
/** Programs that evaluate texts for ever must not fill the memory with the names of their scripts. */
const MOST_NAMES = 20_000;
const names = new Map<string, string>();

/** `util.getCallSites`, absent on Node 20. */
const getCallSites = (util as { getCallSites?: (frames: number) => NumberedCallSite[] }).getCallSites;

/**
 * URL of the script that `fn` was found in; `''` when the script has none (`new Function`, `eval`).
 *
 * Cheapest way first; only the last one, the debugger, leaves a trace: each later `await` of the process is about 20 ns slower.
 */
export function scriptUrl(fn: Function, { position, scopes }: Inspected): string {
  if (!position) return '';
  const { scriptId } = position;
  const known = names.get(scriptId);
  if (known !== undefined) return known;
  if (names.size > MOST_NAMES) names.clear();
  learnFromStack();
  if (!names.has(scriptId)) learnFromModules(fn, position, scopes);
  if (!names.has(scriptId)) learnFromCoverage();
  if (!names.has(scriptId)) learnFromDebugger();
  const url = names.get(scriptId) ?? '';
  names.set(scriptId, url);
  return url;
}

/** Functions are often defined in a file that is on the stack of the call that sends them. */
function learnFromStack(): void {
  const sites = getCallSites?.(FRAMES);
  if (sites?.[0]?.scriptId === undefined) {
    learnFromError();
    return;
  }
  for (const { scriptId, scriptName } of sites) if (scriptId !== undefined) learn({ scriptId, url: scriptName });
}

/** Node 20: an error that is made while the runtime domain is on carries its frames with script ids. */
function learnFromError(): void {
  post('Runtime.enable');
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    Error.stackTraceLimit = FRAMES;
    // The inspector asks for the text as well. A formatter (ts-node has one) would decode the source maps of all files on the stack for it,
    // which takes some 80 ms; and V8 11.3 (Node 20) was seen to abort in programs that did (`trampoline_pc >= 0`, at an allocation site).
    Error.prepareStackTrace = () => '';
    const errorObjectId = handleOf(new Error('stack'));
    const { exceptionDetails } = post<{ exceptionDetails?: { stackTrace?: { callFrames: Frame[] } } }>(
      'Runtime.getExceptionDetails',
      { errorObjectId },
    );
    for (const frame of exceptionDetails?.stackTrace?.callFrames ?? []) learn(frame);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    if (prepareStackTrace === undefined) Reflect.deleteProperty(Error, 'prepareStackTrace');
    else Error.prepareStackTrace = prepareStackTrace;
    releaseHandles();
    post('Runtime.disable');
  }
}

/**
 * Asks the loaded modules: one that exports the function (or a function of the same module) and whose file has the function's text
 * exactly there is where it is defined. The text tells it from a module that only exports it again.
 */
function learnFromModules(fn: Function, position: Position, scopes: readonly Scope[]): void {
  const relatives = new Set<unknown>([fn, ...siblings(scopes)]);
  const text = Function.prototype.toString.call(fn);
  const modules = scopes.some((scope) => scope.type === 'Module') ? eachEsModule() : eachCommonJsModule();
  for (const module of modules) {
    if (!exportsOneOf(module, relatives) || !hasTextAt(module.url, text, position)) continue;
    learn({ scriptId: position.scriptId, url: module.url });
    return;
  }
}

function* siblings(scopes: readonly Scope[]): Generator<Function> {
  const outermost = scopes.findLast((scope) => scope.type === 'Module' || scope.type === 'Closure');
  for (const value of Object.values(outermost?.variables ?? {})) if (typeof value === 'function') yield value;
}

function exportsOneOf({ exports }: LoadedModule, relatives: ReadonlySet<unknown>): boolean {
  if (relatives.has(exports)) return true;
  if ((typeof exports !== 'object' && typeof exports !== 'function') || exports === null) return false;
  if (util.types.isProxy(exports)) return false;
  for (const key of Reflect.ownKeys(exports)) {
    try {
      if (relatives.has(Object.getOwnPropertyDescriptor(exports, key)?.value)) return true;
    } catch {
      // A binding in its dead zone.
    }
  }
  return false;
}

function hasTextAt(url: string, text: string, { line, column }: Position): boolean {
  try {
    const source = readFileSync(pathOf(url).replace(/\?.*$/, ''), 'utf8');
    let start = 0;
    for (let row = 0; row < line; row++) start = source.indexOf('\n', start) + 1;
    const begin = source.lastIndexOf(text, start + column);
    return begin >= 0 && start + column < begin + text.length;
  } catch {
    // Not a file, or gone: other ways tell.
    return false;
  }
}

/** Lists the scripts of which something ran; from Node 22 on every evaluated module. */
function learnFromCoverage(): void {
  post('Profiler.enable');
  try {
    for (const script of post<{ result: Frame[] }>('Profiler.getBestEffortCoverage').result) learn(script);
  } finally {
    post('Profiler.disable');
  }
}

/** Turning the debugger on makes it announce every script. */
function learnFromDebugger(): void {
  listening(
    'Debugger.scriptParsed',
    (script) => learn(script as Frame),
    () => {
      post('Debugger.enable');
      post('Debugger.disable');
    },
  );
}

function learn({ scriptId, url }: Frame): void {
  if (url !== '') names.set(scriptId, urlOf(url));
}
