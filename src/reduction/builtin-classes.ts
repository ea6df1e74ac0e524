/** Which prototypes belong to the language or to Node, and what happens to their instances. */
import { createRequire } from 'node:module';

/** The body is written by the kind of object; `base` is the prototype it has when it is of no subclass. */
export interface NativeBase {
  readonly kind: 'native';
  readonly name: string;
  readonly base: object;
}

export interface Refused {
  readonly kind: 'refused';
  readonly why: string;
}

const verdicts = new Map<object, NativeBase | Refused>();
const byName = new Map<string, NativeBase | Refused>();

const CARRIED = [
  'Array',
  'Map',
  'Set',
  'Date',
  'RegExp',
  'Error',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Boolean',
  'Number',
  'String',
  'BigInt',
  'Symbol',
] as const;

const REASONS: Readonly<Record<string, string>> = {
  Promise: 'it is a Promise (await it first)',
  WeakMap: 'it is a WeakMap, whose entries cannot be listed',
  WeakSet: 'it is a WeakSet, whose entries cannot be listed',
  WeakRef: 'it is a WeakRef (send what it refers to)',
  FinalizationRegistry: 'no copy rule for built-in class FinalizationRegistry',
};

function add(name: string, prototype: object, verdict: NativeBase | Refused): void {
  verdicts.set(prototype, verdict);
  byName.set(name, verdict);
}

function globalPrototype(name: string): object | undefined {
  const constructor: unknown = Reflect.get(globalThis, name);
  return typeof constructor === 'function' ? (constructor.prototype as object) : undefined;
}

for (const name of CARRIED) {
  const base = globalPrototype(name);
  if (base !== undefined) add(name, base, { kind: 'native', name, base });
}
/** Typed arrays and errors: the kind of view and the class are written with them. */
const CARRIED_WITH_CLASS = [
  'Buffer',
  'Uint8Array',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
] as const;

for (const name of CARRIED_WITH_CLASS) {
  const base = globalPrototype(name);
  if (base !== undefined) add(name, base, { kind: 'native', name, base });
}
for (const [name, why] of Object.entries(REASONS)) {
  const base = globalPrototype(name);
  if (base !== undefined) add(name, base, { kind: 'refused', why });
}

/** Prototypes that only an instance leads to. */
function addHidden(instance: object, levels: number, why: string): void {
  let prototype: object = instance;
  for (let i = 0; i < levels; i++) prototype = Object.getPrototypeOf(prototype);
  verdicts.set(prototype, { kind: 'refused', why });
}

const GENERATOR = 'it is a generator in the middle of its run (send what it yields, as an array)';
const ITERATOR = 'it is an iterator in the middle of its run (send the collection)';
addHidden((function* () {})(), 2, GENERATOR);
addHidden((async function* () {})(), 2, GENERATOR);
addHidden([][Symbol.iterator](), 2, ITERATOR);

/** What is known about the very prototype. */
export function verdictOf(prototype: object): NativeBase | Refused | undefined {
  return verdicts.get(prototype) ?? foreignVerdict(prototype);
}

/** The class whose `prototype` this is. */
export function classOf(prototype: object): Function | undefined {
  const constructor: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  return typeof constructor === 'function' && constructor.prototype === prototype ? constructor : undefined;
}

/** Whether a function is native code, by its text. */
export function isNative(fn: Function): boolean {
  return /\{\s*\[native code\]\s*\}$/.test(Function.prototype.toString.call(fn));
}

/** `Map`, `Array` … of another realm (a vm context, as test runners use it). */
function foreignVerdict(prototype: object): NativeBase | Refused | undefined {
  const constructor = classOf(prototype);
  if (constructor === undefined || !isNative(constructor)) return undefined;
  const verdict = byName.get(constructor.name);
  return verdict?.kind === 'native' ? { ...verdict, base: prototype } : verdict;
}

/** Whether a prototype is `Object.prototype` of another realm. */
export function isForeignObjectPrototype(prototype: object): boolean {
  if (Object.getPrototypeOf(prototype) !== null) return false;
  const constructor = classOf(prototype);
  return constructor !== undefined && constructor.name === 'Object' && isNative(constructor);
}

/** Modules of Node whose classes hold things of this process. Only those the program has loaded are looked into. */
const MODULES = [
  'net',
  'stream',
  'http',
  'https',
  'http2',
  'fs',
  'fs/promises',
  'child_process',
  'worker_threads',
  'tls',
  'dgram',
  'zlib',
  'crypto',
  'readline',
  'events',
  'async_hooks',
  'perf_hooks',
  'vm',
  'string_decoder',
  'buffer',
  'stream/web',
  'diagnostics_channel',
] as const;

const require = createRequire(import.meta.url);

function moduleHas(module: string, constructor: Function): boolean {
  // Not in the types; without it no module counts as loaded, and a class of Node is refused for its fields instead.
  const loaded = Reflect.get(process, 'moduleLoadList') as readonly string[] | undefined;
  if (loaded?.includes(`NativeModule ${module}`) !== true) return false;
  const exports = require(`node:${module}`) as Record<string, unknown>;
  return exports[constructor.name] === constructor;
}

/** Whether a class that is no part of the language comes with Node. */
export function isNodeClass(constructor: Function): boolean {
  if (constructor.name === '') return false;
  if (isNative(constructor)) return true;
  if (MODULES.some((module) => moduleHas(module, constructor))) return true;
  return NODE_GLOBALS.has(constructor.name) && Reflect.get(globalThis, constructor.name) === constructor;
}

const NODE_GLOBALS = new Set([
  'AbortController',
  'AbortSignal',
  'Blob',
  'BroadcastChannel',
  'ByteLengthQueuingStrategy',
  'CompressionStream',
  'CountQueuingStrategy',
  'Crypto',
  'CryptoKey',
  'CustomEvent',
  'DecompressionStream',
  'Event',
  'EventSource',
  'EventTarget',
  'File',
  'FormData',
  'Headers',
  'MessageChannel',
  'MessageEvent',
  'MessagePort',
  'Navigator',
  'Performance',
  'PerformanceEntry',
  'PerformanceMark',
  'PerformanceMeasure',
  'PerformanceObserver',
  'PerformanceObserverEntryList',
  'PerformanceResourceTiming',
  'ReadableByteStreamController',
  'ReadableStream',
  'ReadableStreamBYOBReader',
  'ReadableStreamBYOBRequest',
  'ReadableStreamDefaultController',
  'ReadableStreamDefaultReader',
  'Request',
  'Response',
  'Storage',
  'SubtleCrypto',
  'TextDecoder',
  'TextDecoderStream',
  'TextEncoder',
  'TextEncoderStream',
  'TransformStream',
  'TransformStreamDefaultController',
  'URL',
  'URLSearchParams',
  'WebSocket',
  'WritableStream',
  'WritableStreamDefaultController',
  'WritableStreamDefaultWriter',
  'DOMException',
]);
