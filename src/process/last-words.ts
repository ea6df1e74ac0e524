import { writeStderr } from '../base/write-stderr.ts';
import { noteStderr } from './stderr-tail.ts';

/** Writes why a child ends, and notes it in the channel's margin, where the parent finds it although nobody reads the stream. */
export function writeLastWords(text: string, margin: Uint8Array | undefined): void {
  if (margin) noteStderr(margin, text);
  writeStderr(text);
}
