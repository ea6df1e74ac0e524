import { NotSendableError, RemoteError } from '../../base/errors.ts';
import * as errors from '../../base/errors.ts';
import { hideOwnFrames } from '../../reduction/error-codec.ts';
import { describeProxy, proxyOfToken } from '../proxies/crossing-proxies.ts';
import type { RemoteCodec } from './remote-codec.ts';

/*
 * Values as JSON, for clients in other languages. Beside what JSON has, objects with the key `$`:
 *
 *   {"$":"bytes","value":base64}   {"$":"number","value":"NaN" | "Infinity" | "-Infinity" | "-0"}   {"$":"bigint","value":text}
 *   {"$":"undefined"}   {"$":"map","value":[[key, value] …]}   {"$":"set","value":[…]}   {"$":"date","value":milliseconds}
 *   {"$":"proxy","value":{uid, id, typeid, exposed?}}   {"$":"error","value":{name, message, stack?, fields…}}
 *   {"$":"object","value":[[key, value] …]}   an object that has a key `$` itself
 */

/** Values in values; what is deeper is refused, and so is what refers to itself. */
const DEEPEST = 500;

const BUILTIN = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError] as const;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** @throws NotSendableError for what JSON and the forms above do not have. */
function toJson(value: unknown, name: string, depth = 0): Json {
  if (depth > DEEPEST) throw new NotSendableError(`cannot send ${name}: it is too deep, or refers to itself`);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { $: 'number', value: textOf(value) };
    case 'bigint':
      return { $: 'bigint', value: String(value) };
    case 'undefined':
      return { $: 'undefined' };
    case 'object':
      return value === null ? null : objectToJson(value, name, depth + 1);
    default:
      throw new NotSendableError(`cannot send ${name}: JSON has no ${typeof value}s; send data only`);
  }
}

function textOf(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function objectToJson(value: object, name: string, depth: number): Json {
  const inside = (one: unknown): Json => toJson(one, name, depth);
  const pairs = (entries: Iterable<readonly [unknown, unknown]>): Json[] =>
    [...entries].map(([key, one]) => [inside(key), inside(one)]);
  const token = describeProxy(value);
  if (token) {
    const known = Object.entries(token).filter(([, one]) => one !== undefined);
    return { $: 'proxy', value: inside(Object.fromEntries(known)) };
  }
  if (Array.isArray(value)) return Array.from(value, inside);
  if (value instanceof Uint8Array) return { $: 'bytes', value: Buffer.from(value).toString('base64') };
  if (value instanceof Map) return { $: 'map', value: pairs(value) };
  if (value instanceof Set) return { $: 'set', value: [...value].map(inside) };
  if (value instanceof Date) return { $: 'date', value: inside(value.getTime()) };
  if (value instanceof Error) return errorToJson(value, inside);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new NotSendableError(`cannot send ${name}: JSON has no ${value.constructor.name}; send plain data`);
  }
  if (Object.hasOwn(value, '$')) return { $: 'object', value: pairs(Object.entries(value)) };
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inside(one)]));
}

function errorToJson(error: Error, inside: (value: unknown) => Json): Json {
  const { name, message, stack = '' } = error;
  const fields: { [key: string]: Json } = {};
  for (const [key, value] of Object.entries(error)) {
    try {
      fields[key] = inside(value);
    } catch {
      // The error itself says more than this field of it.
    }
  }
  return { $: 'error', value: { ...fields, name, message, stack: hideOwnFrames(stack) } };
}

/** @throws TypeError for what `toJson` would not have written. */
function fromJson(json: unknown, depth = 0): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (depth > DEEPEST) throw damaged();
  const inside = (one: unknown): unknown => fromJson(one, depth + 1);
  if (Array.isArray(json)) return json.map(inside);
  if (!Object.hasOwn(json, '$')) return objectOf(Object.entries(json), inside);
  const kind: unknown = Reflect.get(json, '$');
  return specialFrom(kind, Reflect.get(json, 'value'), inside);
}

function specialFrom(kind: unknown, value: unknown, inside: (one: unknown) => unknown): unknown {
  switch (kind) {
    case 'bytes':
      return new Uint8Array(Buffer.from(text(value), 'base64'));
    case 'number':
      return Number(text(value));
    case 'bigint':
      return BigInt(text(value));
    case 'undefined':
      return undefined;
    case 'map':
      return new Map(pairsIn(value).map(([key, one]) => [inside(key), inside(one)]));
    case 'set':
      return new Set(listIn(value).map(inside));
    case 'date':
      return new Date(Number(inside(value)));
    case 'proxy':
      return proxyOfToken(inside(value));
    case 'error':
      return errorFrom(inside(value));
    case 'object':
      return objectOf(pairsIn(value), inside);
    default:
      throw damaged();
  }
}

/** Keys such as `__proto__` are keys as any other. */
function objectOf(entries: Iterable<readonly [unknown, unknown]>, inside: (one: unknown) => unknown): object {
  return Object.fromEntries([...entries].map(([key, one]) => [text(key), inside(one)]));
}

function errorFrom(plain: unknown): Error {
  if (typeof plain !== 'object' || plain === null) throw damaged();
  const { name, message, stack, ...fields } = plain as Readonly<Record<string, unknown>>; // of texts, or of nothing
  const made = emptyError(String(name), String(message));
  for (const [key, value] of Object.entries(fields)) {
    if (!(key in made))
      Object.defineProperty(made, key, { value, writable: true, enumerable: true, configurable: true });
  }
  if (typeof stack === 'string' && stack !== '') made.stack = stack;
  return made;
}

/** Errors of the language and of this library are themselves again; others are shown. */
function emptyError(name: string, message: string): Error {
  const Known = BUILTIN.find((one) => one.name === name) ?? (Reflect.get(errors, name) as unknown);
  if (typeof Known !== 'function') return new RemoteError(`${name}: ${message}`);
  // The second argument is that of BufferTooShortError; the others take options there.
  return Reflect.construct(Known, [message, new Uint8Array(0)]) as Error; // all exports of that file are errors
}

function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw damaged();
  return value;
}

function pairsIn(value: unknown): (readonly [unknown, unknown])[] {
  return listIn(value).map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw damaged();
    return [pair[0], pair[1]];
  });
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw damaged();
  return value;
}

function damaged(): TypeError {
  return new TypeError('manager: the JSON that came is no message');
}

/** Data only, in a form that every language reads. */
export const jsonCodec: RemoteCodec = {
  code: 1,
  pack: (value, name) => Buffer.from(JSON.stringify(toJson(value, name))),
  packThrown(error) {
    const shown = error instanceof Error ? error : new RemoteError(`a value was thrown: ${String(error)}`);
    return Buffer.from(JSON.stringify(toJson(shown, 'the thrown value')));
  },
  unpack: (bytes) => fromJson(JSON.parse(Buffer.from(bytes).toString())),
};
