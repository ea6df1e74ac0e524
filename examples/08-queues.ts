// A queue between one producer and two consumers. Python: multiprocessing.Queue.

import { setTimeout } from 'node:timers/promises';

import { Process, Queue, QueueEmptyError, isMain } from 'manycore';

export async function producer(queue: Queue<string>, name: string): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const item = `${name}-Item-${i}`;
    await queue.put(item);
    console.log(`Produced: ${item}`);
    await setTimeout(10 + Math.random() * 40);
  }
}

export async function consumer(queue: Queue<string>, name: string): Promise<void> {
  while (true) {
    try {
      const item = await queue.get({ timeout: 2000 });
      console.log(`${name} consumed: ${item}`);
      await setTimeout(20 + Math.random() * 60);
    } catch (error) {
      if (!(error instanceof QueueEmptyError)) throw error;
      console.log(`${name} timed out`);
      break;
    }
  }
}

export async function reader(queue: Queue<string>, name: string): Promise<void> {
  // Ends when the queue is shut down and everything was taken; no time-out has to be guessed.
  for await (const item of queue) console.log(`${name} read: ${item}`);
  console.log(`${name} is done`);
}

async function main(): Promise<void> {
  const queue = new Queue<string>();

  const producing = new Process({ target: producer, args: [queue, 'Producer'] });
  producing.start();
  const consuming = [0, 1].map((i) => new Process({ target: consumer, args: [queue, `Consumer-${i}`] }));
  for (const process of consuming) process.start();

  await producing.join();
  for (const process of consuming) await process.join();

  // A queue can also be iterated, and says itself when it is over.
  const reading = new Process({ target: reader, args: [queue, 'Reader'] });
  reading.start();
  await producer(queue, 'Main');
  queue.shutdown();
  await reading.join();
  console.log(`Left in the queue: ${queue.qsize()}`);
}

if (isMain(import.meta)) await main();
