import assert from 'node:assert/strict';
import { Pool, type PoolOptions } from 'manycore';
import * as tasks from './tasks.ts';

/** After whatever has happened, the pool still works: four tasks in a row, and a map. */
export async function assertWorks(pool: Pool): Promise<void> {
  for (let i = 1; i <= 4; i++) assert.equal(await pool.apply(tasks.square, [i]), i * i);
  assert.deepEqual(await pool.map(tasks.square, [1, 2, 3, 4]), [1, 4, 9, 16]);
}

/** Runs `body` with a pool that is terminated afterwards. */
export async function withPool(options: PoolOptions, body: (pool: Pool) => Promise<void>): Promise<void> {
  await using pool = new Pool({ processes: 2, ...options });
  await body(pool);
}

/** A context bound to a start method. */
export function contextOf(method: string): { getStartMethod(): string } {
  return { getStartMethod: () => method };
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

/** Makes the library's lasting things before leaks are counted. */
export async function warmUp(): Promise<void> {
  await using pool = new Pool(1);
  await pool.apply(tasks.square, [1]);
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** What the library promises: everything settles within this time. */
export const PROMISED_MS = 5_000;
/** The machine is shared with other tests: there it may take so many times as long. */
export const TOLERANCE = 3;

/** The promise's outcome, which must come in time. */
export async function settles<T>(promise: PromiseLike<T>): Promise<PromiseSettledResult<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const limitMs = PROMISED_MS * TOLERANCE;
    timer = setTimeout(() => reject(new Error(`it did not settle within ${limitMs} ms`)), limitMs);
  });
  try {
    const [result] = await Promise.race([Promise.allSettled([promise]), late]);
    return result;
  } finally {
    clearTimeout(timer);
  }
}
