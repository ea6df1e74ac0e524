import { inspect } from 'node:util';

const { getOwnPropertySymbols, keys } = Object;

/** From here on asking `inspect` (1 µs) is cheaper than listing all indices as strings. */
const FEW_KEYS = 32;

/** Shows everything of an array but its elements, in a time that does not depend on their number. No other public function does. */
const NAMED_ONLY = { maxArrayLength: 0, depth: 0, customInspect: false, breakLength: Infinity } as const;

/** Whether an array has no enumerable properties but its elements. Holes are noticed in short arrays only; whoever reads the elements must look for them. */
export function hasOnlyIndices(array: readonly unknown[]): boolean {
  const length = array.length;
  if (length > FEW_KEYS) return inspect(array, NAMED_ONLY) === `[ ... ${length} more items ]`;
  return keys(array).length === length && getOwnPropertySymbols(array).length === 0;
}
