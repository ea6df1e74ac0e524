import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { JoinableQueue, Queue, SimpleQueue } from '#internal/queues/queue.js';
import { trackLeaks } from '../helpers/leaks.ts';

const LIMIT = { timeout: 30_000 };
/** Timers of Node round down to whole milliseconds. */
const ROUNDING_MS = 1.5;

async function timed(body: () => unknown): Promise<number> {
  const start = performance.now();
  await body();
  return performance.now() - start;
}

describe('Queue in one thread', () => {
  trackLeaks({ warmUp: () => new Queue().put(1) });

  test('a bounded queue goes from empty to full and back (QUE-01, QUE-05, QUE-11)', LIMIT, async () => {
    const queue = new Queue<number>(3);
    assert.deepEqual([queue.empty(), queue.full(), queue.qsize()], [true, false, 0]);
    await queue.put(1);
    queue.putNoWait(2);
    queue.putSync(3);
    assert.deepEqual([queue.empty(), queue.full(), queue.qsize()], [false, true, 3]);
    assert.deepEqual([await queue.get(), queue.getNoWait(), queue.getSync()], [1, 2, 3]);
    assert.deepEqual([queue.empty(), queue.full(), queue.qsize()], [true, false, 0]);
  });

  test('put takes a time-out as a number or an option (QUE-02)', LIMIT, async () => {
    const queue = new Queue<number>();
    await queue.put(1, 10);
    await queue.put(2, { timeout: 10 });
    queue.putSync(3, { timeout: 10 });
    assert.equal(queue.qsize(), 3);
  });

  test('put on a full queue throws at once when it may not wait (QUE-03)', LIMIT, async () => {
    const queue = new Queue<number>(1);
    queue.putNoWait(1);
    const full = { code: 'ERR_MP_QUEUE_FULL' };
    assert.throws(() => queue.putNoWait(2), full);
    assert.throws(() => queue.putSync(2, 0), full);
    assert.throws(() => queue.putSync(2, -5), full);
    await assert.rejects(queue.put(2, 0), full);
    assert.equal(queue.qsize(), 1);
  });

  test('put on a full queue waits for its time-out (QUE-04)', LIMIT, async () => {
    const queue = new Queue<number>(1);
    queue.putNoWait(1);
    const full = { code: 'ERR_MP_QUEUE_FULL' };
    assert.ok((await timed(() => assert.rejects(queue.put(2, 30), full))) >= 30 - ROUNDING_MS);
    assert.ok((await timed(() => assert.throws(() => queue.putSync(2, 30), full))) >= 30 - ROUNDING_MS);
    assert.equal(queue.qsize(), 1);
  });

  test('get gives the items in order (QUE-06)', LIMIT, async () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 10_000; i++) queue.putNoWait(i);
    for (let i = 0; i < 10_000; i++) assert.equal(i % 2 ? await queue.get({ timeout: 10 }) : queue.getNoWait(), i);
  });

  test('get on an empty queue throws at once when it may not wait (QUE-07)', LIMIT, async () => {
    const queue = new Queue<number>();
    const empty = { code: 'ERR_MP_QUEUE_EMPTY' };
    assert.throws(() => queue.getNoWait(), empty);
    assert.throws(() => queue.getSync(-1), empty);
    await assert.rejects(queue.get(0), empty);
  });

  test('get on an empty queue waits for its time-out (QUE-08)', LIMIT, async () => {
    const queue = new Queue<number>();
    const empty = { code: 'ERR_MP_QUEUE_EMPTY' };
    assert.ok((await timed(() => assert.rejects(queue.get(30), empty))) >= 30 - ROUNDING_MS);
    assert.ok((await timed(() => assert.throws(() => queue.getSync(30), empty))) >= 30 - ROUNDING_MS);
  });

  test('an aborted get rejects with the reason and takes nothing', LIMIT, async () => {
    const queue = new Queue<number>();
    const stop = new AbortController();
    const waiting = queue.get({ signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(queue.get({ signal: stop.signal }), reason);
    await queue.put(1);
    assert.equal(await queue.get(), 1);
  });

  test('an aborted put rejects with the reason and puts nothing', LIMIT, async () => {
    const queue = new Queue<Uint8Array>(1);
    await queue.put(new Uint8Array(1));
    const stop = new AbortController();
    const waiting = queue.put(new Uint8Array(1 << 20), { signal: stop.signal });
    stop.abort('enough');
    await assert.rejects(waiting, (reason) => reason === 'enough');
    await queue.get();
    assert.equal(queue.qsize(), 0);
  });

  test('tasks that wait are served in the order in which they came', LIMIT, async () => {
    const queue = new Queue<number>(1);
    const gets = [queue.get(), queue.get(), queue.get()];
    const puts = [1, 2, 3, 4, 5].map((item) => queue.put(item));
    assert.deepEqual(await Promise.all(gets), [1, 2, 3]);
    assert.equal(await queue.get(), 4);
    assert.equal(await queue.get(), 5);
    await Promise.all(puts);
  });

  test('what cannot be sent is refused in put, and later items arrive (QUE-15, QUE-16, QUE-17)', LIMIT, async () => {
    const queue = new Queue<unknown>(1);
    let reads = 0;
    const bad = {
      get promise() {
        reads++;
        return Promise.resolve();
      },
    };
    await assert.rejects(queue.put(bad), { code: 'ERR_MP_NOT_SENDABLE' });
    const readsOfPut = reads;
    assert.ok(readsOfPut > 0);
    assert.throws(() => queue.putNoWait(Symbol('x')), { code: 'ERR_MP_NOT_SENDABLE' });
    assert.equal(queue.qsize(), 0);
    await queue.put('good', 0);
    assert.equal(queue.full(), true);
    assert.equal(await queue.get(), 'good');
    assert.equal(queue.empty(), true);
    assert.equal(reads, readsOfPut, 'nobody tries again later');
  });

  test('a getter that uses the queue itself does no harm', LIMIT, async () => {
    const queue = new Queue<unknown>();
    const item = {
      get inner() {
        queue.putNoWait('from the getter');
        return 'outer';
      },
    };
    await queue.put(item);
    const items = [await queue.get(), await queue.get()];
    assert.ok(items.includes('from the getter'));
    assert.deepEqual(
      items.find((one) => typeof one === 'object'),
      { inner: 'outer' },
    );
  });

  test('later changes of an object do not reach the consumer', LIMIT, async () => {
    const queue = new Queue<unknown>();
    const small = { list: [1, 2] };
    const big = new Float64Array(100_000).fill(1);
    await queue.put(small);
    await queue.put(big);
    small.list.push(3);
    big.fill(2);
    assert.deepEqual(await queue.get(), { list: [1, 2] });
    assert.equal(((await queue.get()) as Float64Array)[99_999], 1);
  });

  test('a message that waits for room is the one that was put', LIMIT, async () => {
    const queue = new Queue<unknown>(1);
    await queue.put('first');
    const waiting = ['a', { b: 1 }, new Uint8Array([1, 2, 3]), new Map([[1, 2]])].map((item) => queue.put(item));
    const got: unknown[] = [];
    for (let i = 0; i < 5; i++) got.push(await queue.get(1000));
    await Promise.all(waiting);
    assert.deepEqual(got, ['first', 'a', { b: 1 }, new Uint8Array([1, 2, 3]), new Map([[1, 2]])]);
  });

  test('an item of every kind and size arrives as it was', LIMIT, async () => {
    const queue = new Queue<unknown>();
    const shared = { a: 1 };
    const items: unknown[] = [
      undefined, null, true, -0, NaN, 2n ** 70n, '', 'ä€😀', 'x'.repeat(16_384), 'y'.repeat(16_385), 'z'.repeat(300_000),
      new Uint8Array(0), new Uint8Array(16_384).fill(1), new Uint8Array(16_385).fill(2), Buffer.from('buffer'),
      new Uint8Array(1 << 21).fill(3), new Float32Array([1.5]), [shared, shared], new Date(5), /x/g, new Set([1]),
      Array.from({ length: 5000 }, (_, i) => ({ i })),
    ]; // prettier-ignore
    for (const item of items) await queue.put(item);
    for (const item of items) {
      const got = await queue.get();
      assert.deepEqual(got, item);
      if (item instanceof Uint8Array) assert.equal(Object.getPrototypeOf(got), Object.getPrototypeOf(item));
    }
    assert.equal(queue.qsize(), 0);
  });

  test("an array of bytes is the receiver's own", LIMIT, async () => {
    const queue = new Queue<Uint8Array>();
    const item = new Uint8Array([1, 2, 3]).subarray(1);
    await queue.put(item);
    await queue.put(item);
    const one = await queue.get();
    one[0] = 9;
    assert.deepEqual([...(await queue.get())], [2, 3]);
    assert.equal(one.buffer.byteLength, 2);
  });

  test('Buffers that were taken keep what is in them while others come', LIMIT, async () => {
    const queue = new Queue<Buffer>();
    const taken: Buffer[] = [];
    for (let i = 0; i < 200; i++) {
      await queue.put(Buffer.alloc(1 + i * 40, i));
      taken.push(await queue.get());
    }
    for (const [i, buffer] of taken.entries()) assert.deepEqual(buffer, Buffer.alloc(1 + i * 40, i));
  });

  test('closing a queue that was never used (QUE-18)', LIMIT, async () => {
    const queue = new Queue<number>();
    queue.close();
    await queue.joinThread();
    queue.cancelJoinThread();
    assert.equal(queue.empty(), true);
  });

  test('after close nothing can be done with the object (QUE-19, QUE-20)', LIMIT, async () => {
    for (const queue of [new Queue<number>(), new JoinableQueue<number>()]) {
      await queue.put(1);
      queue.close();
      queue.close();
      const closed = { code: 'ERR_MP_QUEUE_CLOSED', message: /closed/ };
      for (const what of [() => queue.empty(), () => queue.full(), () => queue.qsize()]) assert.throws(what, closed);
      for (const what of [() => queue.putNoWait(1), () => queue.getNoWait(), () => queue.getSync(5)])
        assert.throws(what, closed);
      await assert.rejects(queue.put(1), closed);
      await assert.rejects(queue.get(), closed);
    }
  });

  test('close settles what waits on the object', LIMIT, async () => {
    const queue = new Queue<number>();
    const waiting = queue.get();
    queue.close();
    await assert.rejects(waiting, { code: 'ERR_MP_QUEUE_CLOSED' });
  });

  test('SimpleQueue: empty throws after close, used or not (QUE-22, QUE-23)', LIMIT, async () => {
    for (const items of [[], [1]]) {
      const queue = new SimpleQueue<number>();
      for (const item of items) await queue.put(item);
      queue.close();
      queue.close();
      assert.throws(() => queue.empty(), { code: 'ERR_MP_QUEUE_CLOSED' });
    }
  });

  test('taskDone for more items than were put throws (QUE-24)', LIMIT, async () => {
    const queue = new JoinableQueue<number>();
    assert.throws(() => queue.taskDone(), { code: 'ERR_MP_PROCESS' });
    await queue.put(1);
    queue.taskDone();
    assert.throws(() => queue.taskDone(), { code: 'ERR_MP_PROCESS' });
    await queue.join();
  });

  test('join returns after its time-out although work is left', LIMIT, async () => {
    const queue = new JoinableQueue<number>();
    await queue.put(1);
    await queue.join(10);
    queue.joinSync(10);
    assert.equal(queue.qsize(), 1);
  });

  test('shutdown lets the items out and nothing in', LIMIT, async () => {
    const queue = new Queue<number>(2);
    await queue.put(1);
    await queue.put(2);
    const blocked = queue.put(3);
    queue.shutdown();
    const closed = { code: 'ERR_MP_QUEUE_CLOSED' };
    await assert.rejects(blocked, closed);
    await assert.rejects(queue.put(4), closed);
    assert.deepEqual([await queue.get(), queue.getSync()], [1, 2]);
    await assert.rejects(queue.get(), closed);
    assert.throws(() => queue.getSync(), closed);
    assert.throws(() => queue.getNoWait(), closed);
  });

  test('an immediate shutdown throws the items away and ends join', LIMIT, async () => {
    const queue = new JoinableQueue<unknown>();
    for (const item of [1, new Map(), new Uint8Array(1 << 20)]) await queue.put(item);
    const joined = queue.join();
    queue.shutdown({ immediate: true });
    await joined;
    assert.equal(queue.qsize(), 0);
    await assert.rejects(queue.get(), { code: 'ERR_MP_QUEUE_CLOSED' });
  });

  test('iteration ends at shutdown, after all items', LIMIT, async () => {
    const queue = new Queue<number>();
    for (let i = 0; i < 5; i++) await queue.put(i);
    setTimeout(() => queue.shutdown(), 5);
    const items: number[] = [];
    for await (const item of queue) items.push(item);
    assert.deepEqual(items, [0, 1, 2, 3, 4]);
  });

  test('wrong arguments are refused', LIMIT, async () => {
    for (const size of [-1, 1.5, NaN, 2 ** 31]) assert.throws(() => new Queue(size), RangeError);
    assert.throws(() => Reflect.construct(Queue, ['3']), TypeError);
    const queue = new Queue<number>();
    await assert.rejects(queue.put(1, NaN), RangeError);
    await assert.rejects(Reflect.apply(queue.get, queue, [{ timeut: 1 }]) as Promise<unknown>, TypeError);
    assert.throws(() => Reflect.apply(queue.shutdown, queue, [{ now: true }]), TypeError);
    assert.equal(queue.qsize(), 0);
  });

  test('a queue that grew gives its memory back', LIMIT, async () => {
    const queue = new Queue<Uint8Array>();
    const item = new Uint8Array(8192);
    const resident = (): number => process.memoryUsage.rss();
    for (let i = 0; i < 2000; i++) await queue.put(item);
    for (let i = 0; i < 2000; i++) await queue.get();
    const before = resident();
    // What was read is used again: the same traffic takes no new memory.
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 2000; i++) await queue.put(item);
      for (let i = 0; i < 2000; i++) await queue.get();
    }
    assert.ok(resident() - before < 100 << 20, `${(resident() - before) >> 20} MiB more`);
  });
});
