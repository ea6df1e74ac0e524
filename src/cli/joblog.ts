import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';

import { UsageError } from './exit.ts';
import type { Item } from './item.ts';
import { readLines } from './lines.ts';
import { LineWriter, openFile } from './output.ts';

/** What the log says of one item. */
export interface JobRecord {
  /** Position in the input, from 1. */
  readonly seq: number;
  readonly status: 'done' | 'failed';
  /** When the last attempt began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** How long the function ran in the last attempt. */
  readonly ms: number;
  readonly attempts: number;
  readonly error?: string;
}

/**
 * A record of every item of a run, as NDJSON, by which a later run with `--resume` knows what is done.
 *
 * The first line names the function; each further line is one item. An item is known by a hash of its text, not by its position, so a
 * list of files may grow in between; the same text given twice counts twice.
 */
export class Joblog {
  readonly #writer: LineWriter;
  readonly #done: Map<string, number>;

  private constructor(writer: LineWriter, done: Map<string, number>) {
    this.#writer = writer;
    this.#done = done;
  }

  /**
   * Opens the log for a run of `task`.
   *
   * @param task The function as the user named it; a log of another one is refused.
   * @param resume Reads what an earlier run did and appends; otherwise the file starts anew.
   */
  static async open(path: string, task: string, resume: boolean): Promise<Joblog> {
    const isContinued = resume && existsSync(path);
    const done = isContinued ? await readDone(path, task) : new Map<string, number>();
    const writer = new LineWriter(await openFile(path, isContinued));
    if (!isContinued || statSync(path).size === 0) await writer.write(JSON.stringify({ joblog: 1, task }));
    return new Joblog(writer, done);
  }

  /** Whether an earlier run has done this item; each answer `true` uses that record up. */
  takeDone(item: Item): boolean {
    if (this.#done.size === 0) return false;
    const key = keyOf(item);
    const count = this.#done.get(key);
    if (count === undefined) return false;
    if (count === 1) this.#done.delete(key);
    else this.#done.set(key, count - 1);
    return true;
  }

  /** Resolves when the record is written. Call it after the result itself is, so that `done` is never said too early. */
  async add(item: Item, record: JobRecord): Promise<void> {
    const { startedAt, ...rest } = record;
    await this.#writer.write(
      JSON.stringify({ ...rest, start: new Date(startedAt).toISOString(), key: keyOf(item), from: originOf(item) }),
    );
  }

  /** Waits for all records and closes the file. */
  async close(): Promise<void> {
    await this.#writer.close();
  }
}

/** Where an item comes from, as a person writes it: `orders.csv:17`. */
export function originOf(item: Item): string {
  return item.line === 0 ? item.source : `${item.source}:${item.line}`;
}

function keyOf(item: Item): string {
  return createHash('sha1').update(item.text).digest('base64url').slice(0, 20);
}

async function readDone(path: string, task: string): Promise<Map<string, number>> {
  const done = new Map<string, number>();
  let line = 0;
  for await (const block of readLines(createReadStream(path) as AsyncIterable<Buffer>, path)) {
    for (const text of block) {
      line += 1;
      const record = parseRecord(text);
      if (record === undefined) {
        // The last line of a killed run may be half; openFile() cuts it off.
        if (line === 1)
          throw new UsageError(`${path} is not a joblog of manycore; choose another file or leave out --resume`);
        continue;
      }
      const logged = record.get('task');
      if (record.has('joblog') && logged !== task) {
        throw new UsageError(
          `${path} is the joblog of ${String(logged)}, not of ${task}; choose another file or leave out --resume`,
        );
      }
      const key = record.get('key');
      if (record.get('status') === 'done' && typeof key === 'string') done.set(key, (done.get(key) ?? 0) + 1);
    }
  }
  return done;
}

function parseRecord(text: string): Map<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value))
      : undefined;
  } catch {
    // Not JSON: the caller decides what a foreign line means.
    return undefined;
  }
}
