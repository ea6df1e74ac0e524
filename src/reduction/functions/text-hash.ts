/** How the text of native code (and of bound functions) ends. */
export const NATIVE: RegExp = /\{\s*\[native code\]\s*\}\s*$/;

const toString = Function.prototype.toString;

/** The source text of a function, also when it has a `toString` of its own. */
export function textOf(fn: Function): string {
  return toString.call(fn);
}

/** Short fingerprint of a function's text: tells two versions of a module apart, protects against nothing else. */
export function textHash(fn: Function): string {
  const text = textOf(fn);
  // Two 32-bit halves with different multipliers (cyrb53).
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    low = Math.imul(low ^ unit, 2654435761);
    high = Math.imul(high ^ unit, 1597334677);
  }
  return `${text.length.toString(36)}-${(low >>> 0).toString(36)}${(high >>> 0).toString(36)}`;
}
