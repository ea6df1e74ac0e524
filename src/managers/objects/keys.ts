import { wrongType } from '../../base/invalid.ts';
import { contentsOf, isReferent } from '../proxies/marks.ts';

/**
 * A key of a dict or element of a set must be something that is found again after it was sent: a primitive or a proxy.
 *
 * @throws TypeError for other objects, of which every message carries a new copy.
 */
export function checkKey(owner: string, name: string, key: unknown): void {
  if ((typeof key !== 'object' && typeof key !== 'function') || key === null || isReferent(key)) return;
  throw wrongType(owner, name, 'a primitive value or a proxy (a copy of an object would never be found again)', key);
}

/** The entries of whatever has some: a Map, pairs, a plain object. */
export function entriesOf(owner: string, given: unknown): Iterable<readonly [unknown, unknown]> {
  const source = contentsOf(given);
  if (source instanceof Map) return source;
  if (typeof source !== 'object' || source === null)
    throw wrongType(owner, 'entries', 'a Map, pairs or an object', source);
  if (!(Symbol.iterator in source)) return Object.entries(source);
  const pairs: unknown[] = [...(source as Iterable<unknown>)]; // it has an iterator
  return pairs.map((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrongType(owner, 'entries', 'pairs of key and value', pair);
    return [pair[0], pair[1]] as const;
  });
}
