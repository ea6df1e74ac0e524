import { StringDecoder } from 'node:string_decoder';

import { InputError } from './exit.ts';

/** Longest line that is read; a longer one is most likely not text at all. In characters. */
export const MAX_LINE_LENGTH: number = 256 * 1024 * 1024;

/**
 * The lines of a byte stream, as one array per block read, without their line breaks (`\n` or `\r\n`).
 *
 * A byte order mark at the start is dropped. A break at the end of the stream begins no further line.
 *
 * @param source Called for the next block only after the lines of the last one were taken, so memory stays bounded.
 * @param label What the stream is called in errors.
 */
export async function* readLines(source: AsyncIterable<Uint8Array>, label: string): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8');
  let parts: string[] = [];
  let partsLength = 0;
  let isFirst = true;
  for await (const block of source) {
    let text = decoder.write(block);
    if (isFirst && text !== '') {
      isFirst = false;
      if (text.startsWith('\uFEFF')) text = text.slice(1);
    }
    const lines = text.split('\n');
    const rest = lines.pop() ?? '';
    if (lines.length === 0) {
      // Only collected here and joined at the break: a line of many blocks must not cost the square of its length.
      parts.push(rest);
      partsLength += rest.length;
      if (partsLength > MAX_LINE_LENGTH)
        throw new InputError(`${label} has a line longer than ${MAX_LINE_LENGTH} characters`);
      continue;
    }
    lines[0] = parts.join('') + (lines[0] ?? '');
    parts = [rest];
    partsLength = rest.length;
    yield lines.map(withoutReturn);
  }
  const last = parts.join('') + decoder.end();
  if (last !== '') yield [withoutReturn(last)];
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
