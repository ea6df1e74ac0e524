import type { Channel } from '../connection/channel.ts';
import { NotSendableError } from '../base/errors.ts';
import { enterTask } from '../reduction/functions/importing.ts';
import { functionPort } from '../reduction/functions/port.ts';
import { Keep } from '../reduction/loans.ts';
import { pack, type Packed } from '../reduction/pack.ts';
import { Parker } from '../shared-memory/parker.ts';
import { home } from '../shared-memory/reach.ts';
import type { SharedBlock } from '../shared-memory/shared-block.ts';
import type { Payload } from './boot.ts';
import { packPayload } from './pack-payload.ts';
import { openPayload } from './payload.ts';

/** Kinds of messages: the child's value, its error, the parent's word that it has taken it; and before the first two, what they carry. */
export const VALUE = 1;
export const FAILURE = 2;
export const TAKEN = 3;
export const CARRIES = 4;

/** The function and its arguments, as the parent sends them. */
export interface Call {
  readonly fn: (...args: readonly unknown[]) => unknown;
  readonly args: readonly unknown[];
}

/** The child's side of `run`. */
export async function main(channel: Channel, payload: Payload): Promise<void> {
  // What the answer carries stays this process's until the parent uses it, too.
  const keep = home.isApart ? undefined : new Keep();
  const [kind, packed] = await outcome(payload, keep);
  const answer = new Promise<void>((resolve) => {
    const parker = Parker.current();
    parker.hold();
    parker.add(() => channel.receive((received) => received === TAKEN && resolve()));
  });
  // Only shared objects are kept.
  const carried = (keep?.objects ?? []) as readonly SharedBlock[];
  if (carried.length > 0) channel.send(CARRIES, 0, pack(carried.map((block) => block.kept)));
  channel.send(kind, 0, packed);
  // A big result lies in this process's memory until the parent has opened it.
  await answer;
  // One function, one process: a timer or a server that it left behind is not waited for.
  process.exit();
}

async function outcome(payload: Payload, keep: Keep | undefined): Promise<readonly [kind: number, packed: Packed]> {
  const leave = enterTask();
  try {
    // Written by `run` of the same version of this library.
    const { fn, args } = (await openPayload(payload)) as Call;
    return [VALUE, packResult(await fn(...args), keep)];
  } catch (error) {
    return [FAILURE, await packError(error, keep)];
  } finally {
    leave();
  }
}

function packResult(value: unknown, keep: Keep | undefined): Packed {
  try {
    return packPayload(value, 'result', undefined, keep);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NotSendableError(`the result of the call cannot be sent back: ${reason}`, { cause: error });
  }
}

/** Loaded here because most functions do not fail. */
async function packError(error: unknown, keep: Keep | undefined): Promise<Packed> {
  const { packThrown } = await import('../reduction/error-codec.ts');
  return packThrown(error, { functions: functionPort(), keep });
}
