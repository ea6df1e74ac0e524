import { inspect } from 'node:util';

/**
 * A value as one line of text for messages; never throws, whatever its getters do.
 *
 * @param length Longest text, in characters.
 */
export function shortText(value: unknown, length: number): string {
  try {
    const text = inspect(value, { depth: 2, breakLength: Infinity, maxArrayLength: 8, maxStringLength: length });
    return text.length > length ? `${text.slice(0, length)}…` : text;
  } catch {
    return '(a value that cannot be shown)';
  }
}
