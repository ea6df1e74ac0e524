import { wrongRange, wrongType, wrongUse } from './invalid.ts';
import { nearest } from './nearest.ts';

// Every predicate takes the owner (the class or function as its user knows it), the name of the argument and the value,
// and throws at once: TypeError for a wrong type, RangeError for a value outside, both with code ERR_MP_INVALID_ARG.

/** An integer from `min` to `max`, both included. */
export function checkInteger(
  owner: string,
  name: string,
  value: unknown,
  min: number = Number.MIN_SAFE_INTEGER,
  max: number = Number.MAX_SAFE_INTEGER,
): asserts value is number {
  if (typeof value !== 'number') throw wrongType(owner, name, `an integer${limits(min, max)}`, value);
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw wrongRange(owner, name, `an integer${limits(min, max)}`, value);
}

/** A number from `min` to `max`, both included; infinity is a number, `NaN` is not. */
export function checkNumber(
  owner: string,
  name: string,
  value: unknown,
  min: number = -Infinity,
  max: number = Infinity,
): asserts value is number {
  if (typeof value !== 'number') throw wrongType(owner, name, `a number${limits(min, max)}`, value);
  if (value >= min && value <= max) return;
  throw wrongRange(owner, name, `a number${limits(min, max)}`, value);
}

/** Any string. */
export function checkString(owner: string, name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw wrongType(owner, name, 'a string', value);
}

/** Anything that can be called. */
export function checkFunction(
  owner: string,
  name: string,
  value: unknown,
): asserts value is (...args: never[]) => unknown {
  if (typeof value !== 'function') throw wrongType(owner, name, 'a function', value);
}

/** `true` or `false`, not merely truthy. */
export function checkBoolean(owner: string, name: string, value: unknown): asserts value is boolean {
  if (typeof value !== 'boolean') throw wrongType(owner, name, 'a boolean', value);
}

/** An array, not merely array-like. */
export function checkArray(owner: string, name: string, value: unknown): asserts value is readonly unknown[] {
  if (!Array.isArray(value)) throw wrongType(owner, name, 'an array', value);
}

/** Anything with `Symbol.iterator`, a string too. */
export function checkIterable(owner: string, name: string, value: unknown): asserts value is Iterable<unknown> {
  if (!hasMethod(value, Symbol.iterator)) throw wrongType(owner, name, 'an iterable', value);
}

/** Anything with `Symbol.iterator` or `Symbol.asyncIterator`. */
export function checkAnyIterable(
  owner: string,
  name: string,
  value: unknown,
): asserts value is Iterable<unknown> | AsyncIterable<unknown> {
  if (hasMethod(value, Symbol.iterator) || hasMethod(value, Symbol.asyncIterator)) return;
  throw wrongType(owner, name, 'an iterable or an async iterable', value);
}

/** One of a few strings. */
export function checkOneOf<T extends string>(
  owner: string,
  name: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T {
  const known: readonly string[] = allowed;
  if (typeof value === 'string' && known.includes(value)) return;
  const expected = `one of ${allowed.map((one) => `'${one}'`).join(', ')}`;
  throw typeof value === 'string' ? wrongRange(owner, name, expected, value) : wrongType(owner, name, expected, value);
}

/** Milliseconds, or `undefined` for ever. Negative numbers and infinity are allowed, `NaN` is not. */
export function checkTimeout(owner: string, value: unknown, name = 'timeout'): asserts value is number | undefined {
  if (value === undefined) return;
  if (typeof value !== 'number') throw wrongType(owner, name, 'a number of milliseconds or `undefined`', value);
  if (Number.isNaN(value)) throw wrongRange(owner, name, 'a number of milliseconds or `undefined`', value);
}

/** An `AbortSignal` of any realm, or `undefined`. */
export function checkSignal(owner: string, value: unknown, name = 'signal'): asserts value is AbortSignal | undefined {
  if (value === undefined) return;
  const fits =
    typeof value === 'object' && value !== null && 'aborted' in value && hasMethod(value, 'addEventListener');
  if (!fits) throw wrongType(owner, name, 'an AbortSignal or `undefined`', value);
}

/**
 * An options object all of whose keys are known, so that a misspelled option is an error and not silence.
 *
 * @param allowed Every key the owner understands.
 * @throws TypeError that names the nearest known key.
 */
export function checkOptions(
  owner: string,
  options: unknown,
  allowed: readonly string[],
  name = 'options',
): asserts options is object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw wrongType(owner, name, 'an object', options);
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const close = nearest(key, allowed);
    const hint = close === undefined ? `known are ${allowed.join(', ')}` : `did you mean \`${close}\`?`;
    throw wrongUse(owner, `unknown option \`${key}\`; ${hint}`);
  }
}

function hasMethod(value: unknown, key: PropertyKey): boolean {
  if (value === null || value === undefined) return false;
  return typeof Reflect.get(Object(value), key, value) === 'function';
}

function limits(min: number, max: number): string {
  const low = min === Number.MIN_SAFE_INTEGER || min === -Infinity ? '' : ` >= ${min}`;
  const high = max === Number.MAX_SAFE_INTEGER || max === Infinity ? '' : ` <= ${max}`;
  return low && high ? `${low} and${high}` : low + high;
}
