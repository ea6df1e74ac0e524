/**
 * Writes small values straight into memory, some ten nanoseconds each.
 *
 * What is not plain and small is left to `pack`: every function here gives -1 for it, and for lack of room. Bytes between
 * `offset` and `limit` may then have been written to.
 */
import { types } from 'node:util';
import { hasOnlyIndices } from './array-shape.ts';
import type { CompactTarget } from './compact-target.ts';
import { sentSoFar, settleSent, writeSharedView } from './compact-shared.ts';
import * as tag from './compact-tags.ts';

const { isArgumentsObject, isProxy } = types;
const { getOwnPropertySymbols, getPrototypeOf, keys: ownKeys } = Object;
const OBJECT_PROTOTYPE: unknown = Object.prototype;
const ARRAY_PROTOTYPE: unknown = Array.prototype;
/** Up to here a loop over characters beats a call into C++. */
const LOOP_CHARACTERS = 40;
const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

/** Containers of the value being written: a second meeting means a cycle or a shared reference. A stack, because a getter may write a message of its own. */
const seen: (object | undefined)[] = Array.from({ length: tag.MAX_CONTAINERS * 2 });
let seenStart = 0;
let seenEnd = 0;

/**
 * Writes a value at `offset`.
 *
 * @param limit Offset that must not be passed. {@link tag.SLACK} bytes before it are asked for even by smaller values.
 * @returns The offset behind the value; -1 when it does not fit or is not a compact value.
 * @throws What a getter of the value throws; the next call is not affected.
 */
export function writeCompact(target: CompactTarget, offset: number, limit: number, value: unknown): number {
  if (limit - offset < tag.SLACK) return -1;
  switch (typeof value) {
    case 'number':
      return writeNumber(target, offset, value);
    case 'string':
      return writeString(target, offset, limit, value);
    case 'object':
      return value === null ? writeTag(target, offset, tag.NULL) : writeTree(target, offset, limit, value);
    default:
      return writeRare(target, offset, value);
  }
}

function writeTag(target: CompactTarget, offset: number, code: number): number {
  target.bytes[offset] = code;
  return offset + 1;
}

function writeRare(target: CompactTarget, offset: number, value: unknown): number {
  if (value === undefined) return writeTag(target, offset, tag.UNDEFINED);
  if (typeof value === 'boolean') return writeTag(target, offset, value ? tag.TRUE : tag.FALSE);
  if (typeof value !== 'bigint' || value < MIN_INT64 || value > MAX_INT64) return -1;
  target.bytes[offset] = tag.BIGINT64;
  target.view.setBigInt64(offset + 1, value, true);
  return offset + 9;
}

export function writeNumber(target: CompactTarget, offset: number, value: number): number {
  const integer = value | 0;
  if (integer !== value || (value === 0 && 1 / value < 0)) {
    target.bytes[offset] = tag.FLOAT64;
    target.view.setFloat64(offset + 1, value, true);
    return offset + 9;
  }
  if (integer >= -128 && integer < 128) {
    target.bytes[offset] = tag.INT8;
    target.bytes[offset + 1] = integer;
    return offset + 2;
  }
  target.bytes[offset] = tag.INT32;
  target.view.setInt32(offset + 1, integer, true);
  return offset + 5;
}

export function writeString(target: CompactTarget, offset: number, limit: number, value: string): number {
  const length = value.length;
  if (offset + 5 + length > limit) return -1;
  const { bytes } = target;
  if (length <= LOOP_CHARACTERS) {
    bytes[offset] = tag.TEXT8;
    bytes[offset + 1] = length;
    let at = offset + 2;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 255) return writeWide(target, offset, limit, value);
      bytes[at++] = code;
    }
    return at;
  }
  // As many bytes of UTF-8 as characters: it is ASCII.
  if (Buffer.byteLength(value) !== length) return writeWide(target, offset, limit, value);
  bytes[offset] = tag.TEXT32;
  target.view.setUint32(offset + 1, length, true);
  target.buffer.latin1Write(value, offset + 5, length);
  return offset + 5 + length;
}

function writeWide(target: CompactTarget, offset: number, limit: number, value: string): number {
  const end = offset + 5 + value.length * 2;
  if (end > limit) return -1;
  target.bytes[offset] = tag.WIDE;
  target.view.setUint32(offset + 1, value.length, true);
  target.buffer.ucs2Write(value, offset + 5, value.length * 2);
  return end;
}

function writeTree(target: CompactTarget, offset: number, limit: number, value: object): number {
  const outerStart = seenStart;
  const outerEnd = seenEnd;
  seenStart = outerEnd;
  const sentBefore = sentSoFar();
  let end = -1;
  try {
    end = writeContainer(target, offset, limit, value, 1);
    return end;
  } finally {
    if (sentSoFar() > sentBefore) settleSent(target, sentBefore, end >= 0);
    for (let i = outerEnd; i < seenEnd; i++) seen[i] = undefined;
    seenStart = outerStart;
    seenEnd = outerEnd;
  }
}

