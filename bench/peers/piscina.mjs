/**
 * Piscina, threads. `perWorker` is concurrentTasksPerWorker: its documentation keeps 1 for work that is synchronous, but
 * 64 is the fastest at dispatch, so dispatch is measured at 64. Fixed size: minThreads = maxThreads. Atomics stay on (default).
 */
import { Piscina } from 'piscina';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';
import { lowerBound, skewedLengths } from '../tasks/skewed.mjs';

const open = async (/** @type {{ workers?: number, perWorker?: number }} */ { workers = 2, perWorker = 1 }) => {
  const pool = new Piscina({
    filename: new URL('../tasks/tasks.mjs', import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    concurrentTasksPerWorker: perWorker,
    idleTimeout: 600_000,
  });
  await Promise.all(Array.from({ length: workers * 4 }, () => pool.run(undefined, { name: 'noop' })));
  return pool;
};

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await open(parameters);
    const options = { name: 'noop' };
    return tasksPerSecond(() => pool.run(undefined, options), parameters);
  },
  roundTrip: async (parameters) => {
    const pool = await open(parameters);
    return roundTrips(() => pool.run(undefined, { name: 'noop' }), parameters);
  },
  argument: async ({ bytes, count }) => {
    const pool = await open({});
    const value = new Uint8Array(bytes).fill(7);
    return roundTrips(() => pool.run(value, { name: 'lastByte' }), { count });
  },
  result: async ({ bytes, count }) => {
    const pool = await open({});
    return roundTrips(() => pool.run(bytes, { name: 'makeBytes' }), { count });
  },
  skewed: async ({ count }) => {
    const pool = await open({});
    const lengths = skewedLengths(count);
    const start = performance.now();
    await Promise.all(lengths.map((length) => pool.run(length, { name: 'spin' })));
    return (performance.now() - start) / lowerBound(lengths, 2);
  },
  firstResult: async () => {
    const start = performance.now();
    const pool = new Piscina({
      filename: new URL('../tasks/tasks.mjs', import.meta.url).href,
      minThreads: 2,
      maxThreads: 2,
    });
    await pool.run(1, { name: 'echo' });
    return performance.now() - start;
  },
});
