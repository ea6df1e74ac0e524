// The shortest program that uses all cores, in plain JavaScript.

import { Pool, isMain } from 'manycore';

export function countPrimes(limit) {
  let count = 0;
  for (let n = 2; n < limit; n += 1) {
    let isPrime = true;
    for (let d = 2; d * d <= n && isPrime; d += 1) isPrime = n % d !== 0;
    if (isPrime) count += 1;
  }
  return count;
}

if (isMain(import.meta)) {
  const pool = new Pool();
  console.log(await pool.map(countPrimes, [10_000, 20_000, 30_000, 40_000]));
  await pool.terminate();
}
