import { deserialize } from 'node:v8';
import { CompactTarget, readCompact } from './compact.ts';
import { COMPACT, type UnpackOptions } from './message.ts';
import type { FunctionPort, ModuleRef } from './ports.ts';

export type { UnpackOptions } from './message.ts';

/** Turns the bytes of `pack` into a value. */
export function unpack(
  bytes: Uint8Array,
  _buffers: readonly ArrayBuffer[] = [],
  _options: UnpackOptions = {},
): unknown {
  if (bytes[0] === COMPACT) return readCompact(new CompactTarget(bytes), { offset: 1 });
  return deserialize(bytes.subarray(1));
}

/** The modules that the message names and that are not loaded here. */
export function modulesOf(_bytes: Uint8Array, _port: FunctionPort): readonly ModuleRef[] {
  return [];
}
