/** @param {number[]} values not empty */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Quotients of pairs: only figures of the same round are divided, so that a slow minute of the machine hits both.
 *
 * @param {(number | undefined)[]} dividends by round @param {(number | undefined)[]} divisors by round
 */
export function pairQuotients(dividends, divisors) {
  const quotients = [];
  for (const [round, dividend] of dividends.entries()) {
    const divisor = divisors[round];
    if (dividend !== undefined && divisor !== undefined && divisor !== 0) quotients.push(dividend / divisor);
  }
  return quotients;
}
