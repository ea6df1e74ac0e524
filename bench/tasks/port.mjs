/** The far end of the raw baselines: answers each message of a worker thread's port or of a child's channel. */
import { parentPort } from 'node:worker_threads';
import { crunch, echo, lastByte, makeBytes } from './tasks.mjs';

/** @type {Record<string, (value: any) => unknown>} */
const tasks = { crunch, echo, lastByte, makeBytes };

/** @param {{ name?: string, value?: any }} message */
const answer = ({ name, value }) => (name === undefined ? value : tasks[name](value));

if (parentPort === null) {
  process.on('message', (/** @type {any} */ message) => process.send?.({ value: answer(message) }));
  process.on('disconnect', () => process.exit(0));
  process.send?.({ ready: true });
} else {
  const port = parentPort;
  port.on('message', (message) => port.postMessage({ value: answer(message) }));
  port.postMessage({ ready: true });
}
