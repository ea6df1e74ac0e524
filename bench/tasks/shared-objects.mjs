/** Functions that run in our processes and work on queues, locks and events handed to them. */

/** Says that it is there, then fills a queue once told to. @param {any} queue @param {any} go @param {number} count @param {number} bytes */
export async function produce(queue, go, count, bytes) {
  const item = bytes > 0 ? new Uint8Array(bytes) : 7;
  await queue.put('ready');
  await go.get();
  for (let index = 0; index < count; index++) await queue.put(item);
}

/** As produce, blocking. @param {any} queue @param {any} go @param {number} count @param {number} bytes */
export function produceSync(queue, go, count, bytes) {
  const item = bytes > 0 ? new Uint8Array(bytes) : 7;
  queue.putSync('ready');
  go.getSync();
  for (let index = 0; index < count; index++) queue.putSync(item);
}

/** @param {any} requests @param {any} replies @param {number} count */
export async function answer(requests, replies, count) {
  for (let index = 0; index < count; index++) await replies.put(await requests.get());
}

/** @param {any} requests @param {any} replies @param {number} count */
export function answerSync(requests, replies, count) {
  for (let index = 0; index < count; index++) replies.putSync(requests.getSync());
}

/** @param {any} lock @param {Int32Array} number @param {number} count @param {any} ready @param {any} go */
export function addLocked(lock, number, count, ready, go) {
  ready.release();
  go.waitSync();
  for (let index = 0; index < count; index++) {
    lock.acquireSync();
    number[0]++;
    lock.release();
  }
}

/** @param {any} ask @param {any} reply @param {number} count */
export function echoEvents(ask, reply, count) {
  for (let index = 0; index < count; index++) {
    ask.waitSync();
    ask.clear();
    reply.set();
  }
}
