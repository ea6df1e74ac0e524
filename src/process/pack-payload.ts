import { leaves, packing } from '../shared-memory/reach.ts';
import type { StartMethod } from './boot.ts';
import { functionPort } from '../reduction/functions/port.ts';
import type { Keep } from '../reduction/loans.ts';
import { pack, type Packed } from '../reduction/pack.ts';

/**
 * Packs what a child is to get, or to give back.
 *
 * @param name What the value is called in messages, such as `argument 1 of square`.
 * @param keep See `PackOptions`.
 * @param method Start method of the child that is to get it; absent in a child that gives something back.
 * @throws NotSendableError; NativeUnavailableError when it lies in memory that the other side does not share.
 */
export function packPayload(value: unknown, name: string, method?: StartMethod, keep?: Keep): Packed {
  return packing(leaves(method), () => pack(value, { functions: functionPort(), name, keep }));
}
