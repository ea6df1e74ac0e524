/**
 * tinypool. `runtime` is 'worker_threads' (its default) or 'child_process'; isolateWorkers stays off, which reuses workers;
 * `perWorker` is concurrentTasksPerWorker (64 is the fastest at dispatch). Fixed size as its documentation advises.
 */
import { Tinypool } from 'tinypool';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

const open = async (/** @type {{ perWorker?: number, runtime?: 'worker_threads' | 'child_process' }} */ options) => {
  const pool = new Tinypool({
    filename: new URL('../tasks/tasks.mjs', import.meta.url).href,
    minThreads: 2,
    maxThreads: 2,
    concurrentTasksPerWorker: options.perWorker ?? 1,
    runtime: options.runtime ?? 'worker_threads',
    idleTimeout: 600_000,
  });
  await Promise.all(Array.from({ length: 8 }, () => pool.run(undefined, { name: 'noop' })));
  return pool;
};

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await open(parameters);
    const options = { name: 'noop' };
    const rate = await tasksPerSecond(() => pool.run(undefined, options), parameters);
    await pool.destroy();
    return rate;
  },
  roundTrip: async (parameters) => {
    const pool = await open(parameters);
    const times = await roundTrips(() => pool.run(undefined, { name: 'noop' }), parameters);
    await pool.destroy();
    return times;
  },
});
