/** The far end of a one-way flow over a MessagePort or a child's channel. */
import { parentPort } from 'node:worker_threads';
import { itemOf } from './shared-objects.mjs';

/** @param {(value: unknown, done: () => void) => void} send @param {{ bytes: number, buffer?: boolean, count: number }} order */
function flow(send, { bytes, buffer, count }) {
  const item = itemOf(bytes, buffer);
  let left = count;
  let inFlight = 0;
  // No channel of Node pushes back: at most 256 unfinished sends keep the memory flat.
  const pump = () => {
    while (left > 0 && inFlight < 256) {
      left--;
      inFlight++;
      send(item, () => {
        if (inFlight-- === 256) pump();
      });
    }
  };
  pump();
}

if (parentPort === null) {
  process.on('message', (order) =>
    flow((value, done) => void process.send?.(value, undefined, undefined, done), /** @type {any} */ (order)),
  );
  process.on('disconnect', () => process.exit(0));
  process.send?.('ready');
} else {
  const port = parentPort;
  port.on('message', ({ bytes, buffer, count }) => {
    const item = itemOf(bytes, buffer);
    for (let sent = 0; sent < count; sent++) port.postMessage(item);
  });
  port.postMessage('ready');
}
