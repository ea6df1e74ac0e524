/** Node's worker thread and MessagePort, one worker, no library. The floor for thread pools. */
import { drive } from '../lib/driver.mjs';
import { messagePort } from '../lib/raw.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

await drive(import.meta, {
  tasks: async (parameters) => {
    const port = await messagePort();
    return tasksPerSecond(() => port.call(), parameters);
  },
  roundTrip: async (parameters) => {
    const port = await messagePort();
    return roundTrips(() => port.call(), parameters);
  },
  // The array is copied (structured clone), as every pool over MessagePort does when it is not told to give it away.
  argument: async ({ bytes, count }) => {
    const port = await messagePort();
    const value = new Uint8Array(bytes).fill(7);
    return roundTrips(() => port.call('lastByte', value), { count });
  },
  result: async ({ bytes, count }) => {
    const port = await messagePort();
    return roundTrips(() => port.call('makeBytes', bytes), { count });
  },
  shared: async ({ bytes, count }) => {
    const port = await messagePort();
    const value = new Uint8Array(new SharedArrayBuffer(bytes)).fill(7);
    return roundTrips(() => port.call('lastByte', value), { count });
  },
});
