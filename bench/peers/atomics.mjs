/** Two threads that wake each other with Atomics.wait and Atomics.notify: what JavaScript has without an addon. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { drive } from '../lib/driver.mjs';
import { roundTripsSync } from '../lib/timing.mjs';

const farEnd = new URL('../tasks/atomics.mjs', import.meta.url);

await drive(import.meta, {
  roundTrip: async ({ count }) => {
    const words = new Int32Array(new SharedArrayBuffer(4096));
    const worker = new Worker(farEnd, { workerData: words });
    await once(worker, 'message');
    let turn = 0;
    return roundTripsSync(
      () => {
        turn++;
        Atomics.store(words, 0, turn);
        Atomics.notify(words, 0);
        while (Atomics.load(words, 16) !== turn) Atomics.wait(words, 16, turn - 1);
      },
      { count },
    );
  },
  // A lock of one word without any owner, wait or fairness: nothing that locks can be cheaper.
  uncontended: ({ count }) => {
    const words = new Int32Array(new SharedArrayBuffer(64));
    const run = () => {
      for (let index = 0; index < count; index++) {
        if (Atomics.compareExchange(words, 0, 0, 1) !== 0) throw new Error('held');
        Atomics.store(words, 0, 0);
      }
    };
    run();
    const start = performance.now();
    run();
    return { Lock: ((performance.now() - start) / count) * 1e6 };
  },
});
