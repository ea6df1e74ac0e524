import type { NativeUnavailableError } from '../base/errors.ts';
import { sharesMemory, unavailable } from '../native/load.ts';

/**
 * What another process needs to find the object. A plain value; counts as a message under way until it was opened, unless the
 * first number is negative: then whoever sent it uses the object until nobody will open it.
 */
export type BlockHandle = readonly [headerOffset: number, dataOffset: number, byteLength: number, place?: Place];

/** Where an object is, and which of those that are there one after the other it is. */
export type BlockLife = readonly [headerOffset: number, life: number];

/** Without the addon: the process in whose memory it lies, and the life of its header when its data lie beside the heap, else 0. */
type Place = readonly [pid: number, life: number];

/** Says where the object lies, if that is not the memory of all processes of the program. */
export function placed(handle: BlockHandle, life: number): BlockHandle {
  return sharesMemory() ? handle : [handle[0], handle[1], handle[2], [process.pid, life]];
}

export function withHeader([, data, byteLength, place]: BlockHandle, header: number): BlockHandle {
  return place === undefined ? [header, data, byteLength] : [header, data, byteLength, place];
}

export function keyOf(header: number, life: number): string {
  return `${header}.${life}`;
}

export function notHere(): NativeUnavailableError {
  return unavailable(
    'an object in shared memory (Lock, Event, Value, Array …) can be sent to threads only; to send it to another process',
  );
}
