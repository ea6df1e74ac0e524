import { wrongRange } from '../base/invalid.ts';

/** What arrays of characters have besides: their content as text. */
export interface Text {
  /** The text up to the first NUL, one byte a character (Latin-1). Shorter than the array, or as long. */
  value: string;
}

/** Reads the characters of an array up to the first NUL. */
export function readText(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.buffer, bytes.byteOffset, end < 0 ? bytes.length : end).toString('latin1');
}

/**
 * Writes text, and a NUL behind it if there is room.
 *
 * @throws RangeError when the text is too long or has characters beyond one byte.
 */
export function writeText(owner: string, bytes: Uint8Array, text: string): void {
  if (text.length > bytes.length)
    throw wrongRange(owner, 'value', `a text of at most ${bytes.length} characters`, text);
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 255) throw wrongRange(owner, 'value', 'a text of characters of one byte', text[i]);
  bytes.set(Buffer.from(text, 'latin1'));
  if (text.length < bytes.length) bytes[text.length] = 0;
}

/** Gives an array of characters its `value`. */
export function addText<View extends Uint8Array>(bytes: View): View & Text {
  const get = (): string => readText(bytes);
  const set = (text: string): void => writeText('Array', bytes, text);
  Object.defineProperty(bytes, 'value', { get, set, enumerable: false });
  return bytes as View & Text; // it has been given what was missing
}
