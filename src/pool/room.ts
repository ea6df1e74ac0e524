import type { CheckedWait } from '../base/deadline.ts';
import { waitFor } from '../base/wait-for.ts';
import type { WorkerHost } from '../workers/host.ts';
import type { Admission } from './admission.ts';

/**
 * Resolves to whether there is room for a call; `false` after the deadline.
 *
 * @throws `signal.reason` when aborted; PoolClosedError when the pool is closed meanwhile.
 */
export async function waitForRoom(admission: Admission, host: WorkerHost, wait: CheckedWait): Promise<boolean> {
  wait.signal?.throwIfAborted();
  while (!admission.hasRoom && !wait.deadline.expired) {
    await waitFor(wait, (callback) => admission.whenRoom(callback));
    host.assertOpen();
  }
  return admission.hasRoom;
}
