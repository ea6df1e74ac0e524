/** What happens to an error on its way from a worker to the caller, besides the copying that `pack` and `unpack` do. */
import { inspect, types } from 'node:util';
import { fileURLToPath } from 'node:url';
import { NotSendableError, RemoteError } from '../base/errors.ts';
import { pack, type PackOptions, type Packed } from './pack.ts';
import { withSources } from './source-places.ts';

/** Where an error comes from; `error.remote` of an error that a task threw. Not enumerable, so that it does not show in comparisons. */
export interface RemoteOrigin {
  readonly pid: number;
  /** Number of the worker; 0 when the process was there for this one call. */
  readonly workerId: number;
  /** The stack as it was in the worker. */
  readonly stack: string;
  /** Number of the task; 0 as above. */
  readonly task: number;
  /** Of an item of a map: its index, and the item itself as a short text. */
  readonly index?: number;
  readonly input?: string;
}

/** Errors whose stacks are looked through; the rest of a long list or chain arrives as it is. */
const MOST_ERRORS = 100;

/** Folders of this library's compiled files and of their sources, to which source maps lead; as URL and as path: both occur in stacks. */
const OWN = ['../', '../../src/'].flatMap((folder) => {
  const url = new URL(folder, import.meta.url).href;
  return [url, fileURLToPath(url)];
});

/** A stack without this library's own frames. */
export function hideOwnFrames(stack: string): string {
  const lines = stack.split('\n');
  return lines.filter((line) => !isFrame(line) || !OWN.some((folder) => line.includes(folder))).join('\n');
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

/** The frames of a stack, without the message above them. */
function framesOf(stack: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex(isFrame);
  return first < 0 ? '' : lines.slice(first).join('\n');
}

/** The line between the worker's frames and the caller's. */
export function stackSeparator(origin: Omit<RemoteOrigin, 'stack'>): string {
  if (origin.workerId === 0) return `    --- process ${origin.pid}, called from ---`;
  const item = origin.index === undefined ? '' : `, item ${origin.index}: ${origin.input}`;
  return `    --- worker ${origin.workerId} (pid ${origin.pid}), task ${origin.task}${item}, called from ---`;
}

/**
 * One stack from two: the worker's frames first, because the fault is there; then the caller's.
 *
 * @param remoteStack Message and frames.
 * @param localStack Frames, with or without a message above them; may be empty.
 */
export function joinStacks(remoteStack: string, separator: string, localStack: string): string {
  const local = framesOf(localStack);
  return local === '' ? remoteStack : `${remoteStack}\n${separator}\n${local}`;
}

/**
 * Tells an error that came from a worker where it comes from: `error.remote`, and the caller's frames at the end of its stack.
 *
 * @param thrown What the task threw, unpacked; what is no error is left alone.
 * @param site From `CallSite`.
 * @returns The same value.
 */
export function markRemote(thrown: unknown, origin: Omit<RemoteOrigin, 'stack'>, site: string): unknown {
  if (typeof thrown !== 'object' || thrown === null || !Object.isExtensible(thrown)) return thrown;
  for (const error of errorsWithin(thrown)) changeStack(error, withSources);
  if (!types.isNativeError(thrown) && !(thrown instanceof DOMException)) return thrown;
  const stack = typeof thrown.stack === 'string' ? thrown.stack : String(thrown);
  hide(thrown, 'remote', { ...origin, stack } satisfies RemoteOrigin);
  hide(thrown, 'stack', joinStacks(stack, stackSeparator(origin), site));
  return thrown;
}

function hide(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: false, configurable: true });
}

/**
 * As {@link pack}, for what a task returned.
 *
 * @throws NotSendableError that says that it is the result which cannot be sent; the caller of the task gets it.
 */
export function packResult(value: unknown, options: PackOptions = {}): Packed {
  try {
    return pack(value, { name: 'value', ...options });
  } catch (error) {
    const why = error instanceof Error ? error.message : describe(error);
    throw new NotSendableError(`the result of the call cannot be sent back: ${why}`, { cause: error });
  }
}

/** As {@link pack}, for what a task threw: never fails for the value's sake. What cannot be sent arrives as a RemoteError that shows it. */
export function packThrown(thrown: unknown, options: PackOptions = {}): Packed {
  try {
    for (const error of errorsWithin(thrown)) changeStack(error, hideOwnFrames);
    return pack(thrown, { ...options, name: 'the thrown value' });
  } catch (error) {
    return pack(standIn(thrown, error), options);
  }
}

/** An error, and those behind it: its causes and the members of an AggregateError, themselves with theirs. */
function errorsWithin(thrown: unknown): ReadonlySet<Error> {
  const found = new Set<Error>();
  const waiting = [thrown];
  while (waiting.length > 0 && found.size < MOST_ERRORS) {
    const error = waiting.pop();
    if (!types.isNativeError(error) || found.has(error)) continue;
    found.add(error);
    const [cause, errors] = ['cause', 'errors'].map(
      (key): unknown => Object.getOwnPropertyDescriptor(error, key)?.value,
    );
    waiting.push(cause, ...(Array.isArray(errors) ? errors.slice(0, MOST_ERRORS) : []));
  }
  return found;
}

/** A frozen error keeps its stack as it is. In Node 22 and later the stack is behind a getter. */
function changeStack(error: Error, change: (stack: string) => string): void {
  const isOpen = Object.getOwnPropertyDescriptor(error, 'stack')?.configurable === true;
  if (isOpen && typeof error.stack === 'string') hide(error, 'stack', change(error.stack));
}

function standIn(thrown: unknown, reason: unknown): Error {
  const error = new RemoteError(`${describe(thrown)} was thrown, and ${reasonText(reason)}`);
  const stack = types.isNativeError(thrown) && typeof thrown.stack === 'string' ? `\n${framesOf(thrown.stack)}` : '';
  // This library's frames would tell the user nothing.
  hide(error, 'stack', `${error.name}: ${error.message}${stack}`);
  return error;
}

function reasonText(reason: unknown): string {
  return reason instanceof NotSendableError ? reason.message : 'it cannot be sent';
}

function describe(thrown: unknown): string {
  try {
    // Not with its stack: the message is a line.
    if (thrown instanceof Error) return `${thrown.name}: ${thrown.message}`;
    return inspect(thrown, { depth: 1, breakLength: Infinity, customInspect: false });
  } catch {
    // A hostile Proxy or getter; it was thrown all the same.
    return 'a value that cannot be shown';
  }
}
