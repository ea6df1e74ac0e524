/** Which prototypes belong to the language or to Node, and what happens to their instances. */
import { types } from 'node:util';
import { STANDARD_ERRORS } from './error-classes.ts';
import { loadedBuiltins } from './functions/builtins.ts';
import { canInspect } from './functions/inspector.ts';
import { locate } from './functions/locate.ts';
import { realGlobal } from './functions/state.ts';
import { VIEW_NAMES } from './views.ts';

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

/** Of views and errors the kind of view and the class are written with them. */
const CARRIED = [
  ...VIEW_NAMES,
  ...STANDARD_ERRORS,
  'Array',
  'Map',
  'Set',
  'Date',
  'RegExp',
  'ArrayBuffer',
  'SharedArrayBuffer',
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
  const own = Object.getOwnPropertyDescriptor(prototype, 'constructor');
  // Node's own classes may have a getter there.
  const constructor: unknown = own?.get === undefined ? own?.value : Reflect.get(prototype, 'constructor');
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

/** Whether a class that is no part of the language comes with Node, exported by a module or hidden. Asked once for each class. */
export function isNodeClass(constructor: Function): boolean {
  if (isNative(constructor)) return true;
  if (types.isProxy(constructor)) return false;
  if (isGlobal(constructor) || isExported(constructor)) return true;
  // Those that no module exports (what `setTimeout` gives) are known by the script that they stand in.
  return canInspect() && locate(constructor).url.startsWith('node:');
}

/** Whether all methods of a prototype that has no class are native code, as those of what `segmenter.segment(text)` gives. */
export function isNativePrototype(prototype: object): boolean {
  const methods = Object.values(Object.getOwnPropertyDescriptors(prototype)).filter(
    ({ value }) => typeof value === 'function',
  );
  // Those that a program has put together can be enumerated.
  return methods.length > 0 && methods.every(({ value, enumerable }) => enumerable !== true && isNative(value));
}

/** Classes of Node are hidden from enumeration there; what a program puts there is not. */
function isGlobal(constructor: Function): boolean {
  const own = Object.getOwnPropertyDescriptor(realGlobal, constructor.name);
  return own !== undefined && own.enumerable !== true && realGlobal[constructor.name] === constructor;
}

/** Two steps deep, as `stream.Readable.ReadableState`; getters are left alone, because they load what nobody has asked for. */
function isExported(constructor: Function): boolean {
  const { name } = constructor;
  for (const [, exports] of loadedBuiltins()) {
    if (valueOf(exports, name) === constructor) return true;
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(exports))) {
      if (valueOf(value, name) === constructor) return true;
    }
  }
  return false;
}

function valueOf(holder: unknown, name: string): unknown {
  if ((typeof holder !== 'object' && typeof holder !== 'function') || holder === null) return undefined;
  return Object.getOwnPropertyDescriptor(holder, name)?.value;
}
