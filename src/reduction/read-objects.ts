/** Readers of everything that is neither plain object nor array. */
import { damaged, setOwn } from './compact-read.ts';
import { isFunctionNode } from './functions/node-shape.ts';
import type { FunctionNode } from './functions/node.ts';
import { builtinHandlerByTag } from './builtin-handlers.ts';
import { UNMADE, type GraphReader, type Read } from './graph-reader.ts';
import * as tag from './graph-tags.ts';
import { handlerByTag } from './handlers.ts';
import { readBuffer, readBufferBeside, readSharedBuffer, readView } from './read-buffers.ts';
import { readError } from './read-error.ts';
import type { FunctionPort, Handler } from './ports.ts';
import { wellKnownSymbol } from './symbols.ts';

/** A reader for each tag that {@link GraphReader} does not read itself. */
export const readers: readonly (Read | undefined)[] = table([
  [tag.MAP, readMap],
  [tag.SET, readSet],
  [tag.DATE, (reader) => registered(reader, new Date(reader.number()))],
  [tag.REGEXP, readRegExp],
  [tag.BOXED, readBoxed],
  [tag.SYMBOL_FOR, (reader) => Symbol.for(reader.text())],
  [tag.SYMBOL_KNOWN, readKnownSymbol],
  [tag.BIGINT_TEXT, readBigInt],
  [tag.INSTANCE, readInstance],
  [tag.WITH_PROTOTYPE, readWithPrototype],
  [tag.WITH_PROPERTIES, readWithProperties],
  [tag.BUFFER, readBuffer],
  [tag.BUFFER_BESIDE, readBufferBeside],
  [tag.BUFFER_SHARED, readSharedBuffer],
  [tag.VIEW, readView],
  [tag.ERROR, readError],
  [tag.FUNCTION, readFunction],
  [tag.FUNCTION_REFERENCE, readReference],
  [tag.HANDLED, readHandled],
  [tag.REDUCED, readReduced],
]);

function table(entries: readonly (readonly [number, Read])[]): (Read | undefined)[] {
  const list: (Read | undefined)[] = [];
  for (const [code, read] of entries) list[code] = read;
  return list;
}

function registered<Value>(reader: GraphReader, value: Value): Value {
  reader.register(value);
  return value;
}

function readMap(reader: GraphReader): unknown {
  const map = new Map<unknown, unknown>();
  reader.register(map);
  const count = reader.count();
  // From the first entry on that is not made yet, all wait: the order of a Map means something.
  let waiting: { key: unknown; value: unknown }[] | undefined;
  for (let i = 0; i < count; i++) {
    const entry: { key: unknown; value: unknown } = { key: reader.value(), value: undefined };
    const key = reader.takePending();
    entry.value = reader.value();
    const value = reader.takePending();
    key?.whenMade((made) => (entry.key = made));
    value?.whenMade((made) => (entry.value = made));
    if (waiting === undefined && key === undefined && value === undefined) map.set(entry.key, entry.value);
    else (waiting ??= []).push(entry);
  }
  if (waiting !== undefined) reader.atLast(() => waiting.forEach((entry) => map.set(entry.key, entry.value)));
  return map;
}

function readSet(reader: GraphReader): unknown {
  const set = new Set<unknown>();
  reader.register(set);
  const count = reader.count();
  let waiting: { value: unknown }[] | undefined;
  for (let i = 0; i < count; i++) {
    const entry = { value: reader.value() };
    const pending = reader.takePending();
    pending?.whenMade((made) => (entry.value = made));
    if (waiting === undefined && pending === undefined) set.add(entry.value);
    else (waiting ??= []).push(entry);
  }
  if (waiting !== undefined) reader.atLast(() => waiting.forEach((entry) => set.add(entry.value)));
  return set;
}

function readRegExp(reader: GraphReader): unknown {
  const expression = new RegExp(reader.text(), reader.text());
  expression.lastIndex = reader.number();
  return registered(reader, expression);
}

function readBoxed(reader: GraphReader): unknown {
  const id = reader.register(UNMADE);
  const value = Object(reader.madeValue()) as object;
  reader.settle(id, value);
  return value;
}

function readKnownSymbol(reader: GraphReader): unknown {
  const name = reader.text();
  const symbol = wellKnownSymbol(name);
  if (symbol === undefined) throw damaged(`this Node has no Symbol.${name}`);
  return symbol;
}

function readBigInt(reader: GraphReader): unknown {
  const negative = reader.byte() === 1;
  const value = BigInt(`0x${reader.text()}`);
  return negative ? -value : value;
}

function readInstance(reader: GraphReader): unknown {
  const id = reader.register(UNMADE);
  const kind = reader.byte();
  const source = kind === tag.PROTOTYPE_NULL ? null : reader.value();
  const pending = reader.takePending();
  let object = reader.object(id) as object | typeof UNMADE; // nothing else was put there
  if (pending === undefined) {
    const prototype = prototypeFrom(kind, source);
    if (object === UNMADE) object = Object.create(prototype) as object;
    else Object.setPrototypeOf(object, prototype);
  } else {
    const made = object === UNMADE ? {} : object;
    pending.whenMade((late) => Object.setPrototypeOf(made, prototypeFrom(kind, late)));
    object = made;
  }
  reader.settle(id, object);
  return reader.fields(object);
}

