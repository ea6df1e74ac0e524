/** Reads what `compact-write` wrote. Every length is checked, so that damaged bytes end in an error and nothing else. */
import { MessageError } from '../base/errors.ts';
import type { CompactTarget } from './compact-target.ts';
import * as tag from './compact-tags.ts';
import { readKeyText } from './key-cache.ts';
import { makeView } from './views.ts';
import { SHORT_TEXT, shortText } from './short-text.ts';

/** Where the next value starts; moved behind it by each read. */
export interface Cursor {
  offset: number;
}

/** For bytes that no packer wrote. */
export function damaged(what: string): MessageError {
  return new MessageError(`cannot read a message: ${what}; it was damaged, or written by another version`);
}

/**
 * Reads the value at `cursor.offset`.
 *
 * @throws MessageError when there is no whole value. The cursor is then anywhere.
 */
export function readCompact(target: CompactTarget, cursor: Cursor): unknown {
  return readValue(target, cursor, 0);
}

function readValue(target: CompactTarget, cursor: Cursor, depth: number): unknown {
  const at = cursor.offset;
  const { bytes } = target;
  if (at >= bytes.length) throw damaged('it ends too early');
  switch (bytes[at]) {
    case tag.INT8:
      cursor.offset = at + 2;
      if (at + 2 > bytes.length) throw damaged('it ends too early');
      return target.view.getInt8(at + 1);
    case tag.INT32:
      return target.view.getInt32(take(target, cursor, 5) + 1, true);
    case tag.FLOAT64:
      return target.view.getFloat64(take(target, cursor, 9) + 1, true);
    case tag.TEXT8:
      return readShortText(target, cursor);
    case tag.OBJECT:
      return readObject(target, cursor, depth);
    case tag.ARRAY:
      return readArray(target, cursor, depth);
    case tag.TRUE:
      cursor.offset = at + 1;
      return true;
    case tag.FALSE:
      cursor.offset = at + 1;
      return false;
    case tag.NULL:
      cursor.offset = at + 1;
      return null;
    case tag.UNDEFINED:
      cursor.offset = at + 1;
      return undefined;
    default:
      return readRare(target, cursor);
  }
}

function readRare(target: CompactTarget, cursor: Cursor): unknown {
  const at = take(target, cursor, 1);
  switch (target.bytes[at]) {
    case tag.BIGINT64:
      return target.view.getBigInt64(take(target, cursor, 8), true);
    case tag.TEXT32: {
      const start = takeCounted(target, cursor, 1);
      return target.buffer.latin1Slice(start, cursor.offset);
    }
    case tag.WIDE: {
      const start = takeCounted(target, cursor, 2);
      return target.buffer.ucs2Slice(start, cursor.offset);
    }
    case tag.FLOAT64_BLOCK:
      return readDoubles(target, cursor);
    case tag.INT32_BLOCK:
      return readIntegers(target, cursor);
    case tag.SHARED_VIEW:
      return readSharedView(target, cursor);
    default:
      throw damaged(`unknown kind of value ${target.bytes[at]}`);
  }
}

function readSharedView(target: CompactTarget, cursor: Cursor): ArrayBufferView {
  const at = take(target, cursor, tag.SHARED_VIEW_BYTES - 1);
  const { sharing, view } = target;
  if (sharing === undefined) throw damaged('there is shared memory in it, which cannot be here');
  const numberAt = (place: number): number => view.getFloat64(at + 1 + place * 8, true);
  const buffer = sharing.open([numberAt(2), numberAt(3), numberAt(4)]);
  const made = makeView(view.getUint8(at), buffer, numberAt(0), numberAt(1));
  if (made === undefined) throw damaged('a view in it is of a kind that is not known here');
  return made;
}

/** Steps over `count` bytes, all of which must be there, and gives the offset of the first. */
function take(target: CompactTarget, cursor: Cursor, count: number): number {
  const at = cursor.offset;
  if (at + count > target.bytes.length) throw damaged('it ends too early');
  cursor.offset = at + count;
  return at;
}

/** Reads a count of four bytes, then steps over that many items of `size` bytes. */
function takeCounted(target: CompactTarget, cursor: Cursor, size: number): number {
  return take(target, cursor, target.view.getUint32(take(target, cursor, 4), true) * size);
}

function readShortText(target: CompactTarget, cursor: Cursor): string {
  const at = take(target, cursor, 2);
  // The byte at `at + 1` is there.
  const length = target.bytes[at + 1] as number;
  if (length === 0) return '';
  const start = take(target, cursor, length);
  return length <= SHORT_TEXT
    ? shortText(target.bytes, start, length)
    : target.buffer.latin1Slice(start, start + length);
}

function readArray(target: CompactTarget, cursor: Cursor, depth: number): unknown[] {
  if (depth >= tag.MAX_DEPTH) throw damaged('it is nested too deeply');
  const at = take(target, cursor, 2);
  const count = target.bytes[at + 1] as number; // checked by take
  const array: unknown[] = [];
  for (let i = 0; i < count; i++) array.push(readValue(target, cursor, depth + 1));
  return array;
}

function readObject(target: CompactTarget, cursor: Cursor, depth: number): object {
  if (depth >= tag.MAX_DEPTH) throw damaged('it is nested too deeply');
  const at = take(target, cursor, 2);
  const count = target.bytes[at + 1] as number; // checked by take
  const record: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const key = readKey(target, cursor);
    const value = readValue(target, cursor, depth + 1);
    if (key === '__proto__') setOwn(record, key, value);
    else record[key] = value;
  }
  return record;
}

/** A plain assignment to `__proto__` would change the prototype. */
export function setOwn(object: object, key: PropertyKey, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function readKey(target: CompactTarget, cursor: Cursor): string {
  const at = take(target, cursor, 1);
  const length = target.bytes[at] as number; // checked by take
  if (length === tag.WIDE_KEY) {
    const start = takeCounted(target, cursor, 2);
    return target.buffer.ucs2Slice(start, cursor.offset);
  }
  return readKeyText(target, take(target, cursor, length), length);
}

/** Up to here an array of known length stays a plain block of numbers; filling it is four times as fast as growing it. */
const MAX_PRESIZED = 1 << 24;

// Two functions with one allocation each, so that V8 learns the kind of elements of both.

function readDoubles(target: CompactTarget, cursor: Cursor): number[] {
  const start = takeCounted(target, cursor, 8);
  const count = (cursor.offset - start) / 8;
  const { view } = target;
  const array = new Array<number>(count <= MAX_PRESIZED ? count : 0);
  for (let i = 0; i < count; i++) array[i] = view.getFloat64(start + i * 8, true);
  return array;
}

function readIntegers(target: CompactTarget, cursor: Cursor): number[] {
  const start = takeCounted(target, cursor, 4);
  const count = (cursor.offset - start) / 4;
  const { view } = target;
  const array = new Array<number>(count <= MAX_PRESIZED ? count : 0);
  for (let i = 0; i < count; i++) array[i] = view.getInt32(start + i * 4, true);
  return array;
}
