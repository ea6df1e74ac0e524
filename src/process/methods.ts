import { wrongRange, wrongType } from '../base/invalid.ts';
import { ProcessError } from '../base/errors.ts';
import { checkBoolean, checkOptions } from '../base/options.ts';
import type { StartMethod } from './boot.ts';
import { processState } from './state.ts';

/** Whatever is bound to a start method. */
export interface MethodHolder {
  getStartMethod(): string | null;
}

const VARIABLE = 'MANYCORE_START_METHOD';

/** The safest that is fast: fresh processes, which share nothing with their parent by accident. */
const DEFAULT_METHOD: StartMethod = 'spawn';

const WHY_NOT_FORK =
  "'forkserver', whose prepared processes start in a millisecond: Node cannot be forked, because the copy of a process " +
  'has neither its heap, which V8 keeps out of copies, nor its threads';

const METHODS: readonly StartMethod[] = ['spawn', 'forkserver', 'thread'];

/** What a program has that says nothing itself. @throws RangeError when the variable names no start method. */
function defaultMethod(): StartMethod {
  const named = process.env[VARIABLE];
  return named === undefined || named === '' ? DEFAULT_METHOD : checkStartMethod('environment', VARIABLE, named);
}

/** The start methods of this platform, its default first. */
export function getAllStartMethods(): StartMethod[] {
  return [DEFAULT_METHOD, ...METHODS.filter((method) => method !== DEFAULT_METHOD)];
}

/**
 * The start method of whatever names none. To ask decides: afterwards {@link setStartMethod} needs `force`.
 *
 * @param options With `allowNone`, `null` as long as it is not decided.
 * @see Python `multiprocessing.get_start_method`
 */
export function getStartMethod(): StartMethod;
export function getStartMethod(options: { readonly allowNone?: boolean | undefined }): StartMethod | null;
export function getStartMethod(options: { readonly allowNone?: boolean | undefined } = {}): StartMethod | null {
  checkOptions('getStartMethod', options, ['allowNone']);
  if (options.allowNone !== undefined) checkBoolean('getStartMethod', 'allowNone', options.allowNone);
  const state = processState();
  if (state.method === undefined && options.allowNone === true) return null;
  return (state.method ??= defaultMethod());
}

/**
 * Decides the start method of whatever names none, once, at the beginning of the program.
 *
 * @param options `force` changes a decision that was made, which concerns later starts only.
 * @throws ProcessError when it was decided before.
 * @see Python `multiprocessing.set_start_method`
 */
export function setStartMethod(method: StartMethod, options: { readonly force?: boolean | undefined } = {}): void {
  const checked = checkStartMethod('setStartMethod', 'method', method);
  checkOptions('setStartMethod', options, ['force']);
  if (options.force !== undefined) checkBoolean('setStartMethod', 'force', options.force);
  const state = processState();
  if (state.method !== undefined && options.force !== true) {
    throw new ProcessError(
      `setStartMethod: the start method is '${state.method}' already; call it once, before anything is started, or with \`{ force: true }\``,
    );
  }
  state.method = checked;
}

/** The start method that a `context` option means; the program's when there is none. @throws As {@link checkStartMethod}. */
export function methodOf(owner: string, context: unknown): StartMethod {
  return context === undefined ? getStartMethod() : checkStartMethod(owner, 'context', context);
}

/**
 * Checks what names a start method: the name itself, or something that is bound to one.
 *
 * @throws RangeError or TypeError; `'fork'` is told why there is none.
 */
export function checkStartMethod(owner: string, name: string, value: unknown): StartMethod {
  const method = isHolder(value) ? value.getStartMethod() : value;
  const known = METHODS.find((one) => one === method);
  if (known !== undefined) return known;
  if (method === 'fork') throw wrongRange(owner, name, WHY_NOT_FORK, method);
  const expected = `one of ${getAllStartMethods()
    .map((one) => `'${one}'`)
    .join(', ')}`;
  throw typeof method === 'string'
    ? wrongRange(owner, name, expected, method)
    : wrongType(owner, name, expected, value);
}

function isHolder(value: unknown): value is MethodHolder {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'getStartMethod') === 'function';
}
