import { damaged } from './compact-read.ts';
import { commonErrorClass } from './error-classes.ts';
import type { GraphReader } from './graph-reader.ts';
import { HIDDEN_FIELD, NAMED_CLASS, NO_FIELD, VISIBLE_FIELD } from './write-error.ts';

/** Rebuilds an error: a genuine one (`util.types.isNativeError`) of its class, whose constructor does not run. */
export function readError(reader: GraphReader): Error {
  const error = bareError();
  reader.register(error);
  readClass(reader, error);
  for (let code = reader.byte(); code !== NO_FIELD; code = reader.byte()) {
    if (code !== VISIBLE_FIELD && code !== HIDDEN_FIELD) throw damaged('a field of an error is missing');
    const key = reader.madeValue();
    if (typeof key !== 'string' && typeof key !== 'symbol') throw damaged('a key is missing');
    const enumerable = code === VISIBLE_FIELD;
    define(error, key, reader.value(), enumerable);
    reader.takePending()?.whenMade((made) => define(error, key, made, enumerable));
  }
  const count = reader.count();
  const notSent: string[] = [];
  for (let i = 0; i < count; i++) notSent.push(reader.text());
  if (count > 0) define(error, 'notSent', notSent, false);
  return error;
}

/** An error without the cost of a stack trace, which it gets from the message. */
function bareError(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  const error = new Error();
  Error.stackTraceLimit = limit;
  return error;
}

function define(error: Error, key: PropertyKey, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, writable: true, enumerable, configurable: true });
}

function readClass(reader: GraphReader, error: Error): void {
  if (reader.byte() === NAMED_CLASS) {
    // A class that only newer Nodes have is an Error here.
    const prototype: unknown = (commonErrorClass(reader.text()) ?? Error).prototype;
    Object.setPrototypeOf(error, prototype as object); // of a class
    return;
  }
  const adopt = (constructor: unknown): void => {
    const prototype: unknown = typeof constructor === 'function' ? constructor.prototype : undefined;
    if (typeof prototype !== 'object' || prototype === null) throw damaged('a class is missing');
    Object.setPrototypeOf(error, prototype);
  };
  const constructor = reader.value();
  const pending = reader.takePending();
  if (pending === undefined) adopt(constructor);
  else pending.whenMade(adopt);
}
