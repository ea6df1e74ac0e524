import { Readable } from 'node:stream';

import { parse } from 'csv-parse';

import { InputError } from './exit.ts';
import type { Item } from './item.ts';

const RECORDS_PER_BATCH = 64;

/**
 * The records of a CSV file as items: JSON objects by the names of the header line.
 *
 * A record that cannot be parsed, or has more or fewer fields than the header, becomes an item with a `problem`; reading goes on after it.
 *
 * @param source Bytes in UTF-8, with or without byte order mark.
 * @param delimiter Between fields, `','` or a tab.
 */
export async function* readCsv(
  source: AsyncIterable<Uint8Array>,
  label: string,
  delimiter: string,
): AsyncGenerator<Item[]> {
  const skipped: { readonly line: number; readonly message: string }[] = [];
  const parser = parse({
    bom: true,
    columns: (header: string[]) => checkHeader(header, label),
    delimiter,
    info: true,
    on_skip: (error) => {
      if (error === undefined) return;
      const line: unknown = Reflect.get(error, 'lines');
      skipped.push({ line: typeof line === 'number' ? line : 0, message: error.message });
    },
    skip_empty_lines: true,
    skip_records_with_error: true,
  });
  const input = Readable.from(source, { objectMode: false });
  // A failure of the file must end the parser too; pipe() alone would leave it waiting for ever.
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let batch: Item[] = [];
  const takeSkipped = (): void => {
    for (const { line, message } of skipped.splice(0)) {
      batch.push({ text: '', isJson: true, source: label, line, problem: `not a valid CSV record: ${message}` });
    }
  };
  try {
    // With `info` each row comes with its place; the types of csv-parse do not know.
    for await (const { record, info } of parser as AsyncIterable<{ record: unknown; info: { lines: number } }>) {
      takeSkipped();
      batch.push({ text: JSON.stringify(record), isJson: true, source: label, line: info.lines });
      // Waiting for a full batch would hold back the rows of a slow pipe, so it goes when the parser has no more at hand.
      if (batch.length >= RECORDS_PER_BATCH || parser.readableLength === 0) {
        yield batch;
        batch = [];
      }
    }
    takeSkipped();
    if (batch.length > 0) yield batch;
  } finally {
    input.destroy();
  }
}

function checkHeader(header: string[], label: string): string[] {
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined)
    throw new InputError(`${label} has two columns named \`${twice}\`; one of them would be lost`);
  return header;
}
