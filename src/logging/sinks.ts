import { writeSync } from 'node:fs';
import { wrongType } from '../base/invalid.ts';
import { LEVELS } from '../base/log.ts';
import { formatRecord, type LogRecord } from './record.ts';

/** What takes text by level: `console`, and the loggers that have its methods. */
export interface ConsoleLike {
  debug(text: string): unknown;
  info(text: string): unknown;
  warn(text: string): unknown;
  error(text: string): unknown;
}

/** Takes records: a function, which gets them whole, or something like `console`, which gets their text. */
export type LogHandler = ((record: LogRecord) => unknown) | ConsoleLike;

const STDERR = 2;
const PATIENCE_MS = 1000;
const METHODS = ['debug', 'info', 'warn', 'error'] as const;

/** @throws TypeError for what is no handler. */
export function checkHandler(owner: string, handler: unknown): asserts handler is LogHandler {
  if (typeof handler === 'function') return;
  const isLike = typeof handler === 'object' && handler !== null;
  if (isLike && METHODS.every((name) => typeof Reflect.get(handler, name) === 'function')) return;
  throw wrongType(owner, 'handler', 'a function, or an object with the methods debug, info, warn and error', handler);
}

/** Hands a record over. */
export function deliver(handler: LogHandler, record: LogRecord): void {
  if (typeof handler === 'function') handler(record);
  else handler[methodFor(record.levelNumber)](formatRecord(record).trimEnd());
}

/** Writes a record to the error stream's descriptor: it is out when this returns, also in the last moments of a process. */
export function writeToStderr(record: LogRecord): void {
  const bytes = Buffer.from(formatRecord(record));
  const deadline = performance.now() + PATIENCE_MS;
  for (let at = 0; at < bytes.byteLength;) {
    try {
      at += writeSync(STDERR, bytes, at);
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      // Closed, or nobody reads: a program does not fail because nobody looks at its log.
      if (!isFull || performance.now() > deadline) return;
    }
  }
}

function methodFor(level: number): (typeof METHODS)[number] {
  if (level >= LEVELS.ERROR) return 'error';
  if (level >= LEVELS.SUBWARNING) return 'warn';
  return level >= LEVELS.INFO ? 'info' : 'debug';
}
