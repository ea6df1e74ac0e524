/**
 * workerpool with a dedicated worker file, which its documentation calls faster than sending functions; fixed size.
 * `workerType` is 'thread' or 'process'. It gives a worker one task at a time; there is no setting for more.
 */
import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

const open = async (/** @type {{ workerType?: 'thread' | 'process' }} */ { workerType = 'thread' }) => {
  const pool = workerpool.pool(fileURLToPath(new URL('../tasks/workerpool.mjs', import.meta.url)), {
    workerType,
    minWorkers: 2,
    maxWorkers: 2,
  });
  await Promise.all(Array.from({ length: 8 }, () => pool.exec('noop', [])));
  return pool;
};

/** Functions sent as source: the only pool here, beside ours, that takes a function by value on every call. */
const addOne = (/** @type {number} */ value) => value + 1;

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await open(parameters);
    const rate = await tasksPerSecond(() => pool.exec('noop', []), parameters);
    await pool.terminate(true);
    return rate;
  },
  roundTrip: async (parameters) => {
    const pool = await open(parameters);
    const times = await roundTrips(() => pool.exec('noop', []), parameters);
    await pool.terminate(true);
    return times;
  },
  byValue: async ({ count, workerType }) => {
    const pool = workerpool.pool({ workerType, minWorkers: 2, maxWorkers: 2 });
    const times = await roundTrips(() => pool.exec(addOne, [1]), { count });
    await pool.terminate(true);
    return times;
  },
});
