import { checkSyncWait, checkWait, timeoutOf } from '../../base/deadline.ts';
import type { SyncWait, Wait } from '../../base/types.ts';
import { call, callSync, type AnyProxy } from './base-proxy.ts';

/** An infinite wait is one without a time-out. */
function finite(timeout: number | undefined): number | undefined {
  return timeout === Infinity ? undefined : timeout;
}

/** Calls a method that waits in the server: the time-out is its last argument, the signal stays here. */
export async function waitFor(
  proxy: AnyProxy,
  name: string,
  args: readonly unknown[],
  wait: Wait | undefined,
): Promise<unknown> {
  const { signal } = checkWait(`${proxy.typeid}.${name}`, wait);
  const timeout = finite(timeoutOf(wait));
  signal?.throwIfAborted();
  return call(proxy, name, timeout === undefined ? args : [...args, timeout], signal);
}

/** As {@link waitFor}, blocking. */
export function waitForSync(
  proxy: AnyProxy,
  name: string,
  args: readonly unknown[],
  wait: SyncWait | undefined,
): unknown {
  checkSyncWait(`${proxy.typeid}.${name}Sync`, wait);
  const timeout = finite(timeoutOf(wait));
  return callSync(proxy, name, timeout === undefined ? args : [...args, timeout]);
}
