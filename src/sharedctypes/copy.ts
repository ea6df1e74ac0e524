import { wrongType } from '../base/invalid.ts';
import { RawArray } from './array.ts';
import { copyRecords } from './records.ts';
import { allocate } from './memory.ts';
import { copyRecord } from './struct.ts';
import type { AnyTypedArray, ViewClass } from './types.ts';
import { copyCell } from './value.ts';

/**
 * A copy of a shared value, array or record in shared memory of its own, without a lock.
 *
 * @throws TypeError for anything else.
 *
 * @see Python `multiprocessing.sharedctypes.copy`
 */
export function copy<T extends object>(shared: T): T {
  const take = (byteLength: number): ArrayBuffer => allocate('copy', byteLength);
  // Each function gives what it is given, or nothing.
  return (copyArray(shared) ??
    copyRecords(shared, take) ??
    copyRecord(shared, take) ??
    copyCell(shared, take) ??
    refuse(shared)) as T;
}

function copyArray(shared: object): object | undefined {
  if (!ArrayBuffer.isView(shared) || shared instanceof DataView) return undefined;
  const array = shared as AnyTypedArray; // looked at just now
  const isText = Object.hasOwn(array, 'value');
  const View = array.constructor as ViewClass; // one of those that `RawArray` takes, or it refuses
  const made = RawArray(isText ? 'c' : View, array.length);
  made.set(array as never);
  return made;
}

function refuse(shared: unknown): never {
  throw wrongType('copy', 'shared', 'a shared value, array or record', shared);
}
