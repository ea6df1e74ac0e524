/** Writers of everything that is neither plain object nor array. */
import { types } from 'node:util';
import { classOf, isNative } from './builtin-classes.ts';
import { ruleFor, type ClassRule } from './class-rules.ts';
import { writeError } from './write-error.ts';
import { writeFunction } from './write-function.ts';
import type { GraphWriter, Specialists } from './graph-writer.ts';
import * as tag from './graph-tags.ts';
import { standInOf } from './handlers.ts';
import { needModule } from './need-module.ts';
import type { MemberStep } from './path.ts';
import { REDUCE } from './reducers.ts';
import { viewKind, viewPrototype } from './views.ts';
import { writeBuffer, writeView } from './write-buffers.ts';

const IMPOSTOR = 'it has the prototype of a built-in class and is none';

/** Everything {@link GraphWriter} cannot write by itself. */
export const specialists: Specialists = { writeObject, writeProxy, writeFunction };

function writeProxy(writer: GraphWriter, value: object): void {
  const instead = standInOf(value);
  if (instead === undefined) throw writer.refusal('it is a Proxy');
  writer.write(instead);
}

function writeObject(writer: GraphWriter, value: object, prototype: object | null): void {
  if (ArrayBuffer.isView(value)) {
    const instead = standInOf(value);
    if (instead !== undefined) return writer.write(instead);
  }
  if (prototype === null) return writeWithoutPrototype(writer, value);
  const rule = ruleFor(prototype);
  switch (rule.kind) {
    case 'native':
      return writeNative(writer, value, prototype, rule.base);
    case 'refused':
      throw writer.refusal(rule.why);
    case 'record':
      writer.register(value);
      return writer.fields(value);
    case 'instance':
      return writeInstance(writer, value, prototype, rule.constructor);
    case 'hook':
      return writeHooked(writer, value);
    case 'reducer':
      return writeReduced(writer, value, rule.reducer.make, () => [rule.reducer.take(value)]);
    case 'handler':
      return writeHandled(writer, value, prototype, rule);
  }
}

function writeWithoutPrototype(writer: GraphWriter, value: object): void {
  if (types.isModuleNamespaceObject(value))
    throw writer.refusal('it is a module namespace (send the members you need)');
  const symbols = writer.symbolsOf(value);
  if (symbols.length > 0) writer.byte(tag.WITH_PROPERTIES);
  writer.byte(tag.INSTANCE);
  writer.register(value);
  writer.byte(tag.PROTOTYPE_NULL);
  writer.fields(value);
  if (symbols.length > 0) writer.properties(value, symbols);
}

function writeInstance(writer: GraphWriter, value: object, prototype: object, constructor: Function | undefined): void {
  if (types.isExternal(value)) throw writer.refusal('it is a pointer of native code');
  const symbols = writer.symbolsOf(value).filter((symbol) => !isEmitterMark(value, symbol));
  if (symbols.length > 0) writer.byte(tag.WITH_PROPERTIES);
  writer.byte(tag.INSTANCE);
  writer.register(value);
  writePrototype(writer, prototype, constructor);
  writer.fields(value);
  if (symbols.length > 0) writer.properties(value, symbols);
}

/** Node's EventEmitter marks each of its instances with symbols of its own; it works without them. */
function isEmitterMark(value: object, symbol: symbol): boolean {
  return (symbol.description === 'kCapture' || symbol.description === 'shapeMode') && '_events' in value;
}

function writePrototype(writer: GraphWriter, prototype: object, constructor: Function | undefined): void {
  if (constructor !== undefined) {
    writer.byte(tag.PROTOTYPE_OF_CLASS);
    writer.part({ kind: 'entry', text: '.constructor' }, constructor);
    return;
  }
  writer.byte(tag.PROTOTYPE_OBJECT);
  writer.part({ kind: 'entry', text: '.__proto__' }, prototype);
}

/** Objects with a body of their own kind, and whatever a subclass adds to it. */
function writeNative(writer: GraphWriter, value: object, prototype: object, base: object): void {
  if (types.isNativeError(value)) return writeError(writer, value, prototype);
  const derived = ArrayBuffer.isView(value) ? !isPlainView(value, prototype) : prototype !== base;
  const names = ArrayBuffer.isView(value) && !derived ? [] : namesOf(value);
  if (derived) writer.byte(tag.WITH_PROTOTYPE);
  if (names.length > 0) writer.byte(tag.WITH_PROPERTIES);
  if (!writeBody(writer, value)) throw writer.refusal(IMPOSTOR);
  if (names.length > 0) writer.properties(value, names);
  if (derived) writePrototype(writer, prototype, classOf(prototype));
}

/** Whether a view is of no subclass, in whichever realm it was made. */
function isPlainView(view: ArrayBufferView, prototype: object): boolean {
  if (prototype === viewPrototype(viewKind(view))) return true;
  const constructor = classOf(prototype);
  return constructor !== undefined && isNative(constructor);
}

/** Own enumerable keys that do not belong to the body. */
function namesOf(value: object): PropertyKey[] {
  if (Array.isArray(value)) return []; // `list` does it
  const keys: PropertyKey[] = Object.keys(value);
  const own = ArrayBuffer.isView(value) || types.isStringObject(value) ? keys.slice(lengthOf(value)) : keys;
  return own.concat(
    Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key)),
  );
}

function lengthOf(value: object): number {
  const { length } = value as { length?: unknown }; // typed arrays and String objects; a DataView has none
  return typeof length === 'number' ? length : 0;
}

