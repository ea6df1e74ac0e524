import type { FunctionNode } from './node.ts';

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isFlag: Check = (value) => typeof value === 'boolean';
const isNumber: Check = (value) => typeof value === 'number';
const isPath: Check = (value) => Array.isArray(value) && value.every(isText);

/** What each kind must have; references have a table of their own in the message. What is a value of the graph may be anything. */
const SHAPES: Readonly<Record<Exclude<FunctionNode['kind'], 'reference'>, Readonly<Record<string, Check>>>> = {
  registered: { name: isText },
  builtin: { module: isText, path: isPath },
  require: { url: isText },
  bound: { boundArgs: Array.isArray },
  value: {
    name: isText,
    text: isText,
    form: isText,
    url: isText,
    line: isNumber,
    column: isNumber,
    strict: isFlag,
    cjs: isFlag,
    token: isText,
    captures: Array.isArray,
  },
  token: { token: isText },
};

/** Whether these fields, which came in a message, are a function taken apart. */
export function isFunctionNode(fields: Readonly<Record<string, unknown>>): boolean {
  const kind = fields['kind'];
  if (typeof kind !== 'string' || !Object.hasOwn(SHAPES, kind)) return false;
  // It is one of its keys.
  const shape = SHAPES[kind as keyof typeof SHAPES];
  return Object.entries(shape).every(([name, check]) => check(fields[name]));
}
