import { MessageError } from '../base/errors.ts';

/*
 * Messages in a stream of bytes, as CPython frames them:
 *
 *   [ length: i32, big-endian ][ bytes … ]              up to 2^31 - 1
 *   [ -1: i32 ][ length: u64, big-endian ][ bytes … ]   above
 */

const SHORT_HEADER = 4;
const LONG_HEADER = 12;
const LONGEST_SHORT = 0x7fff_ffff;
const LONG = -1;

/** What goes before the bytes of a message. */
export function frameHeader(byteLength: number): Uint8Array {
  const isShort = byteLength <= LONGEST_SHORT;
  const header = new Uint8Array(isShort ? SHORT_HEADER : LONG_HEADER);
  const view = new DataView(header.buffer);
  view.setInt32(0, isShort ? byteLength : LONG);
  if (!isShort) view.setBigUint64(SHORT_HEADER, BigInt(byteLength));
  return header;
}

/** Cuts a stream of bytes into messages. Never holds more than one message beyond what was pushed. */
export class FrameReader {
  /** Longest message that is accepted; may be changed between messages. */
  limit: number;
  #chunks: Uint8Array[] = [];
  #held = 0;
  /** Bytes of the message that is coming; `undefined` as long as its header is not whole. */
  #wanted: number | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Bytes that are held. */
  get held(): number {
    return this.#held;
  }

  /** Whether the stream may end here: no message has begun. */
  get isBetween(): boolean {
    return this.#held === 0 && this.#wanted === undefined;
  }

  /** @param chunk Belongs to the reader from now on. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
  }

  /**
   * The next message that is there whole, in memory of its own.
   *
   * @throws MessageError when the bytes are no frames, or the message is longer than allowed; as soon as that is known.
   */
  next(): Uint8Array | undefined {
    this.#wanted ??= this.#readLength();
    if (this.#wanted === undefined || this.#held < this.#wanted) return undefined;
    const message = this.#cut(this.#wanted);
    this.#wanted = undefined;
    return message;
  }

  /** Whether {@link next} would give a message. @throws As it. */
  get hasNext(): boolean {
    this.#wanted ??= this.#readLength();
    return this.#wanted !== undefined && this.#held >= this.#wanted;
  }

  #readLength(): number | undefined {
    if (this.#held < SHORT_HEADER) return undefined;
    const short = viewOf(this.#peek(SHORT_HEADER)).getInt32(0);
    if (short !== LONG) {
      if (short < 0) throw new MessageError(`the peer sent no message: ${short} is no length; is it another program?`);
      this.#check(short);
      this.#cut(SHORT_HEADER);
      return short;
    }
    if (this.#held < LONG_HEADER) return undefined;
    const length = Number(viewOf(this.#peek(LONG_HEADER)).getBigUint64(SHORT_HEADER));
    this.#check(length);
    this.#cut(LONG_HEADER);
    return length;
  }

  #check(length: number): void {
    if (length <= this.limit) return;
    throw new MessageError(
      `the peer sent a message of ${length} bytes; ${this.limit} are allowed at most (option \`maxMessageBytes\`)`,
    );
  }

  /** The first bytes, in one piece; they stay. */
  #peek(count: number): Uint8Array {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= count) return first;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }

  #cut(count: number): Uint8Array {
    const out = new Uint8Array(count);
    let at = 0;
    let used = 0;
    while (at < count) {
      const chunk = this.#chunks[used] as Uint8Array; // There are `count` bytes.
      const part = chunk.subarray(0, count - at);
      out.set(part, at);
      at += part.length;
      if (part.length < chunk.length) this.#chunks[used] = chunk.subarray(part.length);
      else used++;
    }
    if (used > 0) this.#chunks.splice(0, used);
    this.#held -= count;
    return out;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
