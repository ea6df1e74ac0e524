/*
 * Records of a channel on their way through a stream of bytes, between two processes that share no memory:
 *
 *   [ bytes of all that follows: u32 ][ kind: u8 ][ bytes of the prefix: u8 ][ buffers: u16 ][ id: i32 ][ bytes of the body: u32 ]
 *   [ bytes of a buffer: u32 ] … [ prefix ][ body ][ buffer ] …
 */

const LENGTH_BYTES = 4;
const HEADER_BYTES = 12;

/** A record of a channel, with what lay beside it. */
export interface WireRecord {
  /** As in the ring, with the flag of a parcel. */
  readonly kind: number;
  readonly id: number;
  /** What stands before the address list of a parcel. */
  readonly prefix: Uint8Array;
  readonly bytes: Uint8Array;
  readonly buffers: readonly Uint8Array[];
}

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function encodeRecord({ kind, id, prefix, bytes, buffers }: WireRecord): Uint8Array {
  const parts = [prefix, bytes, ...buffers];
  const start = LENGTH_BYTES + HEADER_BYTES + 4 * buffers.length;
  const message = Buffer.allocUnsafe(parts.reduce((sum, part) => sum + part.byteLength, start));
  message.writeUInt32LE(message.byteLength - LENGTH_BYTES, 0);
  message.writeUInt8(kind, 4);
  message.writeUInt8(prefix.byteLength, 5);
  message.writeUInt16LE(buffers.length, 6);
  message.writeInt32LE(id, 8);
  message.writeUInt32LE(bytes.byteLength, 12);
  for (const [i, { byteLength }] of buffers.entries()) message.writeUInt32LE(byteLength, 16 + 4 * i);
  let at = start;
  for (const part of parts) {
    message.set(part, at);
    at += part.byteLength;
  }
  return message;
}

/** Finds the records in a stream of bytes. */
export class WireReader {
  #chunks: Uint8Array[] = [];
  #byteLength = 0;

  /** @returns The records that are whole now; their bytes are private. */
  push(chunk: Uint8Array): WireRecord[] {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
    const records: WireRecord[] = [];
    while (this.#byteLength >= LENGTH_BYTES) {
      const length = LENGTH_BYTES + this.#peekLength();
      if (this.#byteLength < length) break;
      const all = this.#join();
      records.push(decode(all.subarray(LENGTH_BYTES, length)));
      this.#chunks = [all.subarray(length)];
      this.#byteLength -= length;
    }
    return records;
  }

  #peekLength(): number {
    const [first] = this.#chunks;
    const bytes = first && first.byteLength >= LENGTH_BYTES ? first : this.#join();
    return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  }

  #join(): Uint8Array {
    const [first] = this.#chunks;
    const all = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }
}

function decode(message: Uint8Array): WireRecord {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const count = view.getUint16(2, true);
  let at = HEADER_BYTES + 4 * count;
  const take = (byteLength: number): Uint8Array => {
    at += byteLength;
    // Not that of `Buffer`, which copies nothing.
    return Uint8Array.prototype.slice.call(message, at - byteLength, at);
  };
  return {
    kind: view.getUint8(0),
    id: view.getInt32(4, true),
    prefix: take(view.getUint8(1)),
    bytes: take(view.getUint32(8, true)),
    buffers: Array.from({ length: count }, (_, i) => take(view.getUint32(HEADER_BYTES + 4 * i, true))),
  };
}
