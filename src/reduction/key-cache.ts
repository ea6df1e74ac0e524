import type { CompactTarget } from './compact-target.ts';

/** Keys repeat from message to message; comparing bytes with a known string is faster than making one, and an object's keys must be interned anyway. */
const CACHE_SIZE = 1024;
const LONGEST = 32;
const cache: string[] = Array.from({ length: CACHE_SIZE }, () => '');

/** The Latin-1 text at `start`, all of whose bytes are there. */
export function readKeyText(target: CompactTarget, start: number, length: number): string {
  if (length === 0) return '';
  if (length > LONGEST) return target.buffer.latin1Slice(start, start + length);
  const { bytes } = target;
  let hash = length;
  for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (bytes[start + i] as number)) | 0; // in bounds
  const slot = (hash ^ (hash >>> 15)) & (CACHE_SIZE - 1);
  const known = cache[slot] as string; // the mask keeps it in bounds
  if (known.length === length && isText(bytes, start, known)) return known;
  const text = target.buffer.latin1Slice(start, start + length);
  cache[slot] = text;
  return text;
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== bytes[start + i]) return false;
  return true;
}
