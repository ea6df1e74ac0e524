import { wrongUse } from '../../base/invalid.ts';
import { nearest } from '../../base/nearest.ts';
import type { AnyClass, AnyFunction } from '../../base/types.ts';

/** What makes the objects of a type: a class, or a function that gives them. */
export type Factory = AnyClass | AnyFunction;

/** How objects of one type are made and what clients may do with them. */
export interface TypeRule {
  readonly factory: Factory;
  /** Methods that clients may call; all public ones when absent. */
  readonly exposed?: readonly string[] | undefined;
  /** Methods whose result stays in the server, and the type of the proxy that callers get for it. */
  readonly methodToTypeid?: Readonly<Record<string, string>> | undefined;
  /** Class of the proxies, by reference. */
  readonly proxy?: Function | undefined;
}

/** Types that a server can make, by name. */
export class TypeTable {
  readonly #rules: ReadonlyMap<string, TypeRule>;

  constructor(rules: ReadonlyMap<string, TypeRule>) {
    this.#rules = rules;
  }

  get names(): readonly string[] {
    return [...this.#rules.keys()];
  }

  /** @throws TypeError when there is no such type. */
  get(typeid: string): TypeRule {
    const rule = this.#rules.get(typeid);
    if (rule) return rule;
    const close = nearest(typeid, this.names);
    const hint = close === undefined ? `known are ${this.names.join(', ')}` : `did you mean \`${close}\`?`;
    throw wrongUse('manager', `no type \`${typeid}\` is registered; ${hint}`);
  }

  /** Name of the type that this class or function makes. */
  nameOf(factory: Factory): string | undefined {
    for (const [name, rule] of this.#rules) if (rule.factory === factory) return name;
    return undefined;
  }
}

/** Calls a factory, with `new` when it is a class. */
export function produce(factory: Factory, args: readonly unknown[]): unknown {
  if (isClass(factory)) return Reflect.construct(factory, args);
  return Reflect.apply(factory as (...args: unknown[]) => unknown, undefined, args); // no class, so a function
}

function isClass(factory: Factory): factory is new (...args: never[]) => object {
  return /^class\b/.test(Function.prototype.toString.call(factory));
}
