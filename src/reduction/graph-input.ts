import { CompactTarget } from './compact-target.ts';
import { damaged, readCompact, type Cursor } from './compact-read.ts';
import { TEXT8 } from './compact-tags.ts';
import { readKeyText } from './key-cache.ts';

/** Bytes of a message, and the readers of what is smaller than a value. */
export class Input {
  readonly target: CompactTarget;
  readonly cursor: Cursor = { offset: 0 };

  constructor(bytes: Uint8Array) {
    this.target = new CompactTarget(bytes);
  }

  get left(): number {
    return this.target.bytes.length - this.cursor.offset;
  }

  /** The next byte, without a step. */
  peek(): number {
    const value = this.target.bytes[this.cursor.offset];
    if (value === undefined) throw damaged('it ends too early');
    return value;
  }

  byte(): number {
    const value = this.peek();
    this.cursor.offset++;
    return value;
  }

  /** As {@link Output.uint} wrote it. */
  uint(): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
      if (factor > 2 ** 49) throw damaged('a number is too large');
    }
  }

  /** A number of things, each of which takes at least one more byte. */
  count(): number {
    const value = this.uint();
    if (value > this.left) throw damaged('a count is too large');
    return value;
  }

  text(): string {
    const value = readCompact(this.target, this.cursor);
    if (typeof value !== 'string') throw damaged('a text is missing');
    return value;
  }

  /** A text that names a property: these repeat, so they are kept. */
  key(): string {
    const { target, cursor } = this;
    if (this.peek() !== TEXT8 || this.left < 2) return this.text();
    const length = target.bytes[cursor.offset + 1] as number; // there are two bytes
    const start = cursor.offset + 2;
    if (start + length > target.bytes.length) throw damaged('it ends too early');
    cursor.offset = start + length;
    return readKeyText(target, start, length);
  }

  number(): number {
    const value = readCompact(this.target, this.cursor);
    if (typeof value !== 'number') throw damaged('a number is missing');
    return value;
  }

  /** The memory of a block of the message, not a copy. */
  block(): Uint8Array {
    const length = this.uint();
    const padding = this.byte();
    const start = this.cursor.offset + padding;
    if (start + length > this.target.bytes.length) throw damaged('it ends too early');
    this.cursor.offset = start + length;
    return this.target.bytes.subarray(start, start + length);
  }
}
