/** This library: the start of single processes, by start method. */
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';
import { clockNanoseconds, percentiles, rest } from '../../lib/timing.mjs';
import { stampNow } from '../../tasks/tasks.mjs';

await drive(import.meta, {
  start: async ({ method, count, rest: pause }) => {
    const { Process, RawArray } = await manycore('Process', 'RawArray');
    const stamp = RawArray('d', 1);
    const runs = [];
    const joins = [];
    for (let index = 0; index < count + 2; index++) {
      await rest(pause);
      const began = clockNanoseconds();
      const child = new Process({ target: stampNow, args: [stamp], context: method });
      child.start();
      await child.join();
      if (child.exitCode !== 0) throw new Error(`exit code ${child.exitCode}`);
      if (index < 2) continue;
      runs.push(stamp[0] - began);
      joins.push(clockNanoseconds() - began);
    }
    return { 'target runs': percentiles(runs, 1e-6).p50, 'start + join': percentiles(joins, 1e-6).p50 };
  },
});
