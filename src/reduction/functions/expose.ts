import * as module from 'node:module';
import { pathToFileURL } from 'node:url';

import { type LoadResult, withEpilogue } from './epilogue.ts';
import { realGlobal, threadState } from './state.ts';

const EXPOSE = Symbol.for('manycore.functions.expose');
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;

/** `module.registerHooks`, absent on Node 20. */
const registerHooks = (
  module as unknown as {
    registerHooks?: (hooks: { load: (url: string, context: unknown, next: NextLoad) => LoadResult }) => unknown;
  }
).registerHooks;

type Compile = (this: unknown, source: unknown, filename: string, format: unknown, ...rest: unknown[]) => unknown;
type NextLoad = (url: string, context: unknown) => LoadResult;

let exposing = false;

/** Whether the hook that exposes top-level variables costs nothing here, so that a child may install it at its start. */
export const exposesCheaply: boolean = registerHooks !== undefined;

/**
 * From now on, modules that are loaded here let messages reach their top-level variables that are not exported. For children
 * only. On Node 20 the first call costs some 30 ms, because hooks live in a thread of their own there.
 */
export function exposeTopLevel(): void {
  if (exposing || !threadState().child) return;
  exposing = true;
  realGlobal[EXPOSE] = (url: string, read: (name: string) => unknown): void => {
    threadState().exposed.set(url, read);
  };
  if (registerHooks) {
    registerHooks({ load: (url, context, next) => withEpilogue(url, next(url, context)) });
    return;
  }
  exposeRequired();
  try {
    module.register('./expose-hooks.js', import.meta.url);
  } catch {
    // No permission to start the thread of the hooks: names that are not exported stay out of reach.
  }
}

/** ES modules that are required pass no hook on Node 20; their text is handed to this method. */
function exposeRequired(): void {
  const { prototype } = module.Module as unknown as { prototype: { _compile: Compile } };
  const compile = prototype._compile;
  prototype._compile = function (source, filename, format, ...rest) {
    const { source: exposed } = withEpilogue(pathToFileURL(filename).href, { format, source });
    return compile.call(this, exposed, filename, format, ...rest);
  };
}

/** The top-level variable `name` of the exposed module `url`; `undefined` when it cannot be read. */
export function readExposed(url: string, name: string): unknown {
  const read = threadState().exposed.get(url);
  if (!read || !IDENTIFIER.test(name)) return undefined;
  try {
    return read(name);
  } catch {
    // In its dead zone, not there, or this process forbids `eval`.
    return undefined;
  }
}
