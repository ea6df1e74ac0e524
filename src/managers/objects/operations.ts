import { wrongType, wrongUse } from '../../base/invalid.ts';
import { isDeepStrictEqual } from 'node:util';

/** A change that is described and not programmed: it also goes where functions may not, such as over a socket. */
export type Operation =
  | { readonly op: 'add'; readonly by: number | bigint }
  | { readonly op: 'append'; readonly value: unknown }
  | { readonly op: 'min' | 'max'; readonly value: number }
  /** Sets the value if there is none. */
  | { readonly op: 'default'; readonly value: unknown }
  /** Sets the value if it is now equal to `expected`. */
  | { readonly op: 'swap'; readonly expected: unknown; readonly value: unknown };

/** How a value becomes another: a function that runs in the manager's server, or an {@link Operation}. */
export type Change<V> = ((value: V) => V) | Operation;

/** The value that comes out of a change. @throws TypeError when it is not a change, or does not fit the value. */
export function applyChange(owner: string, change: unknown, value: unknown): unknown {
  if (typeof change === 'function') {
    const changed: unknown = change(value);
    if (changed instanceof Promise) {
      // Nobody will await it.
      changed.catch(() => {});
      throw wrongUse(owner, 'the function must not be async: others would see the object between its steps');
    }
    return changed;
  }
  if (typeof change !== 'object' || change === null || !('op' in change)) {
    throw wrongType(owner, 'change', "a function or an operation such as `{ op: 'add', by: 1 }`", change);
  }
  // Looked at by the cases below.
  return operate(owner, change as Operation, value);
}

function operate(owner: string, change: Operation, value: unknown): unknown {
  switch (change.op) {
    case 'add':
      return add(owner, value, change.by);
    case 'append':
      if (value === undefined) return [change.value];
      if (!Array.isArray(value)) throw wrongType(owner, 'value', 'an array to append to', value);
      return [...(value as unknown[]), change.value];
    case 'min':
    case 'max': {
      if (value === undefined) return change.value;
      if (typeof value !== 'number') throw wrongType(owner, 'value', 'a number', value);
      return change.op === 'min' ? Math.min(value, change.value) : Math.max(value, change.value);
    }
    case 'default':
      return value === undefined ? change.value : value;
    case 'swap':
      return isSame(value, change.expected) ? change.value : value;
    default: {
      const unknown: never = change;
      throw wrongType(owner, 'change', 'a known operation (add, append, min, max, default, swap)', unknown);
    }
  }
}

function add(owner: string, value: unknown, by: number | bigint): number | bigint {
  if (typeof by === 'bigint') {
    if (value !== undefined && typeof value !== 'bigint') throw wrongType(owner, 'value', 'a bigint', value);
    return (value ?? 0n) + by;
  }
  if (typeof by !== 'number') throw wrongType(owner, 'by', 'a number or a bigint', by);
  if (value !== undefined && typeof value !== 'number') throw wrongType(owner, 'value', 'a number', value);
  return (value ?? 0) + by;
}

/** Equality of what came in different messages: by value, because objects arrive as copies. */
export function isSame(one: unknown, other: unknown): boolean {
  if (one === other || (one !== one && other !== other)) return true;
  return typeof one === 'object' && typeof other === 'object' && isDeepStrictEqual(one, other);
}