function prototypeFrom(kind: number, source: unknown): object | null {
  if (kind === tag.PROTOTYPE_NULL) return null;
  const prototype: unknown =
    kind === tag.PROTOTYPE_OF_CLASS && typeof source === 'function' ? source.prototype : source;
  if (typeof prototype !== 'object' && typeof prototype !== 'function') throw damaged('a class is missing');
  return prototype;
}

function readWithPrototype(reader: GraphReader): unknown {
  const body = objectOf(reader.madeValue());
  const kind = reader.byte();
  const source = kind === tag.PROTOTYPE_NULL ? null : reader.value();
  const pending = reader.takePending();
  if (pending === undefined) Object.setPrototypeOf(body, prototypeFrom(kind, source));
  else pending.whenMade((late) => Object.setPrototypeOf(body, prototypeFrom(kind, late)));
  return body;
}

function objectOf(value: unknown): object {
  if (typeof value !== 'object' || value === null) throw damaged('an object is missing');
  return value;
}

function readWithProperties(reader: GraphReader): unknown {
  const body = objectOf(reader.madeValue());
  const count = reader.count();
  for (let i = 0; i < count; i++) {
    const key = reader.madeValue();
    if (typeof key !== 'string' && typeof key !== 'symbol') throw damaged('a key is missing');
    setOwn(body, key, reader.value());
    reader.takePending()?.whenMade((made) => setOwn(body, key, made));
  }
  return body;
}

function portOf(reader: GraphReader): FunctionPort {
  const { functions } = reader.around.options;
  if (functions === undefined) throw damaged('there is a function in it, and only data can be received this way');
  return functions;
}

const NO_CYCLE = { late: [], self: [] } as const;

function readReference(reader: GraphReader): unknown {
  const node = reader.around.references[reader.uint()];
  if (node === undefined) throw damaged('a function is missing');
  const port = portOf(reader);
  const fn = reader.call(() => port.build(node, NO_CYCLE));
  reader.callable.add(fn);
  return registered(reader, fn);
}

function readFunction(reader: GraphReader): unknown {
  const port = portOf(reader);
  return reader.build((pending) => {
    const fields: Record<string, unknown> = {};
    for (let count = reader.count(); count > 0; count--) {
      const key = reader.text();
      setOwn(fields, key, reader.value());
      reader.takePending()?.whenMade((made) => setOwn(fields, key, made));
    }
    const captures: { name: string; value: unknown; assigned: boolean }[] = [];
    const late: string[] = [];
    const self: string[] = [];
    let built: Function | undefined;
    for (let count = reader.count(); count > 0; count--) {
      const capture = { name: reader.text(), assigned: reader.byte() === 1, value: reader.value() };
      captures.push(capture);
      const part = reader.takePending();
      if (part === undefined) continue;
      if (part === pending) self.push(capture.name);
      else late.push(capture.name);
      part.whenMade((made) => {
        const fn = built;
        if (part === pending) return;
        if (fn !== undefined) reader.call(() => port.patch(fn, capture.name, made));
        else {
          capture.value = made;
          late.splice(late.indexOf(capture.name), 1);
        }
      });
    }
    if (fields['kind'] === 'value') fields['captures'] = captures;
    const run = (): Function => {
      if (!isFunctionNode(fields)) throw damaged('a function is not whole');
      // The fields were checked.
      built = port.build(fields as unknown as FunctionNode, { late, self });
      reader.callable.add(built);
      return built;
    };
    // A class can do without everything that it captures until it is used, but for the class that it extends.
    return { run, eager: fields['kind'] === 'value' && !late.includes(String(fields['parent'])) };
  });
}

function readHandled(reader: GraphReader): unknown {
  return reader.build(() => {
    const name = reader.text();
    const handler = handlerByTag(name);
    if (handler !== undefined && reader.around.options.handlers?.(name) === false)
      throw damaged(`a '${name}' is not accepted here`);
    const builtin = handler === undefined ? builtinHandlerByTag(name) : undefined;
    if (handler === undefined && builtin === undefined) throw damaged(`nothing here knows how to make a '${name}'`);
    const plain = reader.madeValue();
    return { run: () => (handler === undefined ? makeBuiltin(builtin, plain) : handler.make(plain)), eager: false };
  });
}

/** What `new URL` and the like throw only says that the bytes are wrong. */
function makeBuiltin(handler: Handler<object, unknown> | undefined, plain: unknown): unknown {
  try {
    return handler?.make(plain);
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : 'an object of Node cannot be made');
  }
}

function readReduced(reader: GraphReader): unknown {
  return reader.build(() => {
    const construct = reader.byte() === 1;
    let make = reader.value();
    reader.takePending()?.whenMade((made) => (make = made));
    const args: unknown[] = [];
    const count = reader.count();
    for (let i = 0; i < count; i++) {
      args.push(reader.value());
      reader.takePending()?.whenMade((made) => (args[i] = made));
    }
    const run = (): unknown => {
      // A function that another call gave (`Function` from `Reflect.get`) is none that the sender described.
      if (typeof make !== 'function' || !reader.callable.has(make)) throw damaged('a function is missing');
      return construct ? Reflect.construct(make, args) : Reflect.apply(make, undefined, args);
    };
    return { run, eager: false };
  });
}
