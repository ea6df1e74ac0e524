const STDERR = 2;
/** How long a reader that takes nothing is waited for. */
const PATIENCE_MS = 1000;

/**
 * Writes to the error stream's descriptor itself: the text is out when this returns, also in the last moments of a process, and
 * whatever became of the stream. A program does not fail because nobody looks at it, so what nobody takes within a second is lost.
 */
export function writeStderr(text: string): void {
  const bytes = Buffer.from(text);
  // Asked for here: to import a built-in module costs each child up to half a millisecond.
  const { writeSync } = process.getBuiltinModule('node:fs');
  const deadline = performance.now() + PATIENCE_MS;
  for (let at = 0; at < bytes.byteLength;) {
    try {
      at += writeSync(STDERR, bytes, at);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isFull || performance.now() > deadline) return;
    }
  }
}