function writeBody(writer: GraphWriter, value: object): boolean {
  if (ArrayBuffer.isView(value)) writeView(writer, value);
  else if (Array.isArray(value)) writer.list(value);
  else if (types.isMap(value)) writeMap(writer, value);
  else if (types.isSet(value)) writeSet(writer, value);
  else if (types.isDate(value)) writeDate(writer, value);
  else if (types.isRegExp(value)) writeRegExp(writer, value);
  else if (types.isAnyArrayBuffer(value)) writeBuffer(writer, value);
  else if (types.isBoxedPrimitive(value)) writeBoxed(writer, value);
  else return false;
  return true;
}

function writeMap(writer: GraphWriter, map: ReadonlyMap<unknown, unknown>): void {
  writer.byte(tag.MAP);
  writer.register(map);
  // The methods of Map itself: a subclass may have its own.
  writer.uint(mapSize.call(map));
  const keyStep: MemberStep = { kind: 'key', of: undefined };
  const valueStep: MemberStep = { kind: 'value', of: undefined };
  for (const [key, value] of mapEntries.call(map)) {
    keyStep.of = key;
    writer.part(keyStep, key);
    valueStep.of = key;
    writer.part(valueStep, value);
  }
}

function writeSet(writer: GraphWriter, set: ReadonlySet<unknown>): void {
  writer.byte(tag.SET);
  writer.register(set);
  writer.uint(setSize.call(set));
  const step = { kind: 'element' as const, of: 0 };
  for (const value of setValues.call(set)) {
    writer.part(step, value);
    step.of++;
  }
}

// Taken from the prototypes once, and called with an instance.
const mapSize = Object.getOwnPropertyDescriptor(Map.prototype, 'size')?.get as (
  this: ReadonlyMap<unknown, unknown>,
) => number;
const setSize = Object.getOwnPropertyDescriptor(Set.prototype, 'size')?.get as (this: ReadonlySet<unknown>) => number;
const mapEntries = Map.prototype.entries as (
  this: ReadonlyMap<unknown, unknown>,
) => IterableIterator<[unknown, unknown]>;
const setValues = Set.prototype.values as (this: ReadonlySet<unknown>) => IterableIterator<unknown>;

function writeDate(writer: GraphWriter, date: Date): void {
  writer.byte(tag.DATE);
  writer.register(date);
  writer.number(Date.prototype.getTime.call(date));
}

function writeRegExp(writer: GraphWriter, expression: RegExp): void {
  writer.byte(tag.REGEXP);
  writer.register(expression);
  writer.text(expression.source);
  writer.text(expression.flags);
  writer.number(expression.lastIndex);
}

function writeBoxed(writer: GraphWriter, value: object): void {
  writer.byte(tag.BOXED);
  writer.register(value);
  if (types.isSymbolObject(value)) return writer.write(Symbol.prototype.valueOf.call(value));
  if (types.isBigIntObject(value)) return writer.write(BigInt.prototype.valueOf.call(value));
  if (types.isStringObject(value)) return writer.write(String.prototype.valueOf.call(value));
  if (types.isNumberObject(value)) return writer.write(Number.prototype.valueOf.call(value));
  writer.write(Boolean.prototype.valueOf.call(value));
}

function writeHooked(writer: GraphWriter, value: object): void {
  const parts: unknown = (Reflect.get(value, REDUCE) as () => unknown).call(value); // the rule says it is a function
  if (!Array.isArray(parts) || typeof parts[0] !== 'function') {
    throw writer.refusal(`expected its reduce method to give [function, ...arguments], got \`${typeof parts}\``);
  }
  const [make, ...args] = parts as [Function, ...unknown[]]; // looked at above
  writeReduced(writer, value, make, () => args);
}

function writeReduced(writer: GraphWriter, value: object, make: Function, args: () => readonly unknown[]): void {
  writer.byte(tag.REDUCED);
  const id = writer.register(value);
  writer.unmade.add(id);
  const isClass = /^class\b/.test(Function.prototype.toString.call(make));
  writer.byte(isClass ? 1 : 0);
  writer.part({ kind: 'entry', text: '[reduce]' }, make);
  const list = args();
  writer.uint(list.length);
  for (const argument of list) writer.part({ kind: 'entry', text: '[reduced]' }, argument);
  writer.unmade.delete(id);
}

function writeHandled(
  writer: GraphWriter,
  value: object,
  prototype: object,
  rule: Extract<ClassRule, { kind: 'handler' }>,
): void {
  const names = rule.derived ? namesOf(value) : [];
  if (rule.derived) writer.byte(tag.WITH_PROTOTYPE);
  if (names.length > 0) writer.byte(tag.WITH_PROPERTIES);
  writer.byte(tag.HANDLED);
  const id = writer.register(value);
  writer.unmade.add(id);
  writer.text(rule.tag);
  if (rule.handler.home !== undefined) needModule(writer, rule.handler.home, rule.tag);
  writer.part({ kind: 'entry', text: '' }, take(writer, value, rule));
  writer.unmade.delete(id);
  if (names.length > 0) writer.properties(value, names);
  if (rule.derived) writePrototype(writer, prototype, classOf(prototype));
}

function take(
  writer: GraphWriter,
  value: object,
  { handler, builtin }: Extract<ClassRule, { kind: 'handler' }>,
): unknown {
  try {
    return handler.take(value);
  } catch (error) {
    // Methods of built-in classes look whether they were called on one of their own.
    if (builtin && error instanceof TypeError) throw writer.refusal(IMPOSTOR);
    throw writer.withCapture(error);
  }
}
