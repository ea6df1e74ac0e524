/** One-way flow through Node's own channels: the far end sends a number of messages once told to, the near end counts them. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { drive } from '../lib/driver.mjs';

const farEnd = new URL('../tasks/flow.mjs', import.meta.url);

/** @param {'port' | 'ipc'} way */
function open(way) {
  if (way === 'ipc') {
    const child = fork(fileURLToPath(farEnd), { serialization: 'advanced' });
    return { far: child, send: (/** @type {any} */ message) => void child.send(message) };
  }
  const worker = new Worker(farEnd);
  return { far: worker, send: (/** @type {any} */ message) => worker.postMessage(message) };
}

await drive(import.meta, {
  queue: ({ way, bytes, buffer, count }) =>
    new Promise((resolve) => {
      const { far, send } = open(way);
      const warmUp = Math.ceil(count / 2);
      let seen = -1; // The first message says that the far end is ready.
      let start = 0;
      far.on('message', () => {
        seen++;
        if (seen === 0) send({ bytes, buffer, count: warmUp });
        if (seen === warmUp) {
          start = performance.now();
          send({ bytes, buffer, count });
        }
        if (seen < warmUp + count) return;
        const rate = (count / (performance.now() - start)) * 1000;
        if ('kill' in far) far.kill('SIGKILL');
        resolve(rate);
      });
    }),
});
