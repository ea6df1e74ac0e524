/**
 * poolifier, FixedThreadPool: its documentation advises the fixed pool for a known size. The tasks queue stays off (its
 * default): with it the rate of no-ops falls to between a quarter and two thirds, and skewed lengths take up to twice the time.
 */
import { fileURLToPath } from 'node:url';
import { FixedThreadPool } from 'poolifier';
import { drive } from '../lib/driver.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';
import { lowerBound, skewedLengths } from '../tasks/skewed.mjs';

const open = async () => {
  const pool = new FixedThreadPool(2, fileURLToPath(new URL('../tasks/poolifier.mjs', import.meta.url)), {
    enableEvents: false,
  });
  await Promise.all(Array.from({ length: 8 }, () => pool.execute(undefined, 'noop')));
  return pool;
};

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await open();
    return tasksPerSecond(() => pool.execute(undefined, 'noop'), parameters);
  },
  roundTrip: async (parameters) => {
    const pool = await open();
    return roundTrips(() => pool.execute(undefined, 'noop'), parameters);
  },
  map: async ({ count }) => {
    const pool = await open();
    const items = Array.from({ length: count }, (_, index) => index);
    const start = performance.now();
    await pool.mapExecute(items, 'noop');
    return (count / (performance.now() - start)) * 1000;
  },
  skewed: async ({ count }) => {
    const pool = await open();
    const lengths = skewedLengths(count);
    const start = performance.now();
    await pool.mapExecute(lengths, 'spin');
    return (performance.now() - start) / lowerBound(lengths, 2);
  },
});
