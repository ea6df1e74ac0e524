/** This library: typed arrays as arguments and results. No option is set: copies above its threshold go through shared memory by themselves. */
import { drive } from '../../lib/driver.mjs';
import { manycore, warmPool } from '../../lib/manycore.mjs';
import { roundTrips } from '../../lib/timing.mjs';
import { lastByte, makeBytes, noop } from '../../tasks/tasks.mjs';

await drive(import.meta, {
  argument: async ({ bytes, count, context }) => {
    const pool = await warmPool({ context });
    const value = new Uint8Array(bytes).fill(7);
    const times = await roundTrips(() => pool.apply(lastByte, [value]), { count });
    await pool.terminate();
    return times;
  },
  result: async ({ bytes, count, context }) => {
    const pool = await warmPool({ context });
    const times = await roundTrips(() => pool.apply(makeBytes, [bytes]), { count });
    await pool.terminate();
    return times;
  },
  shared: async ({ bytes, count, context }) => {
    const { RawArray } = await manycore('RawArray');
    const pool = await warmPool({ context });
    const value = RawArray('B', bytes).fill(7);
    const times = await roundTrips(() => pool.apply(lastByte, [value]), { count });
    await pool.terminate();
    return times;
  },
  noop: async ({ count, context }) => {
    const pool = await warmPool({ context });
    const times = await roundTrips(() => pool.apply(noop), { count });
    await pool.terminate();
    return times;
  },
});
