import { pack } from '../../reduction/pack.ts';
import { packThrown } from '../../reduction/error-codec.ts';
import { unpack } from '../../reduction/unpack.ts';
import { during, type Crossing } from '../crossing.ts';
import { PROXY_TAG } from '../proxies/crossing-proxies.ts';

/*
 * Messages over a socket:
 *
 *   [ kind: u8, 0 0 0, number of the call: u32 ][ values, packed ]
 *
 * Data only: neither functions nor classes cross, no module is loaded for a message, and of this library's own objects only
 * proxies are made.
 */

const HEADER_BYTES = 8;

/** What every message begins with. */
export interface Head {
  readonly code: number;
  readonly id: number;
}

/** @throws NotSendableError */
export function encode(head: Head, values: readonly unknown[], crossing: Crossing): Uint8Array {
  const name = values.length === 3 ? `an argument of \`${String(values[1])}\`` : 'the value';
  return withHead(head, during(crossing, () => pack(values, { outOfBand: Infinity, name })).bytes);
}

/** As {@link encode}, for what was thrown; never fails for its sake. */
export function encodeError(head: Head, error: unknown, crossing: Crossing): Uint8Array {
  return withHead(head, during(crossing, () => packThrown(error, { outOfBand: Infinity })).bytes);
}

/** @throws TypeError when it is too short to be a message. */
export function headOf(bytes: Uint8Array): Head {
  if (bytes.byteLength < HEADER_BYTES) throw new TypeError('manager: what came is too short to be a message');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { code: view.getUint8(0), id: view.getUint32(4, true) };
}

/** The one value of a message without a list of them: what was thrown. @throws ManycoreError when it is damaged. */
export function valueIn(bytes: Uint8Array, crossing: Crossing): unknown {
  const handlers = (tag: string): boolean => tag === PROXY_TAG;
  return during(crossing, () => unpack(bytes.subarray(HEADER_BYTES), [], { handlers }));
}

/** @throws ManycoreError, TypeError when they are none. */
export function valuesIn(bytes: Uint8Array, crossing: Crossing): readonly unknown[] {
  const values = valueIn(bytes, crossing);
  if (!Array.isArray(values)) throw new TypeError('manager: a message without values');
  return values;
}

function withHead({ code, id }: Head, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, code);
  view.setUint32(4, id, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}
