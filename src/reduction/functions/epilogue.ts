// Also loaded by the thread of the hooks, which has nothing else of the library: it imports nothing.

/** Formats of modules whose top-level variables an epilogue can reach. */
const FORMATS: ReadonlySet<unknown> = new Set(['module', 'module-typescript']);
/** Where this library's own modules are. */
const LIBRARY: string = new URL('../../', import.meta.url).href;

/**
 * One direct `eval` in the module's own scope reaches every top-level name, exported or not. It stands after the module's last line, so
 * that all positions stay; nothing calls it but a message that names such a function.
 */
const EPILOGUE = "\n;globalThis[Symbol.for('manycore.functions.expose')]?.(import.meta.url, (name) => eval(name));\n";

/** What a load hook of Node's gets and gives. */
export interface LoadResult {
  readonly format?: unknown;
  readonly source?: unknown;
}

/** Adds the epilogue to what a load hook got, if it is a module of the user. */
export function withEpilogue<Result extends LoadResult>(url: string, result: Result): Result {
  if (!isUserModule(url) || !FORMATS.has(result.format)) return result;
  const { source } = result;
  if (typeof source === 'string') return { ...result, source: source + EPILOGUE };
  // Node's own loader gives a Buffer.
  return source instanceof Uint8Array ? { ...result, source: new TextDecoder().decode(source) + EPILOGUE } : result;
}

function isUserModule(url: string): boolean {
  return url.startsWith('file:') && !url.includes('/node_modules/') && !url.startsWith(LIBRARY);
}
