import { serialize } from 'node:v8';
import { CompactTarget, writeCompact } from './compact.ts';
import { COMPACT, PLAIN, type PackOptions, type Packed } from './message.ts';

export type { PackOptions, Packed } from './message.ts';

const scratch = new CompactTarget(new ArrayBuffer(65_536));

/** Turns a value into bytes. */
export function pack(value: unknown, _options: PackOptions = {}): Packed {
  const end = writeCompact(scratch, 1, 65_536, value);
  if (end > 0) {
    const bytes = scratch.bytes.slice(0, end);
    bytes[0] = COMPACT;
    return { bytes, buffers: [] };
  }
  return { bytes: Buffer.concat([Buffer.from([PLAIN]), serialize(value)]), buffers: [] };
}
