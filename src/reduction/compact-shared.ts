/** Views on shared memory in compact values: where the memory is, and which part of it. */
import type { CompactTarget } from './compact-target.ts';
import * as tag from './compact-tags.ts';
import { standInOf } from './handlers.ts';
import { elementBytes, viewKindOf } from './views.ts';

/** Handles in the values that are being written, which may turn out not to be compact: several, as a getter may write as well. */
let sent = 0;

/** How many handles were written so far. */
export function sentSoFar(): number {
  return sent;
}

/** The value that was begun after `before` handles is written, or is not compact. */
export function settleSent({ sharing }: CompactTarget, before: number, isWritten: boolean): void {
  sharing?.settle(sent - before, isWritten);
  sent = before;
}

/** Writes a view of a class of the language's own on shared memory. @returns As `writeCompact`. */
export function writeSharedView(target: CompactTarget, offset: number, limit: number, value: object): number {
  if (!ArrayBuffer.isView(value) || limit - offset < tag.SHARED_VIEW_BYTES) return -1;
  const kind = viewKindOf(Object.getPrototypeOf(value));
  // Guarded arrays and texts look the same, but something else travels in their place.
  if (kind < 0 || standInOf(value) !== undefined) return -1;
  const handle = target.sharing?.send(value.buffer);
  if (handle === undefined) return -1;
  sent++;
  const { bytes, view } = target;
  bytes[offset] = tag.SHARED_VIEW;
  bytes[offset + 1] = kind;
  view.setFloat64(offset + 2, value.byteOffset, true);
  view.setFloat64(offset + 10, value.byteLength / elementBytes(kind), true);
  for (let i = 0; i < 3; i++) view.setFloat64(offset + 18 + i * 8, handle[i] ?? 0, true);
  return offset + tag.SHARED_VIEW_BYTES;
}
