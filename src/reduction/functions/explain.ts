import { checkFunction } from '../../base/options.ts';
import { pack, type Packed } from '../pack.ts';
import { PARENT } from './analysis.ts';
import { describe } from './describe.ts';
import { canInspect } from './inspector.ts';
import { locate, placeOf } from './locate.ts';
import type { Capture, Crossing, FunctionNode } from './node.ts';
import { functionPort } from './port.ts';
import { unpack } from '../unpack.ts';
import type { FunctionPort } from '../ports.ts';

/** Captures of this many bytes or more are told with their size. */
const LARGE = 10_000;
const UNITS = ['kB', 'MB', 'GB'] as const;

/**
 * Says how a function would travel to another process, and what it would take along; it is not sent.
 *
 * @param by The way to explain, as for `pool.map`.
 * @returns One line, such as `by reference: tasks.ts#Shape.of` or `by value (main.ts:3:7), captures: factor, table (2.1 MB)`.
 * @throws NotSendableError with the reason when it, or something that it captures, cannot travel.
 * @throws TypeError when `fn` is not a function.
 *
 * @example
 * ```ts
 * const factor = 3;
 * explain((x: number) => x * factor); // 'by value (main.ts:2:9), captures: factor'
 * ```
 */
export function explain(fn: Function, by: Crossing = 'auto'): string {
  checkFunction('explain', 'fn', fn);
  const node = describe(fn, { by });
  // Packing it finds whatever cannot travel; nothing is sent.
  const size = sizeOf(fn, by);
  return explainNode(node, fn, size);
}

function explainNode(node: FunctionNode, fn: Function, size: number): string {
  switch (node.kind) {
    case 'registered':
      return `by its registered name: ${node.name}`;
    case 'token':
      return 'as the function that came from the other process';
    case 'builtin':
      return `as built-in: ${[node.module, node.path.join('.')].filter((part) => part !== '').join('#')}`;
    case 'require':
      return `as require of ${fileOf(node.url)}`;
    case 'bound':
      return typeof node.target === 'function'
        ? `bound (${node.boundArgs.length} arguments), its target ${explain(node.target)}`
        : 'bound';
    case 'reference':
      return `by reference: ${fileOf(node.url)}${node.path.length > 0 ? `#${node.path.join('.')}` : ''}`;
    case 'value':
      return `by value${place(fn)}, captures: ${listOf(node.captures, size >= LARGE)}`;
  }
}

function place(fn: Function): string {
  const found = canInspect() ? placeOf(locate(fn)) : '';
  return found === '' ? '' : ` (${found})`;
}

function listOf(captures: readonly Capture[], withSizes: boolean): string {
  if (captures.length === 0) return 'nothing';
  return captures.map((capture) => variableOf(capture) + (withSizes ? sizeText(capture) : '')).join(', ');
}

function variableOf({ name, value }: Capture): string {
  if (name === PARENT && typeof value === 'function') return value.name || 'the class that it extends';
  return name.replace(/^(\w+)=.*$/, '$1');
}

function sizeText({ value }: Capture): string {
  const size = sizeOf(value, 'auto');
  return size < LARGE ? '' : ` (${sizeInWords(size)})`;
}

/** Bytes that a value takes in a message. */
function sizeOf(value: unknown, by: Crossing): number {
  const functions = functionPort(by);
  const packed = pack(value, {
    functions,
    ...(typeof value === 'function' && value.name ? { name: `function '${value.name}'` } : {}),
  });
  takeBack(packed, functions);
  return packed.buffers.reduce((sum, buffer) => sum + buffer.byteLength, packed.bytes.byteLength);
}

/** Shared objects wait for the message to be read; they are named by modules of this library, which have no hash. */
function takeBack({ bytes, buffers }: Packed, functions: FunctionPort): void {
  if (Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"hash":""'))
    unpack(bytes, buffers, { functions });
}

/** `2.1 MB`. */
export function sizeInWords(bytes: number): string {
  const power = Math.min(UNITS.length, Math.max(1, Math.floor(Math.log10(bytes) / 3)));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${UNITS[power - 1]}`;
}

function fileOf(url: string): string {
  return decodeURIComponent(url.slice(url.lastIndexOf('/') + 1));
}
