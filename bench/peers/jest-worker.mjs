/**
 * jest-worker, with `enableWorkerThreads` (the faster of its two kinds at dispatch) or without (its default, processes).
 * One task a worker at a time; 'round-robin' is its default scheduling.
 */
import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

const open = async (/** @type {{ threads?: boolean }} */ { threads = true }) => {
  const pool = /** @type {any} */ (
    new Worker(fileURLToPath(new URL('../tasks/tasks.mjs', import.meta.url)), {
      numWorkers: 2,
      enableWorkerThreads: threads,
      exposedMethods: ['noop'],
    })
  );
  await Promise.all(Array.from({ length: 8 }, () => pool.noop()));
  return pool;
};

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await open(parameters);
    const rate = await tasksPerSecond(() => pool.noop(), parameters);
    await pool.end();
    return rate;
  },
  roundTrip: async (parameters) => {
    const pool = await open(parameters);
    const times = await roundTrips(() => pool.noop(), parameters);
    await pool.end();
    return times;
  },
});
