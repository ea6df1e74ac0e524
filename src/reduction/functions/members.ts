import type { Analysis } from './analysis.ts';
import type { Capture } from './node.ts';

/*
 * Members that a function was given after it was made, beside its text: `fn.cache = new Map()`, the prototype of an old-style class.
 * They travel as captures whose names start with a mark, so that one mechanism orders them all:
 *   .name             own property                  :name             the same, not enumerable
 *   .prototype.name   property of the prototype     <prototype        parent whose prototype is above this one
 *   …get name, set name instead of name: accessors  <self             function above the function itself
 */
const PLAIN = /^(?<mark>[.:])(?<proto>prototype\.)?(?:(?<accessor>get|set) )?(?<key>[^]*)$/;
const IGNORED: ReadonlySet<string> = new Set(['length', 'name', 'prototype', 'arguments', 'caller']);

/** Whether a capture is a member and not a variable. */
export function isMember(name: string): boolean {
  return name.startsWith('.') || name.startsWith(':') || name.startsWith('<');
}

/** The members that the text does not make by itself. */
export function readMembers(fn: Function, { form, ownStatics }: Analysis): Capture[] {
  const isClass = form === 'class';
  const members = own(
    fn,
    '',
    (key, { enumerable }) => !IGNORED.has(key) && !ownStatics.has(key) && (!isClass || enumerable === true),
  );
  const prototype: unknown = Object.getOwnPropertyDescriptor(fn, 'prototype')?.value;
  // The prototype of generators has no constructor, and nothing in it.
  if (typeof prototype !== 'object' || prototype === null) return members;
  members.push(
    ...own(prototype, 'prototype.', (key, { enumerable }) => (isClass ? enumerable === true : key !== 'constructor')),
  );
  return isClass ? members : [...members, ...readParents(fn, prototype)];
}

/** Gives a function a member that came with it. */
export function setMember(fn: Function, name: string, value: unknown): void {
  if (name === '<self') Object.setPrototypeOf(fn, value as object);
  else if (name === '<prototype') Object.setPrototypeOf(prototypeOf(fn), prototypeOf(value));
  else define(fn, name, value);
}

function define(fn: Function, name: string, value: unknown): void {
  const { mark, proto, accessor, key = '' } = PLAIN.exec(name)?.groups ?? {};
  const holder = proto === undefined ? fn : prototypeOf(fn);
  const flags = { enumerable: mark === '.', configurable: true };
  Object.defineProperty(
    holder,
    key,
    accessor === undefined ? { ...flags, value, writable: true } : { ...flags, [accessor]: value },
  );
}

function own(holder: object, path: string, wanted: (key: string, property: PropertyDescriptor) => boolean): Capture[] {
  const found: Capture[] = [];
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    if (!wanted(key, property)) continue;
    const { get, set, value, enumerable } = property;
    const mark = (enumerable === true ? '.' : ':') + path;
    if (get) found.push(member(`${mark}get ${key}`, get));
    if (set) found.push(member(`${mark}set ${key}`, set));
    if (!get && !set) found.push(member(mark + key, value));
  }
  return found;
}

/** Old-style inheritance: `Child.prototype` above which `Parent.prototype` stands, and `Child` above which `Parent` stands. */
function readParents(fn: Function, prototype: object): Capture[] {
  const found: Capture[] = [];
  const above: unknown = Object.getPrototypeOf(prototype);
  const parent: unknown =
    typeof above === 'object' && above !== null
      ? Object.getOwnPropertyDescriptor(above, 'constructor')?.value
      : undefined;
  if (above !== Object.prototype && typeof parent === 'function' && prototypeOf(parent) === above)
    found.push(member('<prototype', parent));
  const self: unknown = Object.getPrototypeOf(fn);
  // Async functions and generators stand below intrinsics without a name; their syntax makes them anew.
  if (typeof self === 'function' && self !== Function.prototype && self === parent) found.push(member('<self', self));
  return found;
}

function prototypeOf(fn: unknown): object {
  return (fn as { prototype: object }).prototype;
}

function member(name: string, value: unknown): Capture {
  return { name, value, assigned: false };
}
