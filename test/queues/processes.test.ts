import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JoinableQueue, Queue, SimpleQueue } from '#internal/queues/queue.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { fixture, runProgram } from '../helpers/program.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };

eachStartMethod('Queue between processes', (method) => {
  trackLeaks({ warmUp: () => run(targets.double, [1]) });

  test('items of before and after the start arrive in order (QUE-09, QUE-10)', LIMIT, async () => {
    const queue = new Queue<unknown>();
    await queue.put('before');
    const child = startChild(method, targets.putAll, queue, [1, 2, 'x'.repeat(100_000)]);
    await child.join();
    assert.deepEqual([await queue.get(), await queue.get(), await queue.get()], ['before', 1, 2]);
    assert.equal(((await queue.get()) as string).length, 100_000);
    assert.throws(() => queue.getNoWait(), { code: 'ERR_MP_QUEUE_EMPTY' });
  });

  test('a child ends although nobody reads what it put', LIMIT, async () => {
    const queue = new Queue<unknown>();
    const items = Array.from({ length: 200 }, () => 'x'.repeat(50_000));
    const child = startChild(method, targets.putAllSync, queue, items);
    await child.join();
    assert.equal(child.exitCode, 0);
    assert.equal(queue.qsize(), 200);
  });

  for (const [name, target] of [
    ['promises', targets.echo],
    ['blocking', targets.echoSync],
  ] as const) {
    test(`items go there and back, ${name} (QUE-06, QUE-21)`, LIMIT, async () => {
      const [there, back] = [new SimpleQueue<unknown>(), new SimpleQueue<unknown>()];
      const child = startChild(method, target, there, back);
      const items: unknown[] = [1, 'two', { three: [3] }, new Map([[4, 4]]), new Float64Array(20_000).fill(5)];
      for (const item of items) {
        await there.put(item);
        assert.deepEqual(await back.get(), item);
      }
      await there.put(null);
      assert.equal(await back.get(), 'done');
      assert.equal(back.empty(), true);
      await child.join();
    });
  }

  test('four producers and four consumers: each item once, each producer in order', LIMIT, async () => {
    const [queue, results] = [new Queue<unknown>(50), new Queue<unknown>()];
    const consumers = [1, 2, 3, 4].map(() => startChild(method, targets.echo, queue, results));
    const producers = [1, 2, 3, 4].map((name) => startChild(method, targets.produce, queue, name, 2000));
    for (const producer of producers) await producer.join();
    for (let i = 0; i < 4; i++) await queue.put(null);
    for (const consumer of consumers) await consumer.join();
    const seen = new Set<string>();
    while (!results.empty()) {
      const item = await results.get();
      if (item !== 'done') seen.add(String(item));
    }
    assert.equal(seen.size, 8000);
  });

  test('the order of each producer is kept for one consumer', LIMIT, async () => {
    const queue = new Queue<[number, number]>(20);
    const producers = [0, 1, 2].map((name) => startChild(method, targets.produce, queue, name, 3000));
    const next = [0, 0, 0];
    for (let i = 0; i < 9000; i++) {
      const [name, index] = await queue.get();
      assert.equal(index, next[name]);
      next[name] = index + 1;
    }
    for (const producer of producers) await producer.join();
  });

  test('join waits for taskDone of four consumers; null ends each (QUE-12, QUE-13)', LIMIT, async () => {
    const [tasks, done] = [new JoinableQueue<number | null>(), new Queue<number>()];
    const workers = [1, 2, 3, 4].map(() => startChild(method, targets.work, tasks, done));
    for (let i = 0; i < 400; i++) await tasks.put(i);
    await tasks.join();
    assert.equal(done.qsize(), 400);
    for (let i = 0; i < 4; i++) await tasks.put(null);
    await tasks.join();
    for (const worker of workers) await worker.join();
  });

  test('shutdown ends the iteration of all consumers', LIMIT, async () => {
    const [queue, results] = [new Queue<number>(), new Queue<number>()];
    const consumers = [1, 2, 3].map(() => startChild(method, targets.collect, queue, results));
    for (let i = 0; i < 3000; i++) await queue.put(i);
    queue.shutdown();
    let sum = 0;
    for (let i = 0; i < 3; i++) sum += await results.get();
    assert.equal(sum, 3000);
    for (const consumer of consumers) await consumer.join();
  });

  test('a queue in a queue outlives its sender', LIMIT, async () => {
    const queue = new Queue<Queue<string>>();
    const child = startChild(method, targets.sendOwnQueue, queue, new Queue<string>());
    await child.join();
    const own = await queue.get();
    assert.deepEqual([await own.get(), await own.get()], ['first', 'second']);
  });

  test('functions and instances are items too', LIMIT, async () => {
    const queue = new Queue<unknown>();
    await queue.put(targets.double);
    await queue.put(new targets.Point(1, 2));
    const factor = 7;
    await queue.put((x: number) => x * factor);
    const [double, point, times] = [await queue.get(), queue.getSync(), await queue.get()];
    assert.equal(double, targets.double);
    assert.equal((point as targets.Point).sum(), 3);
    assert.equal((times as (x: number) => number)(3), 21);
  });

  test('a blocked get goes on when an item comes from a child', LIMIT, async () => {
    const queue = new Queue<unknown>();
    const child = startChild(method, targets.putAll, queue, ['late']);
    assert.equal(queue.getSync(20_000), 'late');
    await child.join();
  });

  test('put and get while a module is imported do not dead-lock (QUE-14)', LIMIT, async () => {
    const { code, stdout, stderr } = await runProgram(fixture('queues/at-import.mjs'));
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'imported put\n', stderr: '' });
  });
});
