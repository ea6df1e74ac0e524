/** This library: handing out tasks. `context` is a start method; absent, the default. */
import { spawnSync } from 'node:child_process';
import { drive } from '../../lib/driver.mjs';
import { builtFile, warmPool } from '../../lib/manycore.mjs';
import { percentiles, roundTrips, roundTripsSync, tasksPerSecond } from '../../lib/timing.mjs';
import { crunch, noop } from '../../tasks/tasks.mjs';

await drive(import.meta, {
  tasks: async (parameters) => {
    const pool = await warmPool(parameters);
    const rate = await tasksPerSecond(() => pool.apply(noop), parameters);
    await pool.terminate();
    return rate;
  },
  roundTrip: async (parameters) => {
    const pool = await warmPool(parameters);
    const times = await roundTrips(() => pool.apply(noop), parameters);
    await pool.terminate();
    return times;
  },
  roundTripSync: async (parameters) => {
    const pool = await warmPool(parameters);
    const times = roundTripsSync(() => pool.applySync(noop), parameters);
    await pool.terminate();
    return times;
  },
  halves: async ({ rounds, context }) => {
    const pool = await warmPool({ context });
    await pool.broadcast(crunch, [1_000_000]);
    const start = performance.now();
    await pool.map(crunch, [rounds / 2, rounds / 2], { chunkSize: 1 });
    const time = performance.now() - start;
    await pool.terminate();
    return time;
  },
  boot: ({ count }) => {
    const file = builtFile('entry/process.cjs');
    const times = Array.from({ length: count }, () => {
      const start = performance.now();
      // Without a host to serve it ends at once, with a complaint: all of its imports have been paid for then.
      spawnSync(process.execPath, [file], { stdio: 'ignore' });
      return performance.now() - start;
    });
    return { p50: percentiles(times).p50 };
  },
});
