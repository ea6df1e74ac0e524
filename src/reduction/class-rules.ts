/** What happens to an object that is neither a plain object nor a plain array, decided once per prototype. */
import {
  classOf,
  isForeignObjectPrototype,
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
  const reducer = reducerOf(prototype);
  if (reducer !== undefined) return { kind: 'reducer', reducer };
  if (typeof Reflect.get(prototype, REDUCE) === 'function') return { kind: 'hook' };
  if (isForeignObjectPrototype(prototype)) return { kind: 'record' };
  return inherited(prototype) ?? { kind: 'instance', constructor: classOf(prototype) };
}

/** Looks along the chain for a class that is not a plain JavaScript one. */
function inherited(prototype: object): ClassRule | undefined {
  const own = classOf(prototype);
  // An error must arrive, even without what nobody can read.
  const isError = Object.prototype.isPrototypeOf.call(Error.prototype, prototype);
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    const entry = handlerOf(at) ?? builtinHandler(at);
    if (entry !== undefined)
      return { kind: 'handler', tag: entry.tag, handler: entry.handler, derived: at !== prototype };
    const constructor = classOf(at);
    const verdict = verdictOf(at);
    if (verdict !== undefined) return native(verdict, prototype, own);
    if (constructor === undefined) continue;
    if (isNodeClass(constructor) && (at === prototype || constructor.name !== 'EventEmitter')) {
      return refuseNodeClass(constructor, own);
    }
    const names = isError ? [] : privateNames(constructor);
    if (names.length > 0) return refusePrivate(own ?? constructor, names);
  }
  return undefined;
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
