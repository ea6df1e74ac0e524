import type { Deadline } from '../base/deadline.ts';
import type { WorkerHost } from '../workers/host.ts';
import type { Admission } from './admission.ts';

/**
 * Resolves to whether there is room for a call; `false` after the deadline.
 *
 * @throws `signal.reason` when aborted; PoolClosedError when the pool is closed meanwhile.
 */
export async function waitForRoom(
  admission: Admission,
  host: WorkerHost,
  { deadline, signal }: { readonly deadline: Deadline; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  signal?.throwIfAborted();
  while (!admission.hasRoom && !deadline.expired) {
    await untilRoom(admission, host, { deadline, signal });
    signal?.throwIfAborted();
    host.assertOpen();
  }
  return admission.hasRoom;
}

function untilRoom(
  admission: Admission,
  host: WorkerHost,
  { deadline, signal }: { readonly deadline: Deadline; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      forget();
      stopTimer();
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const stopTimer = host.timers.after(deadline.remaining(), end);
    const forget = admission.whenRoom(end);
    signal?.addEventListener('abort', end);
  });
}