function isNew(value: object): boolean {
  if (seenEnd - seenStart >= tag.MAX_CONTAINERS) return false;
  for (let i = seenStart; i < seenEnd; i++) if (seen[i] === value) return false;
  seen[seenEnd++] = value;
  return true;
}

function writeContainer(target: CompactTarget, offset: number, limit: number, value: object, depth: number): number {
  if (depth > tag.MAX_DEPTH || limit - offset < tag.SLACK || isProxy(value)) return -1;
  const prototype: unknown = getPrototypeOf(value);
  if (prototype === OBJECT_PROTOTYPE) return writeObject(target, offset, limit, value, depth);
  // An Array.prototype prototype does not make an array (Object.create); Array.isArray alone does not make a plain one.
  if (prototype === ARRAY_PROTOTYPE && Array.isArray(value)) return writeArray(target, offset, limit, value, depth);
  if (target.sharing === undefined || !isNew(value)) return -1;
  return writeSharedView(target, offset, limit, value);
}

function writeArray(
  target: CompactTarget,
  offset: number,
  limit: number,
  value: readonly unknown[],
  depth: number,
): number {
  const length = value.length;
  if (length > 1 && typeof value[0] === 'number') {
    const end = writeNumbers(target, offset, limit, value);
    if (end !== 0) return end < 0 || !hasOnlyIndices(value) || !isNew(value) ? -1 : end;
  }
  if (length > tag.MAX_ENTRIES || !hasOnlyIndices(value) || !isNew(value)) return -1;
  target.bytes[offset] = tag.ARRAY;
  target.bytes[offset + 1] = length;
  let at = offset + 2;
  for (let i = 0; i < length; i++) {
    const item = value[i];
    if (item === undefined && !(i in value)) return -1;
    at = writeEntry(target, at, limit, item, depth);
    if (at < 0) return -1;
  }
  return at;
}

function writeEntry(target: CompactTarget, offset: number, limit: number, value: unknown, depth: number): number {
  if (typeof value === 'object' && value !== null) return writeContainer(target, offset, limit, value, depth + 1);
  return writeCompact(target, offset, limit, value);
}

/** An array of numbers as one block; 0 when something else is in it. */
export function writeNumbers(target: CompactTarget, offset: number, limit: number, value: readonly unknown[]): number {
  const length = value.length;
  if (offset + 5 + length * 4 > limit) return -1;
  const { view } = target;
  view.setUint32(offset + 1, length, true);
  let at = offset + 5;
  for (let i = 0; i < length; i++) {
    const item = value[i];
    if (typeof item !== 'number') return 0;
    const integer = item | 0;
    if (integer !== item || (integer === 0 && 1 / item < 0)) return writeDoubles(target, offset, limit, value);
    view.setInt32(at, integer, true);
    at += 4;
  }
  target.bytes[offset] = tag.INT32_BLOCK;
  return at;
}

function writeDoubles(target: CompactTarget, offset: number, limit: number, value: readonly unknown[]): number {
  const length = value.length;
  if (offset + 5 + length * 8 > limit) return -1;
  const { view } = target;
  target.bytes[offset] = tag.FLOAT64_BLOCK;
  let at = offset + 5;
  for (let i = 0; i < length; i++) {
    const item = value[i];
    if (typeof item !== 'number') return 0;
    view.setFloat64(at, item, true);
    at += 8;
  }
  return at;
}

function writeObject(target: CompactTarget, offset: number, limit: number, value: object, depth: number): number {
  const keys = ownKeys(value);
  const count = keys.length;
  const record = value as Record<PropertyKey, unknown>; // read by its own keys only
  // Math, JSON, console and other namespaces look plain but for their tag; arguments objects but for their kind.
  if (count > tag.MAX_ENTRIES || record[Symbol.toStringTag] !== undefined || isArgumentsObject(value)) return -1;
  if (!isNew(value) || getOwnPropertySymbols(value).length > 0) return -1;
  target.bytes[offset] = tag.OBJECT;
  target.bytes[offset + 1] = count;
  let at = offset + 2;
  for (let i = 0; i < count; i++) {
    const key = keys[i] as string; // i < count
    at = writeKey(target, at, limit, key);
    if (at < 0) return -1;
    at = writeEntry(target, at, limit, record[key], depth);
    if (at < 0) return -1;
  }
  return at;
}

function writeKey(target: CompactTarget, offset: number, limit: number, key: string): number {
  const length = key.length;
  if (length >= tag.WIDE_KEY) return -1;
  if (offset + 5 + length * 2 > limit) return -1;
  const { bytes } = target;
  bytes[offset] = length;
  let at = offset + 1;
  for (let i = 0; i < length; i++) {
    const code = key.charCodeAt(i);
    if (code > 255) return writeWideKey(target, offset, key);
    bytes[at++] = code;
  }
  return at;
}

function writeWideKey(target: CompactTarget, offset: number, key: string): number {
  target.bytes[offset] = tag.WIDE_KEY;
  target.view.setUint32(offset + 1, key.length, true);
  target.buffer.ucs2Write(key, offset + 5, key.length * 2);
  return offset + 5 + key.length * 2;
}
