import { createReadStream, statSync } from 'node:fs';
import { extname, resolve } from 'node:path';
import type { Readable } from 'node:stream';

import { readCsv } from './csv.ts';
import { InputError, UsageError, messageOf } from './exit.ts';
import type { Item } from './item.ts';
import { readLines } from './lines.ts';

/** How inputs become items. */
export const INPUT_KINDS = ['auto', 'files', 'lines', 'ndjson', 'csv'] as const;
export type InputKind = (typeof INPUT_KINDS)[number];

/** All items of a command line, read as they are taken. */
export interface ItemSource {
  /** Number of items, where it is known: of files at once, of anything else when all of it was read. */
  readonly total: number | undefined;
  /**
   * How far the work is, 0 to 1, when `done` of the items taken so far are done.
   *
   * The size of the files says it, as long as the number of items is not known; `undefined` for a stream without a size.
   */
  fraction(done: number): number | undefined;
  /** Items, in order, in small batches as they become available. */
  batches(): AsyncGenerator<Item[]>;
}

interface Part {
  readonly path: string;
  readonly kind: InputKind;
  readonly size: number | undefined;
}

const STDIN = '-';
const FILES_PER_BATCH = 256;

/**
 * Makes the items of the inputs of a command line: paths, glob patterns, or `-` for the standard input.
 *
 * With kind `auto` each file is read by its extension (`.ndjson` and `.jsonl`; `.csv` and `.tsv`); any other file is an item itself:
 * its path. The standard input is NDJSON when its first line is a JSON object or array, and lines of text otherwise.
 *
 * @param inputs Nothing means the standard input.
 * @throws UsageError when a path or pattern names no file.
 */
export async function openInputs(
  inputs: readonly string[],
  kind: InputKind,
  stdin: Readable,
  cwd: string,
): Promise<ItemSource> {
  const parts = await expand(inputs.length === 0 ? [STDIN] : inputs, kind, cwd);
  return new Source(parts, stdin, cwd);
}

async function expand(inputs: readonly string[], kind: InputKind, cwd: string): Promise<Part[]> {
  const parts: Part[] = [];
  let sawStdin = false;
  for (const input of inputs) {
    if (input === STDIN) {
      if (sawStdin) throw new UsageError('the standard input (-) can be named only once');
      sawStdin = true;
      parts.push({ path: STDIN, kind, size: undefined });
      continue;
    }
    for (const path of await filesOf(input, cwd)) {
      const fileKind = kind === 'auto' ? kindOf(path) : kind;
      parts.push({ path, kind: fileKind, size: fileKind === 'files' ? 0 : sizeOf(path, cwd) });
    }
  }
  return parts;
}

/** A path that exists is that file, also when it has a bracket in its name; everything else is a pattern. */
async function filesOf(input: string, cwd: string): Promise<string[]> {
  const stat = statSync(resolve(cwd, input), { throwIfNoEntry: false });
  if (stat?.isDirectory() === true)
    throw new UsageError(`${input} is a directory; to take its files write '${input.replace(/\/$/, '')}/**'`);
  if (stat !== undefined) return [input];
  const { glob, isDynamicPattern } = await import('tinyglobby');
  if (!isDynamicPattern(input))
    throw new UsageError(`cannot find the input ${input} (looked for ${resolve(cwd, input)})`);
  const isAbsolute = input.startsWith('/');
  const found = await glob([input], {
    cwd,
    absolute: isAbsolute,
    dot: false,
    expandDirectories: false,
    followSymbolicLinks: false,
  });
  if (found.length === 0) throw new UsageError(`no file matches ${input} in ${cwd}`);
  // The order of a directory differs from machine to machine; that of the items must not.
  return found.toSorted();
}

function kindOf(path: string): InputKind {
  switch (extname(path).toLowerCase()) {
    case '.ndjson':
    case '.jsonl':
      return 'ndjson';
    case '.csv':
    case '.tsv':
      return 'csv';
    default:
      return 'files';
  }
}

