const { fromCharCode } = String;

/** Up to here a text is made faster from its character codes than by a call into C++. */
export const SHORT_TEXT = 8;

/** The Latin-1 text of 1 to {@link SHORT_TEXT} bytes at `at`, all of which are there. */
export function shortText(bytes: Uint8Array, at: number, length: number): string {
  const a = bytes[at] as number; // here and below: the caller looked
  if (length === 1) return fromCharCode(a);
  const b = bytes[at + 1] as number;
  if (length === 2) return fromCharCode(a, b);
  const c = bytes[at + 2] as number;
  if (length === 3) return fromCharCode(a, b, c);
  const d = bytes[at + 3] as number;
  if (length === 4) return fromCharCode(a, b, c, d);
  const e = bytes[at + 4] as number;
  if (length === 5) return fromCharCode(a, b, c, d, e);
  const f = bytes[at + 5] as number;
  if (length === 6) return fromCharCode(a, b, c, d, e, f);
  const g = bytes[at + 6] as number;
  if (length === 7) return fromCharCode(a, b, c, d, e, f, g);
  return fromCharCode(a, b, c, d, e, f, g, bytes[at + 7] as number);
}
