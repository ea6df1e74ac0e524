/** The far end of the Atomics baseline. */
import { parentPort, workerData as words } from 'node:worker_threads';

parentPort?.postMessage('ready');
for (let turn = 0; ; turn++) {
  while (Atomics.load(words, 0) === turn) Atomics.wait(words, 0, turn);
  Atomics.store(words, 16, turn + 1);
  Atomics.notify(words, 16);
}
