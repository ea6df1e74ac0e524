import { pack } from '../../reduction/pack.ts';
import { packThrown } from '../../reduction/error-codec.ts';
import { unpack } from '../../reduction/unpack.ts';
import { during, type Crossing } from '../crossing.ts';
import { PROXY_TAG } from '../proxies/crossing-proxies.ts';

/*
 * Messages over a socket: `[kind, number of the call, values]`, packed. Data only: neither functions nor classes cross, no
 * module is loaded for a message, and of this library's own objects only proxies are made.
 */

/** A message that was read. */
export interface RemoteMessage {
  readonly code: number;
  readonly id: number;
  readonly values: readonly unknown[];
}

/** @throws NotSendableError */
export function encode(code: number, id: number, values: readonly unknown[], crossing: Crossing): Uint8Array {
  const name = values.length === 3 ? `an argument of \`${String(values[1])}\`` : 'the value';
  return during(crossing, () => pack([code, id, values], { outOfBand: Infinity, name })).bytes;
}

/** As {@link encode}, for what was thrown; never fails for its sake. */
export function encodeError(code: number, id: number, error: unknown, crossing: Crossing): Uint8Array {
  return during(crossing, () => packThrown([code, id, [error]], { outOfBand: Infinity })).bytes;
}

/** Reads the kind and number of a message, whatever else is wrong with it. @throws ManycoreError when it is none. */
export function decode(bytes: Uint8Array, crossing: Crossing): RemoteMessage {
  const handlers = (tag: string): boolean => tag === PROXY_TAG;
  const message = during(crossing, () => unpack(bytes, [], { handlers }));
  if (!Array.isArray(message) || message.length !== 3) throw new TypeError('manager: a message is not a request');
  const [code, id, values] = message as [unknown, unknown, unknown]; // as many as were counted
  if (typeof code !== 'number' || typeof id !== 'number' || !Array.isArray(values)) {
    throw new TypeError('manager: a message is not a request');
  }
  return { code, id, values };
}
