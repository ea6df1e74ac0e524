import { Deadline, type CheckedWait } from '../base/deadline.ts';
import type { Trust } from './codec.ts';
import { pipeEnds } from './ends.ts';
import type { PipeEndHandle } from './pipe-end.ts';
import type { Transport } from './transport.ts';

/*
 * A socket belongs to the process that opened it: Node cannot hand one to a process that it did not start itself. So who
 * gets a connection over a socket gets the end of a pipe, and the owner passes the messages on, unopened.
 *
 *   peer ══ socket ══ owner ── pipe ── third process
 */

const FOREVER: CheckedWait = { deadline: Deadline.never, signal: undefined };

/**
 * Passes messages between a socket and a new pipe.
 *
 * @param ended Called when either side is gone.
 * @returns The other end of the pipe, for one message.
 */
export function relay(socket: Transport, trust: Trust, ended: () => void): PipeEndHandle {
  const [here, there] = pipeEnds(true, trust);
  // Described by an end of a pipe.
  const handle = there.describe() as PipeEndHandle;
  there.close();
  void serve(socket, here, ended);
  return handle;
}

async function serve(socket: Transport, pipe: Transport, ended: () => void): Promise<void> {
  const inwards = forward(socket, pipe);
  // When the third process closes its end, nobody is left to answer; when the peer does, what it sent is still delivered.
  await forward(pipe, socket);
  ended();
  await inwards;
}

async function forward(from: Transport, to: Transport): Promise<void> {
  try {
    for (;;) {
      // Taken as bytes, and what crosses a socket is never beside a message.
      const bytes = (await from.takeLater(true, FOREVER)) as Uint8Array;
      const message = to.encodeBytes(bytes);
      if (!to.send(message)) await to.sendLater(to.keep(message), FOREVER);
    }
  } catch {
    // One side is gone, which the other learns by reading its end.
    // Only a socket has a descriptor.
    if (to.fd < 0) to.close();
  }
}
