/** Raw channels of Node, with as little around them as correctness allows: a queue of the calls in flight. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const farEnd = new URL('../tasks/port.mjs', import.meta.url);

/**
 * @typedef {object} RawChannel
 * @property {(name?: string, value?: unknown) => Promise<any>} call sends one message; resolves with its answer
 * @property {() => void} end
 */

/** One worker thread behind a MessagePort. @returns {Promise<RawChannel>} */
export async function messagePort() {
  const worker = new Worker(farEnd);
  await once(worker, 'message');
  const waiting = answers((listener) => worker.on('message', listener));
  return {
    call: (name, value) => waiting(() => worker.postMessage({ name, value })),
    end: () => void worker.terminate(),
  };
}

/** One child behind Node's own channel. @param {'json' | 'advanced'} serialization @returns {Promise<RawChannel>} */
export async function ipc(serialization) {
  const child = fork(fileURLToPath(farEnd), { serialization });
  await once(child, 'message');
  const waiting = answers((listener) => child.on('message', listener));
  return {
    call: (name, value) => waiting(() => void child.send({ name, value })),
    end: () => void child.kill('SIGKILL'),
  };
}

/** Answers come in the order of the calls. @param {(listener: (message: any) => void) => void} subscribe */
function answers(subscribe) {
  /** @type {((value: any) => void)[]} */
  let waiting = [];
  let first = 0;
  subscribe((message) => {
    const resolve = waiting[first++];
    if (first === waiting.length) {
      waiting = [];
      first = 0;
    }
    resolve(message.value);
  });
  return (/** @type {() => void} */ send) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      send();
    });
}
