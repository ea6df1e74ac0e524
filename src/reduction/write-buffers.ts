/** Writers of ArrayBuffers and the views on them. */
import { types } from 'node:util';
import type { GraphWriter } from './graph-writer.ts';
import * as tag from './graph-tags.ts';
import { describeShared, isShared } from './shared-kinds.ts';
import { elementBytes, viewKind, viewName } from './views.ts';

/** Flag of V8's format: `JSArrayBufferView::IsLengthTracking`. */
const LENGTH_TRACKING = 1;

/** Writes an ArrayBuffer: as a handle when it is shared, else its bytes, in the message or beside it. */
export function writeBuffer(writer: GraphWriter, buffer: ArrayBufferLike): void {
  const handle = describeShared(writer, buffer);
  if (handle !== undefined) {
    writer.byte(tag.BUFFER_SHARED);
    writer.register(buffer);
    return writer.part({ kind: 'entry', text: '.buffer' }, handle);
  }
  if (types.isSharedArrayBuffer(buffer)) {
    throw writer.refusal(
      'it is a SharedArrayBuffer, which only threads of one process share (use RawArray or SharedMemory)',
    );
  }
  writeBytes(writer, bytesOf(writer, buffer), buffer, maximumOf(buffer));
}

function bytesOf(writer: GraphWriter, buffer: ArrayBufferLike): Uint8Array {
  try {
    return new Uint8Array(buffer);
  } catch (error) {
    // There is no other way to ask in Node 20.
    throw Object.assign(writer.refusal('its memory was transferred to somebody else'), { cause: error });
  }
}

/** Maximum plus one for a resizable buffer, which stays resizable; 0 for one of fixed length. */
function maximumOf(buffer: ArrayBufferLike): number {
  const { resizable, maxByteLength } = buffer as { resizable?: boolean; maxByteLength?: number }; // since ES2024
  return resizable === true && maxByteLength !== undefined ? maxByteLength + 1 : 0;
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return (buffer as { resizable?: boolean }).resizable === true; // since ES2024
}

/**
 * Whether a view on a resizable buffer grows and shrinks with it. The language gives no answer; V8's own serializer does, in the last byte
 * that it writes for a view.
 */
function tracksLength(writer: GraphWriter, view: ArrayBufferView): boolean {
  const { Serializer } = process.getBuiltinModule('node:v8');
  const serializer = new Serializer();
  try {
    serializer.writeValue(view);
  } catch (error) {
    throw Object.assign(writer.refusal('its buffer has shrunk, or was transferred, and it lies outside'), {
      cause: error,
    });
  }
  return ((serializer.releaseBuffer().at(-1) ?? 0) & LENGTH_TRACKING) !== 0;
}

/** @param owner What later references mean: the buffer, or something that stands for a slice of one. */
function writeBytes(writer: GraphWriter, bytes: Uint8Array, owner: object, maximum: number): void {
  const beside = bytes.length >= writer.threshold && bytes.length > 0;
  writer.byte(beside ? tag.BUFFER_BESIDE : tag.BUFFER);
  writer.register(owner);
  writer.uint(maximum);
  if (!beside) return writer.block(bytes);
  writer.uint(writer.buffers.length);
  writer.buffers.push(bytes);
}

/**
 * Writes a view: of a buffer that it covers, or that travels anyway, or that is shared, on that buffer; else its bytes alone.
 */
export function writeView(writer: GraphWriter, view: ArrayBufferView): void {
  const kind = viewKind(view);
  if (kind < 0) throw writer.refusal(`no copy rule for ${viewName(kind)}`);
  const { buffer } = view;
  const tracks = isResizable(buffer) && tracksLength(writer, view);
  const { byteOffset, byteLength } = view;
  writer.byte(tag.VIEW);
  writer.register(view);
  writer.uint(kind);
  const whole = byteLength === buffer.byteLength || writer.has(buffer) || isShared(writer, buffer);
  writer.uint(whole || tracks ? byteOffset : 0);
  writer.uint(tracks ? 0 : byteLength / elementBytes(kind) + 1);
  if (whole || tracks) return writer.has(buffer) ? writer.write(buffer) : writeBuffer(writer, buffer);
  if (types.isSharedArrayBuffer(buffer)) return writeBuffer(writer, buffer);
  // The slice's own number, which nothing refers to.
  writeBytes(writer, new Uint8Array(buffer, byteOffset, byteLength), { slice: view }, 0);
}
