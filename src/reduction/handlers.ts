import { sharedState } from '../base/globals.ts';
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
  standIns: new WeakMap<object, object>(),
  /** Counts registrations, so that what was learnt about a class before is looked up again. */
  version: 0,
}));
const { byPrototype, byTag, standIns } = rules;

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
  const entry: Entry = {
    tag,
    prototype: constructor.prototype as object,
    handler,
  };
  byPrototype.set(entry.prototype, entry);
  byTag.set(tag, entry);
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
  return byPrototype.get(prototype);
}

/** The handler that was registered for a tag here. */
export function handlerByTag(tag: string): Handler<object, unknown> | undefined {
  return byTag.get(tag)?.handler;
}
