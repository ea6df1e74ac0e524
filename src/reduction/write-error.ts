import { classOf, isNative, isNodeClass } from './builtin-classes.ts';
import { commonErrorName } from './error-classes.ts';
import type { GraphWriter } from './graph-writer.ts';
import * as tag from './graph-tags.ts';
import { isOverflow } from './overflow.ts';
import { privateNames } from './private-names.ts';

/** Class known by name everywhere; class that follows as a value. */
export const NAMED_CLASS = 0;
export const SENT_CLASS = 1;

/** End of the list of fields; a field that `Object.keys` shows; one that it does not. */
export const NO_FIELD = 0;
export const VISIBLE_FIELD = 1;
export const HIDDEN_FIELD = 2;

/**
 * Writes an error with all that is its own. What of it cannot be sent is left out and listed: the error itself must arrive.
 */
export function writeError(writer: GraphWriter, error: Error, prototype: object): void {
  writer.byte(tag.ERROR);
  writer.register(error);
  const notSent: string[] = [];
  writeClass(writer, prototype, notSent);
  for (const key of Reflect.ownKeys(error)) writeField(writer, error, key, notSent);
  for (const name of privateFields(prototype)) notSent.push(name);
  writer.byte(NO_FIELD);
  writer.uint(notSent.length);
  for (const name of notSent) writer.text(name);
}

/** What the classes of an error keep to themselves: nobody else can read it, so it never arrives. */
function privateFields(prototype: object): readonly string[] {
  const names: string[] = [];
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const constructor = classOf(at);
    if (constructor === undefined || commonErrorName(constructor) !== undefined) continue;
    const own = privateNames(constructor);
    // How Node writes its own errors is nothing to tell its users.
    if (own.length > 0 && !isNodeClass(constructor)) names.push(...own);
  }
  return names;
}

/** The class, or the nearest one above it that can be sent. */
function writeClass(writer: GraphWriter, prototype: object, notSent: string[]): void {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const constructor = classOf(at);
    if (constructor === undefined) continue;
    const name = commonErrorName(constructor) ?? (isNative(constructor) ? constructor.name : undefined);
    if (name !== undefined) {
      writer.byte(NAMED_CLASS);
      return writer.text(name);
    }
    if (attempt(writer, () => writeSentClass(writer, constructor))) return;
    notSent.push(`class ${constructor.name}`);
  }
  writer.byte(NAMED_CLASS);
  writer.text('Error');
}

function writeSentClass(writer: GraphWriter, constructor: Function): void {
  writer.byte(SENT_CLASS);
  writer.part({ kind: 'entry', text: '.constructor' }, constructor);
}

function writeField(writer: GraphWriter, error: Error, key: PropertyKey, notSent: string[]): void {
  const visible = Object.prototype.propertyIsEnumerable.call(error, key);
  // Node hides marks and functions in its errors.
  if (!visible && typeof key === 'symbol') return;
  const done = attempt(writer, () => {
    const value: unknown = Reflect.get(error, key);
    if (!visible && (typeof value === 'function' || value === undefined) && key !== 'cause') return;
    writer.byte(visible ? VISIBLE_FIELD : HIDDEN_FIELD);
    writer.write(key);
    writer.part(typeof key === 'symbol' ? { kind: 'entry', text: `[${String(key)}]` } : String(key), value);
  });
  if (!done) notSent.push(String(key));
}

/** Does something, or leaves the message as it was. */
function attempt(writer: GraphWriter, write: () => void): boolean {
  const mark = writer.mark();
  try {
    write();
    return true;
  } catch (error) {
    // A lack of stack is not the part's fault; a getter that throws is.
    if (isOverflow(error)) throw error;
    writer.rollBack(mark);
    return false;
  }
}
