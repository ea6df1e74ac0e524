import { fileURLToPath } from 'node:url';
import type { Above } from '../base/log.ts';

/** One thing that was logged, wherever that was. */
export interface LogRecord {
  /** Name of the level, or its number as text when it has no name. */
  readonly level: string;
  readonly levelNumber: number;
  /** Formatted as by `console.log`: with `%s`, `%d`, `%o` … and the stacks of errors. */
  readonly message: string;
  /** Milliseconds since 1970, with fractions. */
  readonly time: number;
  /** Of the process that logged it. */
  readonly pid: number;
  /** The same as {@link LogRecord.pid}, or the thread's own number when it is a thread of that process. */
  readonly ident: number;
  readonly processName: string;
  /** Path of the file whose code called the logger; '' when the engine does not tell. */
  readonly file: string;
  /** Line in it, from 1; 0 when not known. */
  readonly line: number;
}

/** The file and line from which `above` was called. */
export function callerOf(above: Above): { readonly file: string; readonly line: number } {
  const holder: { readonly stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, above);
  Error.stackTraceLimit = limit;
  // As text, because source maps are applied to it: `    at name (file:///a/b.ts:3:5)` or `    at /a/b.js:3:5`.
  const [, place = '', line = '0'] = /(?:\(|at (?:async )?)([^()]*):(\d+):\d+\)?$/.exec(String(holder.stack)) ?? [];
  return { file: place.startsWith('file:') ? fileURLToPath(place) : place, line: Number(line) };
}

/** One line: `[INFO/Process-1/4711] message`. A message of several lines follows as it is. */
export function formatRecord({ level, processName, pid, message }: LogRecord): string {
  return `[${level}/${processName}/${pid}] ${message}\n`;
}