/** Size of a regular file; a pipe or device has none. */
function sizeOf(path: string, cwd: string): number | undefined {
  const stat = statSync(resolve(cwd, path));
  return stat.isFile() ? stat.size : undefined;
}

class Source implements ItemSource {
  readonly #parts: readonly Part[];
  readonly #stdin: Readable;
  readonly #cwd: string;
  readonly #size: number | undefined;
  #bytesRead = 0;
  #taken = 0;
  #total: number | undefined;

  constructor(parts: readonly Part[], stdin: Readable, cwd: string) {
    this.#parts = parts;
    this.#stdin = stdin;
    this.#cwd = cwd;
    this.#total = parts.every((part) => part.kind === 'files' && part.path !== STDIN) ? parts.length : undefined;
    this.#size = parts.reduce<number | undefined>(
      (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
  }

  get total(): number | undefined {
    return this.#total;
  }

  fraction(done: number): number | undefined {
    if (this.#total !== undefined || this.#size === undefined || this.#size === 0) return undefined;
    // What was read is not yet done: blocks are read ahead of the workers.
    return Math.min(1, this.#bytesRead / this.#size) * Math.min(1, done / Math.max(1, this.#taken));
  }

  async *batches(): AsyncGenerator<Item[]> {
    for await (const batch of this.#readAll()) {
      this.#taken += batch.length;
      yield batch;
    }
    this.#total = this.#taken;
  }

  async *#readAll(): AsyncGenerator<Item[]> {
    let files: Item[] = [];
    for (const part of this.#parts) {
      if (part.kind === 'files' && part.path !== STDIN) {
        files.push({ text: part.path, isJson: false, source: part.path, line: 0 });
        if (files.length < FILES_PER_BATCH) continue;
      }
      if (files.length > 0) yield files;
      files = [];
      if (part.kind !== 'files' || part.path === STDIN) yield* this.#read(part);
    }
    if (files.length > 0) yield files;
  }

  async *#read(part: Part): AsyncGenerator<Item[]> {
    const label = part.path === STDIN ? 'stdin' : part.path;
    const stream = part.path === STDIN ? this.#stdin : createReadStream(resolve(this.#cwd, part.path));
    try {
      if (part.kind === 'csv') yield* readCsv(this.#counted(stream), label, label.endsWith('.tsv') ? '\t' : ',');
      else yield* this.#readTextItems(readLines(this.#counted(stream), label), part.kind, label);
    } catch (error) {
      if (error instanceof InputError) throw error;
      throw new InputError(`cannot read ${label}: ${messageOf(error)}`, { cause: error });
    }
  }

  async *#readTextItems(blocks: AsyncIterable<string[]>, kind: InputKind, source: string): AsyncGenerator<Item[]> {
    let isJson = kind === 'auto' ? undefined : kind === 'ndjson';
    let line = 0;
    for await (const block of blocks) {
      const items: Item[] = [];
      for (const text of block) {
        line += 1;
        // Undecided only on a standard input of kind `auto`, until its first line that is not blank.
        isJson ??= text.trim() === '' ? undefined : isJsonRecord(text);
        if (isJson !== false && text.trim() === '') continue;
        // A standard input of paths: an empty line names no file.
        if (kind === 'files' && text === '') continue;
        items.push({ text, isJson: isJson === true, source, line });
      }
      if (items.length > 0) yield items;
    }
  }

  async *#counted(stream: Readable): AsyncGenerator<Uint8Array> {
    for await (const block of stream as AsyncIterable<Uint8Array>) {
      // The cast says what a stream without an encoding gives: Buffers.
      this.#bytesRead += block.byteLength;
      yield block;
    }
  }
}

function isJsonRecord(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    // It only looks like JSON, as a log line in brackets does.
    return false;
  }
}
