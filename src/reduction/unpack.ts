import { ManycoreError } from '../base/errors.ts';
import { damaged } from './compact-read.ts';
import { CompactTarget, readCompact } from './compact.ts';
import type { ReferencedFunction } from './functions/node.ts';
import { Input } from './graph-input.ts';
import { GraphReader } from './graph-reader.ts';
import { COMPACT, GRAPH, type UnpackOptions } from './message.ts';
import type { FunctionPort, ModuleRef } from './ports.ts';
import { readers } from './read-objects.ts';

export type { UnpackOptions } from './message.ts';

const HEADER = 8;

/**
 * Turns the bytes of `pack` into a value.
 *
 * @param bytes The message. Nothing of it is kept, unless `copy` is `false`.
 * @param buffers What travelled beside it, in order; they become part of the value.
 * @throws MessageError when the bytes are no message; what a function of the message throws while it is rebuilt.
 */
export function unpack(
  bytes: Uint8Array,
  buffers: readonly (ArrayBuffer | Uint8Array)[] = [],
  options: UnpackOptions = {},
): unknown {
  if (bytes[0] === COMPACT) return readCompact(new CompactTarget(bytes), { offset: 1 });
  if (bytes[0] !== GRAPH || bytes.length < HEADER) throw damaged('its first byte is not one of a message');
  const reader = new GraphReader(bytes, { buffers, references: referencesOf(bytes), options }, readers);
  reader.cursor.offset = HEADER;
  try {
    return reader.root();
  } catch (error) {
    // Damaged bytes show in many ways: a regular expression that is none, an array of negative length, no end of nesting.
    if (error instanceof ManycoreError || reader.foreign) throw error;
    throw damaged(error instanceof Error ? error.message : 'something in it is wrong');
  }
}

/**
 * The modules that a message names and that are not loaded here: load them, then unpack. Costs nothing when it names none.
 */
export function modulesOf(bytes: Uint8Array, port: FunctionPort): readonly ModuleRef[] {
  if (bytes[0] !== GRAPH || bytes.length < HEADER) return [];
  const modules: ModuleRef[] = [];
  for (const node of referencesOf(bytes)) {
    const missing = port.missing(node);
    if (missing !== undefined && !modules.some(({ url, cjs }) => url === missing.url && cjs === missing.cjs))
      modules.push(missing);
  }
  return modules;
}

function referencesOf(bytes: Uint8Array): readonly ReferencedFunction[] {
  const start = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(4, true);
  if (start === 0) return [];
  const input = new Input(bytes);
  input.cursor.offset = start;
  let list: unknown;
  try {
    list = JSON.parse(input.text());
  } catch (error) {
    throw error instanceof ManycoreError ? error : damaged('its table of functions is not readable');
  }
  if (!Array.isArray(list) || !list.every(isReference)) throw damaged('its table of functions is not readable');
  return list;
}

function isReference(node: unknown): node is ReferencedFunction {
  if (typeof node !== 'object' || node === null) return false;
  const { kind, url, path, hash, name } = node as Record<string, unknown>; // looked at below
  const texts = typeof url === 'string' && typeof hash === 'string' && typeof name === 'string';
  return kind === 'reference' && texts && Array.isArray(path) && path.every((step) => typeof step === 'string');
}
