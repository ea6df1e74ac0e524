/** Readers of ArrayBuffers and the views on them. */
import { damaged } from './compact-read.ts';
import { UNMADE, type GraphReader } from './graph-reader.ts';
import * as tag from './graph-tags.ts';
import { openShared } from './shared-kinds.ts';
import { elementBytes, makeView, viewName } from './views.ts';

/** A view on the message keeps the whole message alive: only one that is at least this part of it may. */
const PART_OF_MESSAGE = 4;

interface Memory {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
}

/** An ArrayBuffer whose bytes are in the message: always a copy. */
export function readBuffer(reader: GraphReader): unknown {
  const maximum = reader.uint();
  const bytes = reader.block();
  const buffer = allocate(bytes.length, maximum);
  new Uint8Array(buffer).set(bytes);
  reader.register(buffer);
  return buffer;
}

interface BufferOptions {
  readonly maxByteLength: number;
}

// The second parameter is ES2024.
const ResizableBuffer = ArrayBuffer as new (length: number, options?: BufferOptions) => ArrayBuffer;

function allocate(length: number, maximum: number): ArrayBuffer {
  // Not zeroed: every byte is written next.
  return maximum === 0
    ? Buffer.allocUnsafeSlow(length).buffer
    : new ResizableBuffer(length, { maxByteLength: maximum - 1 });
}

/** An ArrayBuffer that came beside the message; it belongs to the receiver, so it is used as it is. */
export function readBufferBeside(reader: GraphReader): unknown {
  const maximum = reader.uint();
  const { bytes } = takeBeside(reader);
  let { buffer } = bytes;
  if (maximum > 0 || bytes.byteLength !== buffer.byteLength) {
    const own = allocate(bytes.length, maximum);
    new Uint8Array(own).set(bytes);
    buffer = own;
  }
  reader.register(buffer);
  return buffer;
}

function takeBeside(reader: GraphReader): { readonly bytes: Uint8Array } {
  const held = reader.around.buffers[reader.uint()];
  if (held === undefined) throw damaged('a buffer beside it is missing');
  return { bytes: held instanceof Uint8Array ? held : new Uint8Array(held) };
}

export function readSharedBuffer(reader: GraphReader): unknown {
  const id = reader.register(UNMADE);
  const handle = reader.madeValue();
  const { shared } = reader.around.options;
  const buffer = reader.call(() => (shared === undefined ? openShared(handle) : shared.open(handle)));
  reader.settle(id, buffer);
  return buffer;
}

export function readView(reader: GraphReader): unknown {
  const id = reader.register(UNMADE);
  const kind = reader.uint();
  const byteOffset = reader.uint();
  // One more than the elements; 0 for all that the buffer has, whatever its size becomes.
  const length = reader.uint() - 1;
  const memory = readMemory(reader, elementBytes(kind));
  // To the end of a message's memory would be too far.
  if (length < 0 && !isResizable(memory.buffer)) throw damaged('a view on a buffer of fixed size has no length');
  const view = makeView(kind, memory.buffer, memory.byteOffset + byteOffset, length < 0 ? undefined : length);
  if (view === undefined) throw damaged(`this Node has no ${viewName(kind)}`);
  reader.settle(id, view);
  return view;
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return (buffer as { resizable?: boolean }).resizable === true; // since ES2024
}

/** The buffer of a view: in place where that is allowed and the elements are aligned. */
function readMemory(reader: GraphReader, alignment: number): Memory {
  const inPlace = reader.around.options.copy === false && reader.peek() === tag.BUFFER;
  const bytes = inPlace ? peekBlock(reader) : undefined;
  if (bytes !== undefined && bytes.byteOffset % alignment === 0) {
    reader.register(bytes.buffer);
    return bytes;
  }
  if (reader.peek() === tag.BUFFER_BESIDE) {
    const beside = peekBeside(reader);
    if (beside !== undefined && beside.byteOffset % alignment === 0) {
      reader.register(beside.buffer);
      return beside;
    }
  }
  const buffer = reader.madeValue();
  if (!(buffer instanceof ArrayBuffer) && !(buffer instanceof SharedArrayBuffer)) throw damaged('a buffer is missing');
  return { buffer, byteOffset: 0 };
}

/** Bytes of fixed length that make up a good part of the message; else the cursor stays. */
function peekBlock(reader: GraphReader): Uint8Array | undefined {
  const start = reader.cursor.offset;
  reader.byte();
  const fixed = reader.uint() === 0;
  const bytes = reader.block();
  if (fixed && bytes.length * PART_OF_MESSAGE >= reader.target.bytes.length) return bytes;
  reader.cursor.offset = start;
  return undefined;
}

/** Bytes of fixed length beside the message; else the cursor stays. */
function peekBeside(reader: GraphReader): Uint8Array | undefined {
  const start = reader.cursor.offset;
  reader.byte();
  if (reader.uint() === 0) return takeBeside(reader).bytes;
  reader.cursor.offset = start;
  return undefined;
}
