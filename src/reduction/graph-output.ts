import { CompactTarget } from './compact-target.ts';
import * as tag from './compact-tags.ts';
import { writeNumber, writeString } from './compact-write.ts';

const FIRST_SIZE = 16_384;
/** Memory of at most this size is kept for the next message; more is given away with the message. */
const KEPT_SIZE = 262_144;

/** For texts up to here twice their room is taken without a look. */
const LITTLE = 1024;

/** Memory that grows, and the writers of what is smaller than a value. */
export class Output {
  target: CompactTarget = new CompactTarget(new ArrayBuffer(FIRST_SIZE));
  offset = 0;

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.offset + count > this.target.bytes.length) this.#grow(this.offset + count);
  }

  #grow(atLeast: number): void {
    const { bytes } = this.target;
    let size = bytes.length;
    while (size < atLeast) size *= 2;
    const next = new CompactTarget(Buffer.allocUnsafeSlow(size).buffer);
    next.bytes.set(bytes.subarray(0, this.offset));
    this.target = next;
  }

  byte(value: number): void {
    this.reserve(1);
    this.target.bytes[this.offset++] = value;
  }

  /** An integer from 0 to 2^53, seven bits a byte. */
  uint(value: number): void {
    this.reserve(8);
    const { bytes } = this.target;
    let rest = value;
    while (rest >= 128) {
      bytes[this.offset++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    bytes[this.offset++] = rest;
  }

  number(value: number): void {
    this.reserve(tag.SLACK);
    this.offset = writeNumber(this.target, this.offset, value);
  }

  text(value: string): void {
    const { length } = value;
    if (length > LITTLE && Buffer.byteLength(value) === length) return this.#ascii(value);
    this.reserve(tag.SLACK + length * 2);
    this.offset = writeString(this.target, this.offset, this.target.bytes.length, value);
  }

  #ascii(value: string): void {
    const { length } = value;
    this.reserve(tag.SLACK + length);
    this.target.bytes[this.offset] = tag.TEXT32;
    this.target.view.setUint32(this.offset + 1, length, true);
    this.target.buffer.latin1Write(value, this.offset + 5, length);
    this.offset += 5 + length;
  }

  /** Length, one byte that says how many follow to reach a multiple of eight, these, and the bytes. */
  block(value: Uint8Array): void {
    this.uint(value.length);
    this.reserve(8 + value.length);
    const { bytes } = this.target;
    const padding = (8 - ((this.offset + 1) % 8)) % 8;
    bytes[this.offset] = padding;
    bytes.fill(0, this.offset + 1, this.offset + 1 + padding);
    this.offset += 1 + padding;
    bytes.set(value, this.offset);
    this.offset += value.length;
  }

  /** What was written, as memory of the caller's own. Starts anew. */
  finish(): Uint8Array {
    const { bytes } = this.target;
    const end = this.offset;
    this.offset = 0;
    if (bytes.length <= KEPT_SIZE) return bytes.slice(0, end);
    this.target = new CompactTarget(new ArrayBuffer(FIRST_SIZE));
    return bytes.subarray(0, end);
  }
}
