import { sharedState } from '../base/globals.ts';
import { classOf } from './builtin-classes.ts';
import type { Handler } from './ports.ts';

interface Entry {
  readonly tag: string;
  readonly prototype: object;
  readonly handler: Handler<object, unknown>;
}

/** One table for all copies of the library in a thread: loaders may load it twice, as `require` and as `import`. */
const rules = sharedState('reduction.handlers.1', () => ({
  byPrototype: new Map<object, Entry>(),
  byTag: new Map<string, Entry>(),
  /** Rules for classes that are not loaded yet, by the names of these. */
  byName: new Map<string, () => Entry>(),
  standIns: new WeakMap<object, object>(),
  /** Counts registrations, so that what was learnt about a class before is looked up again. */
  version: 0,
}));
const { byPrototype, byTag, byName, standIns } = rules;

/** Changes when a rule was added. */
export function rulesVersion(): number {
  return rules.version;
}

/** Says that a rule was added. */
export function rulesChanged(): void {
  rules.version++;
}

/**
 * Makes the instances of one of the library's own classes sendable. The tag travels, not the class.
 *
 * @param tag The same in every process; a second registration of it replaces the first.
 * @param constructor The class; a subclass's instances are rebuilt by the same handler and then get their own prototype and fields.
 * @param handler `take` gives something sendable, synchronously; `make` builds the instance from it.
 */
export function registerHandler<Instance extends object, Plain>(
  tag: string,
  constructor: abstract new (...args: never[]) => Instance,
  handler: Handler<Instance, Plain>,
): void {
  // Only instances of the class reach `take`, and only what `take` gave reaches `make`.
  const entry: Entry = { tag, prototype: constructor.prototype as object, handler };
  byPrototype.set(entry.prototype, entry);
  byTag.set(tag, entry);
  rules.version++;
}

/**
 * As {@link registerHandler}, for a class of Node's: its module is not loaded for the sake of the rule, but looked up by `find` when an
 * instance of a class with this name is met.
 */
export function registerHandlerByName<Instance extends object, Plain>(
  tag: string,
  name: string,
  find: () => abstract new (...args: never[]) => Instance,
  handler: Handler<Instance, Plain>,
): void {
  // As above; messages name the tag before any instance was met here.
  const untyped: Handler<object, unknown> = handler;
  const entry = { tag, handler: untyped, prototype: Object.prototype };
  byTag.set(tag, entry);
  byName.set(name, () => ({ ...entry, prototype: find().prototype as object }));
  rules.version++;
}

/**
 * Sends `instead` whenever `object` is met: for Proxies and for typed arrays with methods of their own, which have no class to go by.
 *
 * What the handler of `instead` takes must not contain `object` again: it takes another view on the same memory.
 */
export function sendAs(object: object, instead: object): void {
  standIns.set(object, instead);
}

/** What travels in place of this very object. */
export function standInOf(object: object): object | undefined {
  return standIns.get(object);
}

/** The handler of the class with this prototype. */
export function handlerOf(
  prototype: object,
): { readonly tag: string; readonly handler: Handler<object, unknown> } | undefined {
  const known = byPrototype.get(prototype);
  if (known !== undefined || byName.size === 0) return known;
  const named = byName.get(classOf(prototype)?.name ?? '')?.();
  return named?.prototype === prototype ? named : undefined;
}

/** The handler that was registered for a tag here. */
export function handlerByTag(tag: string): Handler<object, unknown> | undefined {
  return byTag.get(tag)?.handler;
}
