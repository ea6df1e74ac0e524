import type { AnyFunction } from '../base/types.ts';
import type { Channel } from '../connection/channel.ts';
import type { Payload } from '../process/boot.ts';
import { openPayload } from '../process/payload.ts';
import { Parker } from '../shared-memory/parker.ts';
import { WorkerMemory } from './memory.ts';
import { FINALIZING, INITIALIZING, LEAVING, NOT_READY, READY } from './protocol.ts';
import { ReplyWriter } from './reply-writer.ts';
import { Runner } from './runner.ts';
import type { WorkerPayload } from './worker-payload.ts';

/** The program of a worker: runs the initializer, then tasks until it is told to stop. Never returns by itself. */
export async function main(channel: Channel, packed: Payload): Promise<void> {
  // Ctrl-C reaches all processes of a terminal: the program decides what becomes of its pool, which ends with it in any case.
  process.on('SIGINT', () => {}); // Never called in a thread.
  const replies = new ReplyWriter(channel);
  let payload: WorkerPayload;
  let runner: Runner;
  let initializerMs: number;
  try {
    // What the host packed: see `WorkerHost`.
    payload = (await openPayload(packed)) as WorkerPayload;
    // Where no memory is shared, the host's is out of reach: the worker has a place of its own, and tasks come as messages.
    const memory = channel.settle ? WorkerMemory.create() : WorkerMemory.open(payload.memory);
    runner = new Runner(channel, memory, replies, payload);
    if (payload.initializer) replies.send(INITIALIZING, 0, undefined, 'the begin of the initializer');
    const began = performance.now();
    await runner.prepare(payload.initializer, payload.initArgs);
    initializerMs = performance.now() - began;
  } catch (error) {
    replies.sendError(NOT_READY, 0, error);
    process.exit(1);
  }
  replies.send(READY, 0, initializerMs, 'the time of the initializer');
  Parker.current().hold();
  await runner.run();
  await leave(runner, replies, payload.finalizer);
  process.exit(0);
}

async function leave(runner: Runner, replies: ReplyWriter, finalizer: AnyFunction | undefined): Promise<void> {
  try {
    if (finalizer) replies.send(FINALIZING, 0, undefined, 'the begin of the finalizer');
    replies.send(LEAVING, 0, await runner.prepare(finalizer, []), 'the result of the finalizer');
  } catch (error) {
    replies.sendError(LEAVING, 0, error);
  }
}
