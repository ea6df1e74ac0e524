import { wrongType } from '../base/invalid.ts';
import { LEVELS } from '../base/log.ts';
import { writeStderr } from '../base/write-stderr.ts';
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

/** Writes a record to the error stream. */
export function writeToStderr(record: LogRecord): void {
  writeStderr(formatRecord(record));
}

function methodFor(level: number): (typeof METHODS)[number] {
  if (level >= LEVELS.ERROR) return 'error';
  if (level >= LEVELS.SUBWARNING) return 'warn';
  return level >= LEVELS.INFO ? 'info' : 'debug';
}
