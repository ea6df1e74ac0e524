import { Encoder, type LaneMessage } from '../connection/lane-message.ts';
import { carried } from '../connection/pipe-host.ts';
import { NOTHING } from '../connection/received.ts';
import type { Hosted, Makers } from '../connection/root-host.ts';
import type { BlockHandle } from '../shared-memory/shared-block.ts';
import { QueueCore } from './queue-core.ts';

const never = (): boolean => false;

function hosted(core: QueueCore): Hosted {
  return {
    maxSize: () => core.maxSize,
    size: () => core.size,
    isReady: () => core.isReady,
    send: () => core.send(),
    put: (bytes) => core.tryPut(messageOf(bytes)),
    putLater: async (bytes, wait) => core.putLater(Encoder.keep(messageOf(bytes)), wait, never),
    take: () => carried(core.take(true, true)),
    takeLater: async (_data, wait) => {
      const taken = core.takeInTurn(true);
      return carried(taken === NOTHING ? await core.takeLater(wait, never, true) : taken);
    },
    ready: (_data, wait) => core.ready(wait),
    taskDone: () => core.taskDone(),
    join: (_data, wait) => core.join(wait),
    shutdown: (immediate) => core.shutdown(immediate === true),
    drop: () => {},
  };
}

/** Written by `RemoteQueue` of the same version of this library. */
function messageOf(bytes: unknown): LaneMessage {
  return Encoder.current().encodeBytes(bytes as Uint8Array);
}

/** Queues for processes that share no memory with this one. */
export const queueMakers: Makers = {
  queue: (maxSize) => [hosted(QueueCore.create(Number(maxSize)))],
  // As `QueueCore.send` gave it.
  openQueue: (handle) => [hosted(QueueCore.open(handle as BlockHandle))],
};
