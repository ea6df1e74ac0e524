import { sharedState } from '../base/globals.ts';
import { checkFunction } from '../base/options.ts';
import { rulesChanged } from './handlers.ts';

/** Method that says how an instance travels: it gives `[fn, ...args]`, and the receiver gets what `fn(...args)` (or `new fn(...args)`) gives. */
export const REDUCE: unique symbol = Symbol.for('manycore.reduce');

/** How instances of one class travel. */
export interface Reducer {
  readonly take: (instance: object) => unknown;
  readonly make: Function;
}

/** One table for all copies of the library in a thread. */
const byPrototype = sharedState('reduction.reducers.1', () => new Map<object, Reducer>());

/**
 * Says how the instances of a class travel, without touching the class.
 *
 * Only the sender needs the registration: `make` is sent with the value, as any function is. Instances of subclasses are not covered.
 *
 * @param constructor The class.
 * @param take Gives something sendable that says all about an instance.
 * @param make Builds an instance from that, in the receiver.
 * @see Python `copyreg.pickle`
 */
export function registerReducer<Instance extends object, Plain>(
  constructor: abstract new (...args: never[]) => Instance,
  take: (instance: Instance) => Plain,
  make: (plain: Plain) => Instance,
): void {
  checkFunction('registerReducer', 'constructor', constructor);
  checkFunction('registerReducer', 'take', take);
  checkFunction('registerReducer', 'make', make);
  // Only instances of the class reach `take`.
  byPrototype.set(constructor.prototype as object, { take: take as (instance: object) => unknown, make });
  rulesChanged();
}

/** The reducer of the class with this prototype. */
export function reducerOf(prototype: object): Reducer | undefined {
  return byPrototype.get(prototype);
}
