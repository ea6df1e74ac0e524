import { inspect } from 'node:util';

const { getOwnPropertySymbols, keys } = Object;

/** From here on asking `inspect` (1 µs) is cheaper than listing all indices as strings. */
const FEW_KEYS = 32;
/** Made once: a number becomes a text more slowly than two texts are compared. */
const INDICES: readonly string[] = Array.from({ length: FEW_KEYS }, (_, index) => String(index));

/** Shows everything of an array but its elements, in a time that does not depend on their number. No other public function does. */
const NAMED_ONLY = { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity } as const;

/** Whether an array has no enumerable properties but its elements. Holes are noticed in short arrays only; whoever reads the elements must look for them. */
export function hasOnlyIndices(array: readonly unknown[]): boolean {
  const length = array.length;
  if (length > FEW_KEYS) return inspect(array, NAMED_ONLY) === `[ ... ${length} more items ]`;
  const own = keys(array);
  if (own.length !== length || getOwnPropertySymbols(array).length > 0) return false;
  // As many names as holes would make up the number; they stand behind the indices.
  return length === 0 || own[length - 1] === INDICES[length - 1];
}

/** In longer runs of holes it is cheaper to go from key to key than from index to index. */
const MAX_HOLE_WALK = 1024;

/** The first index from `from` on that has an element; the length when there is none. */
export function nextIndex(array: readonly unknown[], from: number): number {
  const near = Math.min(array.length, from + MAX_HOLE_WALK);
  for (let i = from + 1; i < near; i++) if (Object.hasOwn(array, i)) return i;
  if (near === array.length) return near;
  // Integer keys come first and in ascending order.
  for (const key of keys(array)) {
    const index = Number(key);
    if (index >= near && String(index) === key && index < array.length) return index;
  }
  return array.length;
}

/** Enumerable keys of an array that are no indices. */
export function namesBesides(array: readonly unknown[]): PropertyKey[] {
  const symbols = getOwnPropertySymbols(array).filter((key) => Object.prototype.propertyIsEnumerable.call(array, key));
  return [...keys(array).filter((key) => !isIndex(key)), ...symbols];
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && String(index) === key;
}
