import { checkSyncWait, checkWait, type CheckedWait, type Deadline } from '../base/deadline.ts';
import { TimeoutError, WorkerLostError } from '../base/errors.ts';
import { checkFunction, checkIterable, checkOptions } from '../base/options.ts';
import type { AnyFunction, WaitOptions } from '../base/types.ts';
import { waitFor } from '../base/wait-for.ts';
import type { Channel } from '../connection/channel.ts';
import { assertMayStartProcesses } from '../reduction/functions/importing.ts';
import { CallSite } from '../reduction/call-site.ts';
import { markRemote } from '../reduction/error-codec.ts';
import type { Packed } from '../reduction/message.ts';
import { unpack } from '../reduction/unpack.ts';
import { Parker } from '../shared-memory/parker.ts';
import { type BlockHandle, SharedBlock } from '../shared-memory/shared-block.ts';
import type { Payload } from './boot.ts';
import type { Child } from './children.ts';
import { methodOf } from './methods.ts';
import type { ProcessOptions } from './options.ts';
import { packPayload } from './pack-payload.ts';
import { openPayload, openPayloadSync } from './payload.ts';
import { startBehind } from './process.ts';
import { CARRIES, FAILURE, TAKEN } from './run-once.ts';
import { SIGKILL, signalName } from './signals.ts';

const RUN_ONCE = new URL('./run-once.js', import.meta.url);
const NOTHING: Packed = { bytes: new Uint8Array(0), buffers: [] };
const KEYS = ['timeout', 'name', 'env', 'execArgv', 'preload', 'context'] as const;

/** How {@link run} starts its process, and how long it waits. */
export interface RunOptions
  extends WaitOptions, Pick<ProcessOptions, 'name' | 'env' | 'execArgv' | 'preload' | 'context'> {}

interface Answer extends Payload {
  readonly kind: number;
  /** What it carries: used here from the moment it came, as the child may end before it is opened. */
  readonly carried: readonly SharedBlock[] | undefined;
}

/**
 * Calls one function in a fresh process.
 *
 * @returns What it returned, or what the promise that it returned resolved to.
 * @throws What the function threw, as its own class.
 * @throws WorkerLostError when the process ended before the function did.
 * @throws TimeoutError or `signal.reason`; the process is killed then.
 *
 * @example
 * ```ts
 * const digest = await run(hashFile, ['a.iso'], { timeout: 60_000 });
 * ```
 */
export async function run<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args?: A,
  options: RunOptions = {},
): Promise<Awaited<R>> {
  const { timeout, signal, ...how } = checkCall('run', fn, args, options, [...KEYS, 'signal']);
  const wait = checkWait('run', { timeout, signal });
  signal?.throwIfAborted();
  const { child, site } = begin('run', fn, args, how);
  const answer = await answerOf(child, fn.name, wait);
  const value = await openPayload(answer).finally(() => letGo(child));
  // The child sent what `fn` gave there.
  if (answer.kind !== FAILURE) return value as Awaited<R>;
  throw markRemote(value, { pid: child.pid, workerId: 0, task: 0 }, site.text);
}

/** As {@link run}, but blocks the calling thread. */
export function runSync<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  args?: A,
  options: Omit<RunOptions, 'signal'> = {},
): Awaited<R> {
  const { timeout, ...how } = checkCall('runSync', fn, args, options, KEYS);
  const deadline = checkSyncWait('runSync', { timeout });
  const { child, site } = begin('runSync', fn, args, how);
  const answer = answerOfSync(child, fn.name, deadline);
  let value: unknown;
  try {
    value = openPayloadSync(answer);
  } finally {
    letGo(child);
  }
  // As above.
  if (answer.kind !== FAILURE) return value as Awaited<R>;
  throw markRemote(value, { pid: child.pid, workerId: 0, task: 0 }, site.text);
}

function checkCall<O extends RunOptions>(
  owner: string,
  fn: unknown,
  args: unknown,
  options: O,
  keys: readonly string[],
): O {
  checkFunction(owner, 'fn', fn);
  if (args !== undefined) checkIterable(owner, 'args', args);
  checkOptions(owner, options, keys);
  return options;
}

function begin(
  owner: string,
  fn: AnyFunction,
  args: readonly unknown[] = [],
  how: Omit<RunOptions, 'timeout' | 'signal'>,
): { readonly child: Child; readonly site: CallSite } {
  assertMayStartProcesses('a Process');
  const site = new CallSite();
  const payload = packPayload({ fn, args: [...args] }, owner, methodOf(owner, how.context));
  return { child: startBehind({ ...how, daemon: false }, { main: RUN_ONCE, payload }), site };
}

/** Its answer was opened, so that nothing of it is needed any more. */
function letGo(child: Child): void {
  if (child.isAlive()) child.popen.channel.send(TAKEN, 0, NOTHING);
}

/** What a child has said. */
interface Said {
  answer?: Answer;
  /** What its answer carries. */
  carried?: readonly SharedBlock[];
}

async function answerOf(child: Child, name: string, wait: CheckedWait): Promise<Answer> {
  const said: Said = {};
  const { channel } = child.popen;
  const parker = Parker.current();
  let poller: () => void = () => {};
  parker.hold();
  try {
    await waitFor(wait, (callback) => {
      poller = () => {
        take(channel, said);
        if (said.answer) callback();
      };
      parker.add(poller);
      poller();
      return child.whenEnded(callback);
    });
  } catch (error) {
    child.signal(SIGKILL);
    throw error;
  } finally {
    parker.delete(poller);
    parker.release();
  }
  return said.answer ?? fail(child, name);
}

function answerOfSync(child: Child, name: string, deadline: Deadline): Answer {
  const said: Said = {};
  const parker = Parker.current();
  const poller = (): void => take(child.popen.channel, said);
  parker.add(poller);
  try {
    parker.wait(() => said.answer !== undefined || !child.isAlive(), deadline);
    // What it said last may have come between the two looks.
    poller();
  } finally {
    parker.delete(poller);
  }
  return said.answer ?? fail(child, name);
}

/** @throws Always: there is no answer, because the child has ended or because it was not in time. */
function fail(child: Child, name: string): never {
  if (!child.isAlive()) throw lost(child, name);
  child.signal(SIGKILL);
  throw new TimeoutError(`run: ${name || 'the function'} did not end in time; its process ${child.pid} was killed`);
}

function take(channel: Channel, said: Said): void {
  channel.receive((kind, _id, bytes, buffers) => {
    // Written by `run-once.ts` of the same version of this library.
    if (kind !== CARRIES) said.answer = { kind, bytes: bytes.slice(), buffers, carried: said.carried };
    else said.carried = (unpack(bytes, buffers) as readonly BlockHandle[]).map((handle) => SharedBlock.open(handle));
  });
}

function lost({ popen }: Child, name: string): WorkerLostError {
  const { exitCode = 0, signal = 0 } = popen.status ?? {};
  const how = signal > 0 ? `was killed by ${signalName(signal) ?? `signal ${signal}`}` : `exited with code ${exitCode}`;
  const what = popen.hasBegun
    ? `before ${name || 'its function'} returned`
    : 'before it could begin: see its error output';
  return new WorkerLostError(`run: process ${popen.pid} ${how} ${what}`, {
    pid: popen.pid,
    exitCode: signal > 0 ? null : exitCode,
    signal: signalName(signal),
    stderr: popen.stderr,
  });
}
