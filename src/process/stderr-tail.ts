import type { Channel } from '../connection/channel.ts';

/*
 * The last words of a child. What it writes to its error stream goes straight to the inherited descriptor, which the
 * parent does not see; so the last 2 KiB are noted in the channel's margin too, where they outlive the child.
 *
 *   margin   [ bytes written so far: u32, modulo 2^32 ] … 64: [ the last 2048 bytes, round and round ]
 */

const TEXT_OFFSET = 64;
const TEXT_BYTES = 2048;

/** Notes what was written to the error stream. Child's side; never throws. */
export function noteStderr(margin: Uint8Array, chunk: string | Uint8Array): void {
  const all = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  const view = new DataView(margin.buffer, margin.byteOffset, margin.byteLength);
  const before = view.getUint32(0, true);
  const skipped = Math.max(0, all.byteLength - TEXT_BYTES);
  const text = all.subarray(skipped);
  const at = ((before + skipped) >>> 0) % TEXT_BYTES;
  const first = text.subarray(0, TEXT_BYTES - at);
  margin.set(first, TEXT_OFFSET + at);
  margin.set(text.subarray(first.byteLength), TEXT_OFFSET);
  // A ring that went round once never looks young again, even when the counter itself goes round.
  const after = before + all.byteLength;
  view.setUint32(0, after > 0xffffffff ? TEXT_BYTES + (after % TEXT_BYTES) : after, true);
}

/** The last lines that a child wrote to its error stream, without a final line break; a first line that is cut is left out. */
export function stderrTail({ margin }: Channel): string {
  const total = new DataView(margin.buffer, margin.byteOffset, margin.byteLength).getUint32(0, true);
  const text = margin.slice(TEXT_OFFSET, TEXT_OFFSET + TEXT_BYTES);
  if (total <= TEXT_BYTES) return lines(Buffer.from(text.subarray(0, total)).toString());
  const at = total % TEXT_BYTES;
  const whole = Buffer.concat([text.subarray(at), text.subarray(0, at)]).toString();
  const end = whole.indexOf('\n');
  return lines(end >= 0 && end < whole.length - 1 ? whole.slice(end + 1) : whole);
}

function lines(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
