/** child_process.fork with its own channel, one child, no library. `serialization` is 'json' (Node's default) or 'advanced'. */
import { drive } from '../lib/driver.mjs';
import { ipc } from '../lib/raw.mjs';
import { roundTrips, tasksPerSecond } from '../lib/timing.mjs';

await drive(import.meta, {
  tasks: async ({ serialization, ...parameters }) => {
    const channel = await ipc(serialization);
    const rate = await tasksPerSecond(() => channel.call(), parameters);
    channel.end();
    return rate;
  },
  roundTrip: async ({ serialization, count }) => {
    const channel = await ipc(serialization);
    const times = await roundTrips(() => channel.call(), { count });
    channel.end();
    return times;
  },
  argument: async ({ serialization, bytes, count }) => {
    const channel = await ipc(serialization);
    const value = new Uint8Array(bytes).fill(7);
    const times = await roundTrips(() => channel.call('lastByte', value), { count });
    channel.end();
    return times;
  },
  result: async ({ serialization, bytes, count }) => {
    const channel = await ipc(serialization);
    const times = await roundTrips(() => channel.call('makeBytes', bytes), { count });
    channel.end();
    return times;
  },
});
