import { checkWait, timeoutOf } from '../../base/deadline.ts';
import type { SyncWait, Wait } from '../../base/types.ts';
import { call, callSync, type AnyProxy } from './base-proxy.ts';

interface Parts {
  readonly timeout: number | undefined;
  readonly signal: AbortSignal | undefined;
}

function partsOf(owner: string, wait: Wait | undefined): Parts {
  const { signal } = checkWait(owner, wait);
  return { timeout: finite(timeoutOf(wait)), signal };
}

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
  const { timeout, signal } = partsOf(`${proxy.typeid}.${name}`, wait);
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
  const { timeout } = partsOf(`${proxy.typeid}.${name}`, wait);
  return callSync(proxy, name, timeout === undefined ? args : [...args, timeout]);
}
