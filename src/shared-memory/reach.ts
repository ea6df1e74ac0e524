import { sharesMemory } from '../native/load.ts';

/** Whether what is being packed leaves the memory of this process, so that objects in it cannot be meant: only without the addon. */
export const reach: { isLeaving: boolean } = { isLeaving: false };

/** Calls `work`; what it packs leaves this process's memory if `isLeaving`. */
export function packing<T>(isLeaving: boolean, work: () => T): T {
  const before = reach.isLeaving;
  reach.isLeaving = isLeaving;
  try {
    return work();
  } finally {
    reach.isLeaving = before;
  }
}

/** Whether this process is a child that shares no memory with its parent. */
export const home: { isApart: boolean } = { isApart: false };

/** Whether what is sent to a child of that start method, or (without one) to the parent, leaves this process's memory. */
export function leaves(method: string | undefined): boolean {
  return !sharesMemory() && (method === undefined ? home.isApart : method !== 'thread');
}
