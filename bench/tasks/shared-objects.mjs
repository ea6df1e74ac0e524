/** Functions that run in our processes and work on queues, locks, events and arrays handed to them. */
import { readFileSync } from 'node:fs';

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

/** @param {any} queue @param {any} go @param {number} count @param {any} ready */
export async function produceMany(queue, go, count, ready) {
  ready.release();
  await go.wait();
  for (let index = 0; index < count; index++) await queue.put(index);
  ready.release();
}

/** @param {any} queue @param {any} go @param {number} count @param {any} ready */
export async function consumeMany(queue, go, count, ready) {
  ready.release();
  await go.wait();
  for (let index = 0; index < count; index++) await queue.get();
  ready.release();
}

/** @param {any} number @param {number} count @param {any} ready @param {any} go */
export function addToValue(number, count, ready, go) {
  ready.release();
  go.waitSync();
  const lock = number.getLock();
  for (let index = 0; index < count; index++) {
    lock.acquireSync();
    number.value++;
    lock.release();
  }
  ready.release();
}

/** Squares a part of an array over and over, so that the time is that of the loop. @param {Float64Array} numbers @param {number} from @param {number} to @param {number} rounds */
export function squarePart(numbers, from, to, rounds) {
  for (let round = 0; round < rounds; round++) for (let i = from; i < to; i++) numbers[i] *= numbers[i];
}

/** @param {Float64Array} numbers @param {number[]} span @param {number} rounds @param {any} ready @param {any} go */
export function squareTimed(numbers, [from, to], rounds, ready, go) {
  squarePart(numbers, from, Math.min(to, from + 1000), 100);
  ready.release();
  go.waitSync();
  squarePart(numbers, from, to, rounds);
  ready.release();
}

/** Reads every page of an array, and says what memory of its own this process has then. @param {Uint8Array} bytes @param {any} results @param {any} done */
export async function readAll(bytes, results, done) {
  const own = () =>
    Number(/^Private_Dirty:\s+(\d+)/m.exec(readFileSync('/proc/self/smaps_rollup', 'utf8'))?.[1]) / 1024;
  const before = own();
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4096) sum += bytes[at];
  await results.put([own() - before, sum]);
  await done.wait();
}

/** @param {any} ask @param {any} reply @param {number} count */
export function echoEvents(ask, reply, count) {
  for (let index = 0; index < count; index++) {
    ask.waitSync();
    ask.clear();
    reply.set();
  }
}
