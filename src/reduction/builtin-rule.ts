import type { Handler } from './ports.ts';

/** A rule, and how it knows the instances it is for. */
export interface BuiltinRule {
  readonly handler: Handler<object, unknown>;
  /** Whether this is the prototype of the class that is meant, and not of another one of that name. */
  isOwn(prototype: object): boolean;
}
