/** This library: Pool's mapping methods. */
import { drive } from '../../lib/driver.mjs';
import { manycore, warmPool } from '../../lib/manycore.mjs';
import { peakMemory } from '../../lib/memory.mjs';
import { lowerBound, skewedLengths } from '../../tasks/skewed.mjs';
import { echo, noop, spin } from '../../tasks/tasks.mjs';

/** @param {number} count */
function* numbers(count) {
  for (let index = 0; index < count; index++) yield index;
}

/** Items per second of imapUnordered over a generator. @param {any} pool @param {number} count @param {object} [options] */
async function unordered(pool, count, options) {
  const start = performance.now();
  let seen = 0;
  for await (const _ of pool.imapUnordered(noop, numbers(count), options)) seen++;
  if (seen !== count) throw new Error(`${seen} results of ${count}`);
  return (count / (performance.now() - start)) * 1000;
}

await drive(import.meta, {
  map: async ({ count, context }) => {
    const pool = await warmPool({ context });
    await pool.map(noop, numbers(1000));
    // A list that is there, as in Python: to make it is the program's work.
    const items = [...numbers(count)];
    const start = performance.now();
    await pool.map(noop, items);
    const rate = (count / (performance.now() - start)) * 1000;
    await pool.terminate();
    return rate;
  },
  imapUnordered: async ({ count, chunk, context }) => {
    const pool = await warmPool({ context });
    await pool.map(noop, numbers(1000));
    const rate = await unordered(pool, count, { chunkSize: chunk });
    await pool.terminate();
    return rate;
  },
  skewed: async ({ count, context }) => {
    const pool = await warmPool({ context });
    const lengths = skewedLengths(count);
    const start = performance.now();
    await pool.map(spin, lengths);
    const makespan = performance.now() - start;
    await pool.terminate();
    return makespan / lowerBound(lengths, 2);
  },
  manyItems: async ({ count, context }) => {
    const pool = await warmPool({ context });
    const few = await unordered(pool, count);
    const before = peakMemory();
    const many = await unordered(pool, count * 10);
    const growth = peakMemory() - before;
    await pool.terminate();
    return { 'rate kept': many / few, 'growth MiB': growth, 'items/s': many };
  },
  firstResult: async ({ context }) => {
    // The import is paid by the program once, as the peers' imports are: it is not part of the time.
    const { Pool } = await manycore('Pool');
    const start = performance.now();
    const pool = new Pool({ processes: 2, ...(context === undefined ? {} : { context }) });
    await pool.apply(echo, [1]);
    const time = performance.now() - start;
    await pool.terminate();
    return time;
  },
  manyWorkers: async ({ workers, context }) => {
    const start = performance.now();
    const pool = await warmPool({ workers, context });
    const time = performance.now() - start;
    await pool.terminate();
    return time;
  },
});
