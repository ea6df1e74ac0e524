import { noteStderr } from './stderr-tail.ts';

const STDERR = 2;
const PATIENCE_MS = 1000;

/**
 * Writes why a child ends to the descriptor itself, because the stream may be closed, removed or replaced, and notes it in
 * the channel's margin for the parent.
 */
export function writeLastWords(text: string, margin: Uint8Array | undefined): void {
  if (margin) noteStderr(margin, text);
  const bytes = Buffer.from(text);
  // Asked for here: to import a built-in module costs each child up to half a millisecond.
  const { writeSync } = process.getBuiltinModule('node:fs');
  const deadline = performance.now() + PATIENCE_MS;
  for (let at = 0; at < bytes.byteLength;) {
    try {
      at += writeSync(STDERR, bytes, at);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      // Closed, or nobody reads: the parent still finds the text in the channel's margin.
      if (!isFull || performance.now() > deadline) return;
    }
  }
}
