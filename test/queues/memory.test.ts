import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { Queue } from '#internal/queues/queue.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };

function chunksInUse(): number {
  return [...ProgramHeap.current().runs()].reduce((sum, one) => sum + one.count, 0);
}

eachStartMethod('memory of queues', (method) => {
  trackLeaks({ warmUp: () => run(targets.double, [1]) });

  test('big items that killed consumers held do not pile up', LIMIT, async () => {
    const requests = new Queue<Queue<Uint8Array>>();
    // A third process makes the items and lives on: neither its memory nor this process's tidies up after the consumer.
    const producer = startChild(method, targets.putBig, requests, 8 << 20, 4);
    const round = async (): Promise<void> => {
      const [queue, ready] = [new Queue<Uint8Array>(), new Queue<unknown>()];
      const child = startChild(method, targets.takeAndHold, queue, ready);
      await requests.put(queue);
      for (let i = 0; i < 4; i++) await ready.get();
      child.kill();
      await child.join();
    };
    await round();
    const before = chunksInUse();
    for (let i = 0; i < 4; i++) await round();
    assert.ok(chunksInUse() - before < 40, `${chunksInUse() - before} chunks more`);
    requests.shutdown();
    await producer.join();
  });

  test('the memory of unread and read segments goes with the queue', LIMIT, async () => {
    const fill = (): void => {
      for (let i = 0; i < 50; i++) {
        const queue = new Queue<string>();
        for (let j = 0; j < 40; j++) queue.putSync('x'.repeat(10_000));
      }
    };
    fill();
    const collect = (): boolean => {
      collectGarbage();
      return true;
    };
    collect();
    await waitUntil(collect, 'the queues are collected');
    const before = chunksInUse();
    for (let i = 0; i < 10; i++) {
      fill();
      // Finalizers run in later turns of the event loop.
      for (let turn = 0; turn < 5; turn++) {
        collectGarbage();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    }
    // 400 KB each: without their return 5000 queues would take 200 MiB.
    assert.ok(chunksInUse() - before < 60, `${chunksInUse() - before} chunks more`);
  });
});
