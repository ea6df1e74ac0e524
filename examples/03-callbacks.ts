// A pool with callbacks: each result is handled as soon as it is there. Python: Pool.apply_async.

import { Pool, isMain } from 'manycore';

export function cpuTask(n: number): readonly [n: number, sum: number] {
  if (n > 50_000) throw new RangeError(`${n} is too much`);
  let sum = 0;
  for (let i = 0; i < n; i += 1) sum += i * i;
  return [n, sum];
}

function taskComplete([n, value]: readonly [n: number, sum: number]): void {
  console.log(`Task ${n} completed with result: ${value}`);
}

function errorCallback(error: unknown): void {
  console.log(`Task failed: ${error instanceof Error ? error.message : String(error)}`);
}

async function main(): Promise<void> {
  await using pool = new Pool(4);
  for (let i = 1; i <= 6; i += 1) {
    // Nothing waits here: the callbacks run when the results come.
    pool.applyAsync(cpuTask, [10_000 * i], { callback: taskComplete, errorCallback });
  }

  // No more tasks; wait until all are done.
  pool.close();
  await pool.join();

  // Callbacks are Python's way. With promises the same reads from top to bottom:
  await using again = new Pool(2);
  const settled = await Promise.allSettled([1, 6].map((i) => again.apply(cpuTask, [10_000 * i])));
  console.log(`With promises: ${settled.map(({ status }) => status).join(', ')}`);
}

if (isMain(import.meta)) await main();
