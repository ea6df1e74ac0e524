import { atDeadline } from '../base/at-deadline.ts';
import { checkSyncWait, checkWait, type CheckedWait } from '../base/deadline.ts';
import { wrongType } from '../base/invalid.ts';
import { checkIterable } from '../base/options.ts';
import type { SyncWait, Wait } from '../base/types.ts';
import { Parker } from '../shared-memory/parker.ts';
import type { WaitableObject } from './waitable.ts';

/** A stream of Node's: ready when bytes can be read from it, or none will come any more. */
export interface ReadableStreamLike {
  readonly readableLength: number;
  readonly readableEnded: boolean;
  readonly destroyed: boolean;
  on(event: string, listener: () => void): unknown;
  off(event: string, listener: () => void): unknown;
}

const LOOK_MS = 8;
const STREAM_EVENTS = ['readable', 'end', 'close', 'error'] as const;

/**
 * Waits until at least one of the objects is ready: connections, queues, sentinels of processes, sockets and other streams.
 *
 * @param timeout Milliseconds; nothing waits for ever, 0 or less only looks.
 * @returns All that are ready, in the order given; none after the time-out.
 * @throws `signal.reason`
 * @see Python `multiprocessing.connection.wait`
 *
 * @example
 * ```ts
 * for (const one of await wait([connection, child.sentinel], 1000)) if (one === connection) console.log(await connection.recv());
 * ```
 */
export async function wait<W extends WaitableObject | ReadableStreamLike>(
  objects: Iterable<W>,
  timeout?: Wait,
): Promise<W[]> {
  const checked = checkWait('wait', timeout);
  const list = waitables('wait', objects);
  checked.signal?.throwIfAborted();
  for (;;) {
    const ready = list.filter(({ waitable }) => waitable.isReady());
    if (ready.length > 0 || checked.deadline.expired) return ready.map(({ object }) => object);
    await change(
      list.map(({ waitable }) => waitable),
      checked,
    );
  }
}

/** As {@link wait}, but blocks the calling thread. Not for sockets, which nobody reads meanwhile. */
export function waitSync<W extends WaitableObject>(objects: Iterable<W>, timeout?: SyncWait): W[] {
  const deadline = checkSyncWait('waitSync', timeout);
  const list = [...waitables('waitSync', objects)].map(({ object }) => object);
  let ready = list.filter((object) => object.isReady());
  if (ready.length > 0 || deadline.expired) return ready;
  const watches = list.flatMap((object) => object.watch?.() ?? []);
  let lookAt = performance.now() + LOOK_MS;
  try {
    const look = (): boolean => {
      if (performance.now() >= lookAt) {
        for (const watch of watches) watch.recheck();
        lookAt = performance.now() + LOOK_MS;
      }
      ready = list.filter((object) => object.isReady());
      return ready.length > 0;
    };
    Parker.current().wait(look, deadline);
    return ready;
  } finally {
    for (const watch of watches) watch.stop();
  }
}

interface Entry<W> {
  readonly object: W;
  readonly waitable: WaitableObject;
}

function waitables<W>(owner: string, objects: Iterable<W>): Entry<W>[] {
  checkIterable(owner, 'objects', objects);
  return [...objects].map((object) => {
    if (isWaitable(object)) return { object, waitable: object };
    if (owner === 'wait' && isStream(object)) return { object, waitable: streamWaitable(object) };
    throw wrongType(owner, 'objects', 'connections, queues, sentinels or streams', object);
  });
}

function isWaitable(object: unknown): object is WaitableObject {
  return typeof object === 'object' && object !== null && 'isReady' in object && 'whenReady' in object;
}

function isStream(object: unknown): object is ReadableStreamLike {
  return typeof object === 'object' && object !== null && 'readableLength' in object && 'readableEnded' in object;
}

function streamWaitable(stream: ReadableStreamLike): WaitableObject {
  return {
    isReady: () => stream.readableLength > 0 || stream.readableEnded || stream.destroyed,
    whenReady: (callback) => {
      for (const event of STREAM_EVENTS) stream.on(event, callback);
      return () => {
        for (const event of STREAM_EVENTS) stream.off(event, callback);
      };
    },
  };
}

/** Resolves as soon as one says that it is ready, or the time is over. */
async function change(list: readonly WaitableObject[], { deadline, signal }: CheckedWait): Promise<void> {
  const stops: (() => void)[] = [];
  let abort: () => void = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      abort = () => reject(signal?.reason);
      signal?.addEventListener('abort', abort);
      stops.push(atDeadline(deadline, resolve));
      for (const one of list) stops.push(one.whenReady(resolve));
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    for (const stop of stops) stop();
  }
}
