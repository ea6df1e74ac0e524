import type { Channel } from '../connection/channel.ts';
import { enterTask } from '../reduction/functions/importing.ts';
import type { Payload } from './boot.ts';
import { openPayload } from './payload.ts';
import type { Work } from './work.ts';

/** The child's side of a `Process`. */
export async function main(_channel: Channel, payload: Payload): Promise<void> {
  // Written by `Process` of the same version of this library.
  const work = (await openPayload(payload)) as Work;
  const run = work.instance ? await instanceRun(work) : targetRun(work);
  const leave = enterTask();
  try {
    await run();
  } finally {
    leave();
  }
}

function targetRun({ target, args }: Work): () => unknown {
  // The parent's types held target and arguments together.
  return () => (target as ((...args: readonly unknown[]) => unknown) | undefined)?.(...args);
}

/** Only subclasses need the class `Process` in the child, whose loading takes time. */
async function instanceRun({ target, args, instance }: Work): Promise<() => unknown> {
  const { reviveInstance } = await import('./process.ts');
  if (!instance) throw new TypeError('manycore: a subclass of Process came without its class');
  const revived = reviveInstance(instance.Class, { target, args }, instance.fields);
  return () => revived.run();
}
