import type { Loan } from '../carrier.ts';
import { during, writing, type Crossing } from '../crossing.ts';
import type { RemoteCodec } from './remote-codec.ts';
import { jsonCodec } from './json-codec.ts';
import { nativeCodec } from './native-codec.ts';

/*
 * Messages over a socket:
 *
 *   [ kind: u8, serializer: u8, 0 0, number of the call: u32 little-endian ][ values ]
 *
 * Data only: neither functions nor classes cross, no module is loaded for a message, and of this library's own objects only
 * proxies are made. The client chooses the serializer, and is answered in the same.
 */

const HEADER_BYTES = 8;

/** How values become bytes: this library's own way, or JSON, which other languages have too. */
export type Serializer = 'native' | 'json';

export const CODECS: Readonly<Record<Serializer, RemoteCodec>> = { native: nativeCodec, json: jsonCodec };
export const SERIALIZERS: readonly Serializer[] = ['native', 'json'];

/** What every message begins with. */
export interface Head {
  readonly code: number;
  readonly id: number;
  readonly codec: RemoteCodec;
}

/** A message, and what it has lent. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly lent: readonly Loan[];
}

/** @throws NotSendableError */
export function encode(head: Head, values: readonly unknown[], crossing: Crossing): Encoded {
  const name = values.length === 3 ? `an argument of \`${String(values[1])}\`` : 'the value';
  const { result, lent } = writing(crossing, () => head.codec.pack(values, name));
  return { bytes: withHead(head, result), lent };
}

/** As {@link encode}, for what was thrown; never fails for its sake. */
export function encodeError(head: Head, error: unknown, crossing: Crossing): Encoded {
  const { result, lent } = writing(crossing, () => head.codec.packThrown(error));
  return { bytes: withHead(head, result), lent };
}

/** @throws TypeError when it is too short to be a message, or its serializer is not known. */
export function headOf(bytes: Uint8Array): Head {
  if (bytes.byteLength < HEADER_BYTES) throw new TypeError('manager: what came is too short to be a message');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const codec = Object.values(CODECS).find(({ code }) => code === view.getUint8(1));
  if (!codec) throw new TypeError('manager: what came is in no way that this version can read');
  return { code: view.getUint8(0), id: view.getUint32(4, true), codec };
}

/** The one value of a message without a list of them: what was thrown. @throws ManycoreError when it is damaged. */
export function valueIn(bytes: Uint8Array, crossing: Crossing): unknown {
  const { codec } = headOf(bytes);
  return during(crossing, () => codec.unpack(bytes.subarray(HEADER_BYTES)));
}

/** @throws ManycoreError, TypeError when they are none. */
export function valuesIn(bytes: Uint8Array, crossing: Crossing): readonly unknown[] {
  const values = valueIn(bytes, crossing);
  if (!Array.isArray(values)) throw new TypeError('manager: a message without values');
  return values;
}

function withHead({ code, id, codec }: Head, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, code);
  view.setUint8(1, codec.code);
  view.setUint32(4, id, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}
