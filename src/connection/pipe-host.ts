import type { CheckedWait } from '../base/deadline.ts';
import type { Trust } from './codec.ts';
import { PipeEnd, type PipeEndHandle } from './pipe-end.ts';
import { NOTHING, Received } from './received.ts';
import type { Hosted, Makers } from './root-host.ts';

/** A message as it crosses; `undefined` when there was none. */
export type Carried = { readonly bytes: Uint8Array; readonly buffers: readonly ArrayBuffer[] } | undefined;

/** What was taken as bytes, for a process that shares no memory. */
export function carried(taken: unknown): Carried {
  if (taken === NOTHING) return undefined;
  if (taken instanceof Received) return { bytes: taken.bytes, buffers: taken.buffers };
  // What is taken as bytes, and has no big buffers beside it, is bytes.
  return { bytes: taken as Uint8Array, buffers: [] };
}

function hosted(end: PipeEnd): Hosted {
  return {
    rights: () => [end.readable, end.writable],
    describe: () => end.describe(),
    // Bytes are written by `RemotePipeEnd`.
    send: (bytes) => end.send(end.encodeBytes(bytes as Uint8Array)),
    sendLater: async (bytes, wait) => end.sendLater(end.keep(end.encodeBytes(bytes as Uint8Array)), wait),
    take: () => carried(end.take(true, true)),
    takeLater: async (_data, wait) => carried(await takeLater(end, wait)),
    isReady: () => end.isReady(),
    ready: (_data, wait) => end.ready(wait),
    drop: () => end.close(),
  };
}

async function takeLater(end: PipeEnd, wait: CheckedWait): Promise<unknown> {
  const taken = end.take(true, true);
  return taken === NOTHING ? end.takeLater(true, wait) : taken;
}

/** Pipes for processes that share no memory with this one. */
export const pipeMakers: Makers = {
  // Written by `RemotePipeEnd` of the same version of this library.
  pair: (data) => PipeEnd.pair(...(data as [boolean, Trust])).map(hosted),
  openEnd: (handle) => [hosted(PipeEnd.open(handle as PipeEndHandle))],
};
