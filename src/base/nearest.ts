/**
 * The known word that `word` is most likely a misspelling of, or `undefined` when none is near.
 *
 * Near is: equal without case, or at most a third of the letters to insert, delete or replace, or one starts with the other.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  if (best === undefined) return undefined;
  if (least <= Math.max(1, Math.floor(Math.max(word.length, best.length) / 3))) return best;
  if (word.length < 3) return undefined;
  return known.find((one) => one.toLowerCase().startsWith(wanted) || wanted.startsWith(one.toLowerCase()));
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
