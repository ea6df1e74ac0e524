/** The methods of `Buffer` that take no detour through the name of an encoding; Node has them, its types do not. */
export interface RawBuffer {
  latin1Slice(start: number, end: number): string;
  ucs2Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  ucs2Write(text: string, offset: number, length: number): number;
}

/**
 * Memory that compact values are written to and read from: three views on one buffer, made once and kept.
 *
 * Offsets are bytes from the start of `source`.
 */
export class CompactTarget {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly buffer: Buffer & RawBuffer;

  /** @param source An ArrayBuffer (shared memory included), or a part of one. */
  constructor(source: ArrayBufferLike | Uint8Array) {
    const bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    // The raw methods exist in every supported Node; the declarations leave them out.
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) as Buffer & RawBuffer;
  }
}
