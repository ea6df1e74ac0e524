import { wrongUse } from '../base/invalid.ts';
import { checkArray, checkFunction, checkOptions, checkString } from '../base/options.ts';
import { BaseProxy } from './proxies/base-proxy.ts';
import type { Factory, TypeRule } from './server/type-table.ts';

/** What clients may do with the objects of a type. */
export interface RegisterOptions {
  /** Methods that clients may call; by default all whose name does not start with an underscore. */
  readonly exposed?: readonly string[] | undefined;
  /** Class of the proxies, a subclass of `BaseProxy` that can be imported. */
  readonly proxy?: abstract new (...args: never[]) => BaseProxy<never, unknown>;
  /** Methods whose result stays in the server: callers get a proxy of the given type (`'Iterator'` to step through it). */
  readonly methodToTypeid?: Readonly<Record<string, string>> | undefined;
}

const KEYS = ['exposed', 'proxy', 'methodToTypeid'] as const;
const OWNER = 'BaseManager.register';

/** @throws TypeError for what is wrong. */
export function checkRule(typeid: string, factory: Factory | undefined, options: RegisterOptions): TypeRule {
  checkString(OWNER, 'typeid', typeid);
  if (factory !== undefined) checkFunction(OWNER, 'factory', factory);
  checkOptions(OWNER, options, KEYS);
  const { exposed, proxy, methodToTypeid } = options;
  if (exposed !== undefined) {
    checkArray(OWNER, 'exposed', exposed);
    for (const [index, name] of exposed.entries()) checkString(OWNER, `exposed[${index}]`, name);
  }
  if (proxy !== undefined) {
    checkFunction(OWNER, 'proxy', proxy);
    const { prototype } = proxy as { prototype: unknown }; // of any function
    if (!(prototype instanceof BaseProxy)) throw wrongUse(OWNER, '`proxy` must be a class that extends BaseProxy');
  }
  return { factory: factory ?? notHere(typeid), exposed, methodToTypeid, proxy };
}

/** For programs that only connect: the server has the factory. */
function notHere(typeid: string): Factory {
  return () => {
    throw wrongUse(
      `manager.${typeid}`,
      'it was registered without a factory, so no server of this program can make it',
    );
  };
}

const own = new WeakMap<object, Map<string, TypeRule>>();

/** Notes a type of a class of managers. */
export function noteRule(Class: object, typeid: string, rule: TypeRule): void {
  const rules = own.get(Class) ?? new Map<string, TypeRule>();
  own.set(Class, rules.set(typeid, rule));
}

/** The types of a class of managers and of those above it. */
export function rulesOf(Class: object): Map<string, TypeRule> {
  const above: unknown = Object.getPrototypeOf(Class);
  const rules = typeof above === 'function' ? rulesOf(above) : new Map<string, TypeRule>();
  for (const [typeid, rule] of own.get(Class) ?? []) rules.set(typeid, rule);
  return rules;
}
