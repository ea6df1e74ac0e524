import { wrongType } from '../base/invalid.ts';
import { checkOptions } from '../base/options.ts';
import { Holdable } from '../synchronize/holdable.ts';
import { RLock } from '../synchronize/lock.ts';

/** Options of `Value` and `Array`. */
export interface LockOption<L extends boolean | Holdable = boolean | Holdable> {
  /** `true` (the default): an `RLock` of its own; `false`: none; or the lock to use. */
  readonly lock?: L | undefined;
}

/** What an object with a lock has. Access takes no lock by itself. */
export interface Guarded<Raw, L extends Holdable = RLock> {
  /** The lock that belongs to it. */
  getLock(): L;
  /** The same memory without these methods. */
  getObj(): Raw;
}

/** The lock that the options ask for; `undefined` for none. @throws TypeError when it is no lock. */
export function lockOf(owner: string, options: LockOption | undefined): Holdable | undefined {
  if (options === undefined) return new RLock();
  checkOptions(owner, options, ['lock']);
  const { lock = true } = options;
  if (lock === true) return new RLock();
  if (lock === false) return undefined;
  if (lock instanceof Holdable) return lock;
  throw wrongType(owner, 'lock', 'a lock, `true` or `false`', lock);
}

/** Gives an object its lock. */
export function guard<Shared extends object, Raw>(
  shared: Shared,
  raw: Raw,
  lock: Holdable,
): Shared & Guarded<Raw, Holdable> {
  Object.defineProperties(shared, {
    getLock: { value: () => lock, enumerable: false },
    getObj: { value: () => raw, enumerable: false },
  });
  return shared as Shared & Guarded<Raw, Holdable>; // it has been given what was missing
}
