import { functionPort } from '../reduction/functions/port.ts';
import { pack, type Packed } from '../reduction/pack.ts';

/**
 * Packs what a child is to get, or to give back.
 *
 * @param name What the value is called in messages, such as `argument 1 of square`.
 * @throws NotSendableError
 */
export function packPayload(value: unknown, name: string): Packed {
  return pack(value, { functions: functionPort(), name });
}
