import { createReadStream, fstatSync, statSync, truncateSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';

import { InputError, codeOf, messageOf } from './exit.ts';

/** Where blocks of whole lines go. One write at a time. */
export interface Sink {
  /** Resolves when the system has taken all bytes; rejects when it refused. */
  write(block: Uint8Array): Promise<void>;
  /** Bytes that one write should not exceed, unless a single line is longer. */
  readonly blockSize: number;
  close(): Promise<void>;
}

/** Whoever read the output has gone (`| head`): not a failure, just the end. */
export class OutputClosedError extends Error {
  override readonly name = 'OutputClosedError';
}

/**
 * Pipes take a write of at most 4,096 bytes (`PIPE_BUF`) whole or not at all, so a run that is stopped while its reader stands still
 * leaves no half line in the pipe.
 *
 * @see pipe(7)
 */
const PIPE_BLOCK = 4096;
const FILE_BLOCK = 64 * 1024;

interface Pending {
  readonly bytes: Uint8Array;
  taken(): void;
  refused(reason: Error): void;
}

/** Writes lines in the order given, many to one write, never a part of one. */
export class LineWriter {
  readonly #sink: Sink;
  readonly #encoder = new TextEncoder();
  #queue: Pending[] = [];
  #pumping: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /**
   * Appends a line break and writes.
   *
   * @returns Resolves when the line has been handed to the system; rejects with `OutputClosedError` or the write error.
   */
  write(line: string): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((taken, refused) => {
      this.#queue.push({ bytes: this.#encoder.encode(`${line}\n`), taken, refused });
      this.#pumping ??= this.#pump();
    });
  }

  /** Forgets lines that no write has begun with, and waits for the one that has. Their promises reject with `reason`. */
  async abandon(reason: Error): Promise<void> {
    this.#fail(reason);
    await this.#pumping;
  }

  /** Waits until everything written so far is with the system, or was refused. */
  async flush(): Promise<void> {
    await this.#pumping;
  }

  /** Waits for everything written so far and closes the sink. */
  async close(): Promise<void> {
    await this.#pumping;
    await this.#sink.close();
  }

  async #pump(): Promise<void> {
    // Lines of the same turn go together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const lines = this.#takeBlock();
      try {
        await this.#sink.write(
          lines.length === 1 && lines[0] !== undefined
            ? lines[0].bytes
            : Buffer.concat(lines.map((line) => line.bytes)),
        );
      } catch (error) {
        const failure = outputError(error);
        for (const line of lines) line.refused(failure);
        this.#fail(failure);
        break;
      }
      for (const line of lines) line.taken();
    }
    this.#pumping = undefined;
  }

  #takeBlock(): Pending[] {
    let size = 0;
    let count = 0;
    for (const line of this.#queue) {
      if (count > 0 && size + line.bytes.byteLength > this.#sink.blockSize) break;
      size += line.bytes.byteLength;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #fail(failure: Error): void {
    this.#failure ??= failure;
    for (const line of this.#queue.splice(0)) line.refused(failure);
  }
}

function outputError(error: unknown): Error {
  const code = codeOf(error);
  if (code === 'EPIPE' || code === 'ECONNRESET') return new OutputClosedError('the reader of the output has gone');
  return new InputError(`cannot write the output: ${messageOf(error)}`, { cause: error });
}

/**
 * The sink of the standard output.
 *
 * Writes do not block the event loop, also when the reader of a pipe stands still: Ctrl-C must be heard then as well.
 */
export function openStdout(stdout: Writable, fd: number): Sink {
  const stat = fstatSync(fd);
  if (stat.isFIFO() || stat.isSocket())
    return streamSink(new Socket({ fd, readable: false, writable: true }), PIPE_BLOCK);
  return streamSink(stdout, FILE_BLOCK);
}

/**
 * A file as a sink.
 *
 * @param append Keeps what is there (a last line without its break, left by a killed run, is cut off); otherwise starts empty.
 */
export async function openFile(path: string, append: boolean): Promise<Sink> {
  try {
    if (append) await dropHalfLine(path);
    return fileSink(await open(path, append ? 'a' : 'w'));
  } catch (error) {
    throw new InputError(`cannot open the output ${path}: ${messageOf(error)}`, { cause: error });
  }
}

/** Cuts a file after its last line break, if it is a regular file that exists. */
export async function dropHalfLine(path: string): Promise<void> {
  const size = statSync(path, { throwIfNoEntry: false })?.isFile() === true ? statSync(path).size : 0;
  let end = 0;
  let position = 0;
  if (size === 0) return;
  for await (const block of createReadStream(path) as AsyncIterable<Buffer>) {
    const last = block.lastIndexOf(10);
    if (last >= 0) end = position + last + 1;
    position += block.byteLength;
  }
  if (end < size) truncateSync(path, end);
}

/** A sink that hands whole lines on as text, without the last line break. */
export function logSink(log: (lines: string) => void): Sink {
  return {
    blockSize: FILE_BLOCK,
    write: (block) => {
      log(Buffer.from(block).toString().slice(0, -1));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

function fileSink(file: FileHandle): Sink {
  return {
    blockSize: FILE_BLOCK,
    write: async (block) => {
      // A write may take fewer bytes than it was given, on a disk that is nearly full.
      for (let offset = 0; offset < block.byteLength;) offset += (await file.write(block, offset)).bytesWritten;
    },
    close: () => file.close(),
  };
}

function streamSink(stream: Writable, blockSize: number): Sink {
  // The error reaches the callback of the write as well; without a listener it would end the process here.
  stream.on('error', () => {});
  return {
    blockSize,
    write: (block) =>
      new Promise((done, fail) => {
        stream.write(block, (error) => {
          if (error === null || error === undefined) done();
          else fail(error);
        });
      }),
    // The standard output is left open: the process ends next.
    close: () => Promise.resolve(),
  };
}
