import type { Item } from './item.ts';
import { originOf } from './joblog.ts';
import type { Failure } from './map-task.ts';

/** How failures are written: lines for people, or NDJSON for programs. */
export const ERROR_FORMATS = ['text', 'ndjson'] as const;
export type ErrorFormat = (typeof ERROR_FORMATS)[number];

const MAX_ITEM_LENGTH = 120;

/** One failed item as text: `manycore: orders.csv:3 {"id":7} failed: TypeError: … (tasks.ts:3:5)`; one line, or NDJSON. */
export function failureLine(format: ErrorFormat, item: Item, seq: number, attempts: number, failure: Failure): string {
  if (format === 'ndjson') {
    const { final: _, ...error } = failure;
    return JSON.stringify({ seq, from: originOf(item), item: itemValue(item), attempts, error });
  }
  const shown = item.line === 0 ? '' : ` ${shorten(item.text)}`;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const place = firstFrame(failure.stack);
  const text = oneLine(`${failure.name}: ${failure.message}`);
  return `manycore: ${originOf(item)}${shown} failed${tries}: ${text}${place === undefined ? '' : ` (${place})`}`;
}

function itemValue(item: Item): unknown {
  if (!item.isJson) return item.text;
  try {
    return JSON.parse(item.text);
  } catch {
    // What could not be parsed is shown as it was read.
    return item.text;
  }
}

function shorten(text: string): string {
  const line = oneLine(text);
  return line.length <= MAX_ITEM_LENGTH ? line : `${line.slice(0, MAX_ITEM_LENGTH)}…`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** Place of the first stack frame in the user's code. */
function firstFrame(stack: string | undefined): string | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const place = /^\s+at (?:.*\()?(?:file:\/\/)?(\/[^)]+:\d+:\d+)\)?$/.exec(line)?.[1];
    // Frames of this program say nothing to the user.
    if (place !== undefined && !place.includes('/cli/map-task.')) return place;
  }
  return undefined;
}
