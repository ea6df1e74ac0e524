/** This library: queues and pipes between this process and one other. `sync` uses the blocking twins on both sides. */
import { drive } from '../../lib/driver.mjs';
import { manycore } from '../../lib/manycore.mjs';
import { roundTrips, roundTripsSync } from '../../lib/timing.mjs';
import {
  answer,
  answerSync,
  consumeMany,
  echoMessages,
  echoMessagesSync,
  itemOf,
  produce,
  produceMany,
  produceSync,
} from '../../tasks/shared-objects.mjs';

await drive(import.meta, {
  queue: async ({ kind, sync, bytes, buffer, count }) => {
    const { [kind]: Queue, Process } = await manycore(kind, 'Process');
    const [queue, go] = [new Queue(), new Queue()];
    const item = itemOf(bytes, buffer);
    const child = new Process({ target: sync ? produceSync : produce, args: [queue, go, item], daemon: true });
    child.start();
    await queue.get();
    const flow = async (/** @type {number} */ items) => {
      await go.put(items);
      const start = performance.now();
      for (let index = 0; index < items; index++) {
        if (sync) queue.getSync();
        else await queue.get();
      }
      return (items / (performance.now() - start)) * 1000;
    };
    await flow(Math.ceil(count / 2));
    const rate = await flow(count);
    await go.put(0);
    await child.join();
    return rate;
  },
  queueMany: async ({ sides, count }) => {
    const { Queue, Process, Semaphore, Event } = await manycore('Queue', 'Process', 'Semaphore', 'Event');
    const [queue, ready, go] = [new Queue(), new Semaphore(0), new Event()];
    const targets = [produceMany, consumeMany].flatMap((target) => Array(sides).fill(target));
    const children = targets.map((target) => new Process({ target, args: [queue, go, count, ready] }));
    for (const child of children) child.start();
    for (const _ of children) await ready.acquire();
    const start = performance.now();
    go.set();
    for (const _ of children) await ready.acquire();
    const rate = ((sides * count) / (performance.now() - start)) * 1000;
    for (const child of children) await child.join();
    return rate;
  },
  queueRoundTrip: async ({ kind, sync, count }) => {
    const { [kind]: Queue } = await manycore(kind);
    const [requests, replies] = [new Queue(), new Queue()];
    const call = async () => {
      await requests.put(7);
      await replies.get();
    };
    const callSync = () => {
      requests.putSync(7);
      replies.getSync();
    };
    return roundTripsWith(sync ? answerSync : answer, [requests, replies], { sync, count, call, callSync });
  },
  pipeRoundTrip: async ({ sync, count }) => {
    const { Pipe } = await manycore('Pipe');
    const [near, far] = Pipe();
    const call = async () => {
      await near.send(7);
      await near.recv();
    };
    const callSync = () => {
      near.sendSync(7);
      near.recvSync();
    };
    return roundTripsWith(sync ? echoMessagesSync : echoMessages, [far], { sync, count, call, callSync });
  },
});

/** Times of `count` calls that a child answers, which is told how many will come. */
async function roundTripsWith(target, args, { sync, count, call, callSync }) {
  const { Process } = await manycore('Process');
  const warmUp = Math.ceil(count / 10);
  const child = new Process({ target, args: [...args, count + warmUp], daemon: true });
  child.start();
  const times = sync ? roundTripsSync(callSync, { count, warmUp }) : await roundTrips(call, { count, warmUp });
  await child.join();
  return times;
}
