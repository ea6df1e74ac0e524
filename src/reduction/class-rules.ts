/** What happens to an object that is neither a plain object nor a plain array, decided once per prototype. */
import { types } from 'node:util';
import {
  classOf,
  isForeignObjectPrototype,
  isNativePrototype,
  isNodeClass,
  verdictOf,
  type NativeBase,
  type Refused,
} from './builtin-classes.ts';
import { builtinHandler } from './builtin-handlers.ts';
import { handlerOf, rulesVersion } from './handlers.ts';
import type { Handler } from './ports.ts';
import { privateNames } from './private-names.ts';
import { REDUCE, reducerOf, type Reducer } from './reducers.ts';

export type ClassRule =
  | NativeBase
  | Refused
  /** A plain object of another realm. */
  | { readonly kind: 'record' }
  /** Own fields and the class (or, for want of one, the prototype object itself). */
  | { readonly kind: 'instance'; readonly constructor: Function | undefined }
  | { readonly kind: 'hook' }
  | { readonly kind: 'reducer'; readonly reducer: Reducer }
  | {
      readonly kind: 'handler';
      readonly tag: string;
      readonly handler: Handler<object, unknown>;
      /** Whether the class is one of the language or of Node, whose objects are known by more than their prototype. */
      readonly builtin: boolean;
      /** Whether the instance's class is a subclass of the handler's. */
      readonly derived: boolean;
    };

let known = new WeakMap<object, ClassRule>();
let knownVersion = 0;

/** The rule for objects with this prototype. */
export function ruleFor(prototype: object): ClassRule {
  if (knownVersion !== rulesVersion()) {
    knownVersion = rulesVersion();
    known = new WeakMap();
  }
  const before = known.get(prototype);
  if (before !== undefined) return before;
  const rule = decide(prototype);
  known.set(prototype, rule);
  return rule;
}

function decide(prototype: object): ClassRule {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    // No trap of one may run, least of all that of a revoked one.
    if (types.isProxy(at)) return { kind: 'refused', why: 'its prototype is a Proxy' };
  }
  const reducer = reducerOf(prototype);
  if (reducer !== undefined) return { kind: 'reducer', reducer };
  if (typeof Reflect.get(prototype, REDUCE) === 'function') return { kind: 'hook' };
  if (isForeignObjectPrototype(prototype)) return { kind: 'record' };
  return inherited(prototype) ?? { kind: 'instance', constructor: classOf(prototype) };
}

/** Looks along the chain for a class that is not a plain JavaScript one. */
function inherited(prototype: object): ClassRule | undefined {
  const ownClass = classOf(prototype);
  // An error must arrive, even without what nobody can read.
  const isError = Object.prototype.isPrototypeOf.call(Error.prototype, prototype);
  let isNativeKind = false;
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const own = handlerOf(at);
    const entry = own ?? builtinHandler(at);
    if (entry !== undefined) {
      const { tag, handler } = entry;
      return { kind: 'handler', tag, handler, builtin: own === undefined, derived: at !== prototype };
    }
    const constructor = classOf(at);
    const verdict = verdictOf(at);
    if (verdict !== undefined) return native(verdict, prototype, ownClass);
    if (constructor === undefined) {
      isNativeKind ||= isNativePrototype(at);
      continue;
    }
    if (!isError && isNodeClass(constructor) && (at === prototype || constructor.name !== 'EventEmitter')) {
      return refuseNodeClass(constructor, ownClass);
    }
    const names = isError ? [] : privateNames(constructor);
    if (names.length > 0) return refusePrivate(ownClass ?? constructor, names);
  }
  return isNativeKind ? { kind: 'refused', why: 'no copy rule for a built-in object of this kind' } : undefined;
}

function refuseNodeClass(constructor: Function, own: Function | undefined): Refused {
  const derived = own === undefined || own === constructor ? '' : ` (which ${own.name} extends)`;
  return { kind: 'refused', why: `no copy rule for built-in class ${constructor.name}${derived}` };
}

function refusePrivate(constructor: Function, names: readonly string[]): Refused {
  const fields = names.join(', ');
  const name = constructor.name === '' ? '(anonymous)' : constructor.name;
  return {
    kind: 'refused',
    why: `class ${name} has private fields (${fields}), which cannot be read from outside; give the class a reduce method`,
  };
}

/** Subclasses of Date and RegExp are refused by decision: nothing of them may get lost in silence. */
function native(verdict: NativeBase | Refused, prototype: object, own: Function | undefined): ClassRule {
  if (verdict.kind === 'refused' || prototype === verdict.base) return verdict;
  if (verdict.name !== 'Date' && verdict.name !== 'RegExp') return verdict;
  const name = own?.name ?? 'this class';
  return {
    kind: 'refused',
    why: `${name} is a subclass of ${verdict.name}, which cannot be copied whole; give the class a reduce method`,
  };
}
