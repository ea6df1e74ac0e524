/** Classes of errors that every process has: they travel by name. */
import { createRequire } from 'node:module';
import * as own from '../base/errors.ts';

/** Names of the language's own. */
export const STANDARD_ERRORS = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'EvalError',
  'URIError',
  'AggregateError',
  'SuppressedError',
] as const;

const byName = new Map<string, Function>();
const nameOf = new Map<Function, string>();

function add(name: string, constructor: unknown): void {
  if (typeof constructor !== 'function') return;
  byName.set(name, constructor);
  nameOf.set(constructor, name);
}

for (const name of STANDARD_ERRORS) add(name, Reflect.get(globalThis, name));
for (const [name, constructor] of Object.entries(own)) add(`manycore:${name}`, constructor);

const ASSERTION = 'node:assert:AssertionError';
const require = createRequire(import.meta.url);

/** `node:assert` is loaded only when such an error is met. */
function assertionError(): Function {
  return (require('node:assert') as { AssertionError: Function }).AssertionError;
}

/** The name under which every process knows this class. */
export function commonErrorName(constructor: Function): string | undefined {
  const name = nameOf.get(constructor);
  if (name !== undefined || constructor.name !== 'AssertionError') return name;
  return constructor === assertionError() ? ASSERTION : undefined;
}

/** The class of that name; `undefined` when this process has none. */
export function commonErrorClass(name: string): Function | undefined {
  return name === ASSERTION ? assertionError() : byName.get(name);
}
