// oxlint-disable typescript/no-unsafe-declaration-merging -- `installMethods` defines what the interfaces declare.
import type { SyncWait, Wait } from '../../base/types.ts';
import type { ManagedBarrier } from '../objects/managed-barrier.ts';
import type { ManagedEvent } from '../objects/managed-event.ts';
import { BaseProxy } from './base-proxy.ts';
import { installMethods } from './install.ts';
import type { Blocking, Remote } from './proxy-types.ts';
import { waitFor, waitForSync } from './waiting.ts';

/** Proxy of a flag that can be waited for. */
export class EventProxy extends BaseProxy<ManagedEvent> {
  /** @returns Whether it is set; `false` when the time was over first. */
  async wait(wait?: Wait): Promise<boolean> {
    return (await waitFor(this, 'wait', [], wait)) === true;
  }

  waitSync(wait?: SyncWait): boolean {
    return waitForSync(this, 'wait', [], wait) === true;
  }
}
export interface EventProxy extends Remote<Omit<ManagedEvent, 'wait'>>, Blocking<Omit<ManagedEvent, 'wait'>> {}

/** Proxy of a meeting point. */
export class BarrierProxy extends BaseProxy<ManagedBarrier> {
  /** Waits until all have come. @returns Which one this is, 0 to `parties - 1`. @throws BrokenBarrierError */
  async wait(wait?: Wait): Promise<number> {
    return Number(await waitFor(this, 'wait', [], wait));
  }

  waitSync(wait?: SyncWait): number {
    return Number(waitForSync(this, 'wait', [], wait));
  }
}
export interface BarrierProxy extends Remote<Omit<ManagedBarrier, 'wait'>>, Blocking<Omit<ManagedBarrier, 'wait'>> {}

installMethods(EventProxy, ['set', 'clear', 'isSet']);
installMethods(BarrierProxy, ['reset', 'abort', 'parties', 'nWaiting', 'broken']);
