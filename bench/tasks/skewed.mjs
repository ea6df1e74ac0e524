/**
 * Lengths in milliseconds that fall off exponentially, longest first: a pool that cuts the list into a few even chunks
 * gives one worker most of the work, and a pool that hands out single tasks comes to the lower bound.
 *
 * @param {number} count
 */
export function skewedLengths(count) {
  return Array.from({ length: count }, (_, index) => 1 + 60 * Math.exp((-index * 10) / count));
}

/** No schedule can end earlier. @param {number[]} lengths @param {number} workers */
export function lowerBound(lengths, workers) {
  const total = lengths.reduce((sum, length) => sum + length, 0);
  return Math.max(total / workers, Math.max(...lengths));
}
