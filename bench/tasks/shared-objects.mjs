/** Functions that run in our processes and work on queues, locks, events and arrays handed to them. */
import { readFileSync } from 'node:fs';

/** Turns before the clock runs: until then V8 compiles. */
const WARM_UP = 20_000;

/** What flows through a queue or port: a number, or bytes. @param {number} bytes 0 for a number @param {boolean} buffer as a Buffer @returns {number | Uint8Array} */
export function itemOf(bytes, buffer = false) {
  if (bytes === 0) return 7;
  return buffer ? Buffer.alloc(bytes) : new Uint8Array(bytes);
}

/** Says that it is there, then fills a queue with as many items as it is told, until it is told 0. @param {any} queue @param {any} go @param {unknown} item */
export async function produce(queue, go, item) {
  await queue.put('ready');
  for (let count = await go.get(); count > 0; count = await go.get())
    for (let index = 0; index < count; index++) await queue.put(item);
}

/** As produce, blocking. @param {any} queue @param {any} go @param {unknown} item */
export function produceSync(queue, go, item) {
  queue.putSync('ready');
  for (let count = go.getSync(); count > 0; count = go.getSync())
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

/** @param {any} connection @param {number} count */
export async function echoMessages(connection, count) {
  for (let index = 0; index < count; index++) await connection.send(await connection.recv());
}

/** @param {any} connection @param {number} count */
export function echoMessagesSync(connection, count) {
  for (let index = 0; index < count; index++) connection.sendSync(connection.recvSync());
}

/** @param {any} lock @param {Int32Array} number @param {number} count @param {number} by */
function addUnder(lock, number, count, by) {
  for (let index = 0; index < count; index++) {
    lock.acquireSync();
    number[0] += by;
    lock.release();
  }
}

/** @param {any} lock @param {Int32Array} number @param {number} count @param {any} ready @param {any} go */
export function addLocked(lock, number, count, ready, go) {
  addUnder(lock, number, WARM_UP, 0);
  ready.release();
  go.waitSync();
  addUnder(lock, number, count, 1);
}

/** @param {any} queue @param {any} go @param {number} count @param {any} ready */
export async function produceMany(queue, go, count, ready) {
  for (let index = 0; index < WARM_UP; index++) await queue.put(index);
  ready.release();
  await go.wait();
  for (let index = 0; index < count; index++) await queue.put(index);
  ready.release();
}

/** @param {any} queue @param {any} go @param {number} count @param {any} ready */
export async function consumeMany(queue, go, count, ready) {
  for (let index = 0; index < WARM_UP; index++) await queue.get();
  ready.release();
  await go.wait();
  for (let index = 0; index < count; index++) await queue.get();
  ready.release();
}

/** @param {any} number @param {number} count @param {number} by */
function addToIt(number, count, by) {
  const lock = number.getLock();
  for (let index = 0; index < count; index++) {
    lock.acquireSync();
    number.value += by;
    lock.release();
  }
}

/** @param {any} number @param {number} count @param {any} ready @param {any} go */
export function addToValue(number, count, ready, go) {
  addToIt(number, WARM_UP, 0);
  ready.release();
  go.waitSync();
  addToIt(number, count, 1);
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
