/** This library: calls of functions that travel by reference or by value, and what their analysis costs. */
import { drive } from '../../lib/driver.mjs';
import { manycore, warmPool } from '../../lib/manycore.mjs';
import { percentiles, roundTrips } from '../../lib/timing.mjs';
import { echo } from '../../tasks/tasks.mjs';

/** A closure that no module exports. @param {number} step */
const adder = (step) => (/** @type {number} */ value) => value + step;

await drive(import.meta, {
  byValue: async ({ count, context, way }) => {
    const pool = await warmPool({ context });
    const add = adder(3);
    let step = 0;
    const calls = {
      reference: () => pool.apply(echo, [1]),
      value: () => pool.apply(add, [1]),
      fresh: () => pool.apply(adder(step++), [1]),
    };
    const times = await roundTrips(calls[/** @type {keyof typeof calls} */ (way)], { count });
    await pool.terminate();
    return times;
  },
  prepare: async ({ count }) => {
    const { explain } = await manycore('explain');
    const time = (/** @type {() => Function} */ make) => {
      const times = Array.from({ length: count }, () => {
        const subject = make();
        const start = performance.now();
        explain(subject);
        return performance.now() - start;
      });
      return percentiles(times, 1000).p50;
    };
    return { reference: time(() => echo), 'new closure': time(() => adder(count)) };
  },
});
