/** This library: locks and events. The blocking twins are measured, as CPython has no others; `await` stands beside them. */
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';
import { roundTripsSync } from '../../lib/timing.mjs';
import { addLocked, addToValue, echoEvents } from '../../tasks/shared-objects.mjs';

/** Runs before the one that counts: after each other kind of lock the compiler starts anew. */
const WARM_UPS = 4;

/** Nanoseconds of one turn, warmed up. @param {number} count @param {() => void} turn */
function nanoseconds(count, turn) {
  let time = 0;
  for (let run = 0; run <= WARM_UPS; run++) {
    const start = performance.now();
    for (let index = 0; index < count; index++) turn();
    time = performance.now() - start;
  }
  return (time / count) * 1e6;
}

await drive(import.meta, {
  uncontended: async ({ count }) => {
    const { Lock, RLock, Semaphore } = await manycore('Lock', 'RLock', 'Semaphore');
    /** @type {Record<string, number>} */
    const values = {};
    for (const [name, lock] of Object.entries({ Lock: new Lock(), RLock: new RLock(), Semaphore: new Semaphore(1) })) {
      values[name] = nanoseconds(count, () => {
        lock.acquireSync();
        lock.release();
      });
    }
    const lock = new Lock();
    values['Lock, tryAcquire'] = nanoseconds(count, () => {
      lock.tryAcquire();
      lock.release();
    });
    const start = performance.now();
    for (let index = 0; index < count; index++) {
      await lock.acquire();
      lock.release();
    }
    values['Lock, awaited'] = ((performance.now() - start) / count) * 1e6;
    return values;
  },
  contended: async ({ count }) => {
    const names = ['Lock', 'Event', 'Semaphore', 'Process', 'RawArray'];
    const { Lock, Event, Semaphore, Process, RawArray } = await manycore(...names);
    const [lock, go, ready, number] = [new Lock(), new Event(), new Semaphore(0), RawArray('i', 1)];
    const children = [0, 1].map(() => new Process({ target: addLocked, args: [lock, number, count, ready, go] }));
    for (const child of children) child.start();
    await ready.acquire();
    await ready.acquire();
    const start = performance.now();
    go.set();
    for (const child of children) await child.join();
    const time = performance.now() - start;
    if (number[0] !== 2 * count) throw new Error(`${number[0]} additions of ${2 * count}`);
    return ((2 * count) / time) * 1000;
  },
  lockedValue: async ({ count, workers }) => {
    const { Value, Event, Semaphore, Process } = await manycore('Value', 'Event', 'Semaphore', 'Process');
    const [number, go, ready] = [Value('d', 0), new Event(), new Semaphore(0)];
    const children = Array.from(
      { length: workers },
      () => new Process({ target: addToValue, args: [number, count, ready, go] }),
    );
    for (const child of children) child.start();
    for (const _ of children) await ready.acquire();
    const start = performance.now();
    go.set();
    for (const _ of children) await ready.acquire();
    const time = performance.now() - start;
    for (const child of children) await child.join();
    if (number.value !== workers * count) throw new Error(`${number.value} additions of ${workers * count}`);
    return ((workers * count) / time) * 1000;
  },
  event: async ({ count }) => {
    const { Event, Process } = await manycore('Event', 'Process');
    const [ask, reply] = [new Event(), new Event()];
    const warmUp = Math.ceil(count / 10);
    const child = new Process({ target: echoEvents, args: [ask, reply, count + warmUp], daemon: true });
    child.start();
    const call = () => {
      ask.set();
      reply.waitSync();
      reply.clear();
    };
    const times = roundTripsSync(call, { count, warmUp });
    await child.join();
    return times;
  },
});
