import type { CompactSharing } from './compact-sharing.ts';

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
  /** How views on shared memory are written and read here; absent: not at all. */
  sharing: CompactSharing | undefined;
  #buffer: (Buffer & RawBuffer) | undefined;

  /** @param source An ArrayBuffer (shared memory included), or a part of one. */
  constructor(source: ArrayBufferLike | Uint8Array) {
    this.bytes = source instanceof Uint8Array ? source : new Uint8Array(source);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  /** Made when it is first asked for: a message without texts does not need it. */
  get buffer(): Buffer & RawBuffer {
    return (this.#buffer ??= this.#makeBuffer());
  }

  #makeBuffer(): Buffer & RawBuffer {
    const { buffer, byteOffset, byteLength } = this.bytes;
    // The raw methods exist in every supported Node; the declarations leave them out.
    return Buffer.from(buffer, byteOffset, byteLength) as Buffer & RawBuffer;
  }
}
