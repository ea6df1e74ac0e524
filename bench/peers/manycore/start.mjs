/** This library: the start of single processes, by start method. */
import { bigModule } from '../../lib/big-module.mjs';
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';
import { clockNanoseconds, percentiles, rest } from '../../lib/timing.mjs';
import { noop, stampNow } from '../../tasks/tasks.mjs';

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
  firstResult: async ({ method, count, rest: pause }) => {
    const { Pool } = await manycore('Pool');
    const times = [];
    for (let index = 0; index < count + 2; index++) {
      await rest(pause);
      const began = performance.now();
      const pool = new Pool(2, { context: method });
      await pool.apply(noop);
      if (index >= 2) times.push(performance.now() - began);
      await pool.terminate();
    }
    return percentiles(times).p50;
  },
  bigModule: async ({ method, count, rest: pause }) => {
    const { Process, RawArray, setForkserverPreload } = await manycore('Process', 'RawArray', 'setForkserverPreload');
    const url = bigModule();
    setForkserverPreload([url]);
    const target = (await import(url)).stampNow;
    const stamp = RawArray('d', 1);
    const times = [];
    for (let index = 0; index < count + 2; index++) {
      await rest(pause);
      const began = clockNanoseconds();
      const child = new Process({ target, args: [stamp], context: method });
      child.start();
      await child.join();
      if (child.exitCode !== 0) throw new Error(`exit code ${child.exitCode}`);
      if (index >= 2) times.push(stamp[0] - began);
    }
    return percentiles(times, 1e-6).p50;
  },
});
