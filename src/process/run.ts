import { checkWait, type CheckedWait } from '../base/deadline.ts';
import { TimeoutError, WorkerLostError } from '../base/errors.ts';
import { checkFunction, checkIterable, checkOptions } from '../base/options.ts';
import type { WaitOptions } from '../base/types.ts';
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
import { openPayload } from './payload.ts';
import { startBehind } from './process.ts';
import { CARRIES, FAILURE, TAKEN } from './run-once.ts';
import { SIGKILL, signalName } from './signals.ts';

const RUN_ONCE = new URL('./run-once.js', import.meta.url);
const NOTHING: Packed = { bytes: new Uint8Array(0), buffers: [] };
const KEYS = ['timeout', 'signal', 'name', 'env', 'execArgv', 'preload', 'context'] as const;

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
  checkFunction('run', 'fn', fn);
  if (args !== undefined) checkIterable('run', 'args', args);
  checkOptions('run', options, KEYS);
  const { timeout, signal, ...how } = options;
  const wait = checkWait('run', { timeout, signal });
  signal?.throwIfAborted();
  assertMayStartProcesses('a Process');
  const site = new CallSite();
  const payload = packPayload({ fn, args: [...(args ?? [])] }, 'run', methodOf('run', how.context));
  const child = startBehind({ ...how, daemon: false }, { main: RUN_ONCE, payload });
  const answer = await answerOf(child, fn.name, wait);
  const value = await openPayload(answer).finally(() => {
    if (child.isAlive()) child.popen.channel.send(TAKEN, 0, NOTHING);
  });
  // The child sent what `fn` gave there.
  if (answer.kind !== FAILURE) return value as Awaited<R>;
  throw markRemote(value, { pid: child.pid, workerId: 0, task: 0 }, site.text);
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
  if (said.answer) return said.answer;
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
