import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deadline } from '#internal/base/deadline.js';
import { Process } from '#internal/process/process.js';
import { run } from '#internal/process/run.js';
import { Mutex } from '#internal/shared-memory/mutex.js';
import { SharedBlock } from '#internal/shared-memory/shared-block.js';
import { WaitSet } from '#internal/shared-memory/wait-set.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const { DATA } = targets;
const forever = { deadline: Deadline.never, signal: undefined };

function newMutex(): { block: SharedBlock; mutex: Mutex } {
  const block = SharedBlock.allocate((DATA + 8) * 4);
  return { block, mutex: new Mutex(block.words) };
}

function started<A extends readonly unknown[]>(target: (...args: A) => unknown, args: A): Process<A> {
  const child = new Process({ target, args });
  child.start();
  return child;
}

describe('Mutex [spawn]', () => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('is taken once, and released by anybody once', LIMIT, async () => {
    const { mutex } = newMutex();
    assert.equal(mutex.tryAcquire(), true);
    assert.equal(mutex.isMine, true);
    assert.equal(mutex.tryAcquire(), false);
    assert.equal(await mutex.acquire({ deadline: Deadline.after(5), signal: undefined }), false);
    assert.equal(mutex.acquireSync(Deadline.after(5)), false);
    assert.equal(mutex.release(), true);
    assert.equal(mutex.release(), false);
    assert.equal(mutex.owner, 0);
  });

  test('tasks of one thread get it in the order in which they asked', LIMIT, async () => {
    const { mutex } = newMutex();
    await mutex.acquire(forever);
    const order: number[] = [];
    const tasks = [1, 2, 3].map(async (number) => {
      await mutex.acquire(forever);
      order.push(number);
      mutex.release();
    });
    mutex.release();
    await Promise.all(tasks);
    assert.deepEqual(order, [1, 2, 3]);
  });

  test('an aborted wait rejects with the reason and holds nobody up', LIMIT, async () => {
    const { mutex } = newMutex();
    await mutex.acquire(forever);
    const controller = new AbortController();
    const aborted = mutex.acquire({ deadline: Deadline.never, signal: controller.signal });
    const other = mutex.acquire(forever);
    controller.abort(new Error('enough'));
    await assert.rejects(aborted, /enough/);
    mutex.release();
    assert.equal(await other, true);
    await assert.rejects(
      mutex.acquire({ deadline: Deadline.never, signal: AbortSignal.abort(new Error('before')) }),
      /before/,
    );
    mutex.release();
  });

  test('a blocking call goes before waiting tasks of its thread, which could not go on', LIMIT, async () => {
    const { block, mutex } = newMutex();
    const child = started(targets.addSync, [block.send(), 20_000]);
    const task = mutex.acquire(forever);
    for (let i = 0; i < 100; i++) if (mutex.acquireSync(Deadline.after(mutex.isMine ? 0 : 10_000))) mutex.release();
    if (await task) mutex.release();
    await child.join();
    assert.equal(block.words[DATA], 20_000);
  });

  test('processes and tasks exclude each other', LIMIT, async () => {
    const { block } = newMutex();
    const children = [
      started(targets.addSync, [block.send(), 30_000]),
      started(targets.addSync, [block.send(), 30_000]),
      started(targets.addAsync, [block.send(), 2_000, 3]),
    ];
    await targets.addAsync(block.send(), 2_000, 3);
    for (const child of children) await child.join();
    assert.deepEqual(
      children.map((child) => child.exitCode),
      [0, 0, 0],
    );
    assert.equal(block.words[DATA], 60_000 + 12_000);
  });

  test('a holder that is killed loses it, and the next one is told', LIMIT, async () => {
    const { block, mutex } = newMutex();
    const child = started(targets.holdForEver, [block.send()]);
    await waitUntil(() => Atomics.load(block.words, DATA + 1) === 1, 'the child holds the lock');
    const waiting = mutex.acquire(forever);
    child.kill();
    assert.equal(await waiting, true);
    assert.equal(mutex.ownerDied, true);
    mutex.markConsistent();
    assert.equal(mutex.ownerDied, false);
    mutex.release();
    await child.join();
  });

  test('who only tries notices a dead holder too', LIMIT, async () => {
    const { block, mutex } = newMutex();
    const child = started(targets.holdForEver, [block.send()]);
    await waitUntil(() => Atomics.load(block.words, DATA + 1) === 1, 'the child holds the lock');
    assert.equal(mutex.tryAcquire(), false);
    child.kill();
    await waitUntil(() => mutex.tryAcquire(), 'the lock is taken from the dead');
    assert.equal(mutex.ownerDied, true);
    await child.join();
  });

  test('a waiter that is killed harms nobody, and its bit goes', LIMIT, async () => {
    const { block, mutex } = newMutex();
    await mutex.acquire(forever);
    const children = [1, 2].map(() => started(targets.waitForEver, [block.send()]));
    await waitUntil(() => Atomics.load(block.words, DATA + 1) === 2, 'both wait');
    const set = new WaitSet(block.words, 3);
    await waitUntil(() => set.size === 2, 'both have their bit');
    for (const child of children) child.kill();
    const waiting = mutex.acquire(forever);
    mutex.release();
    assert.equal(await waiting, true);
    for (const child of children) await child.join();
    mutex.release();
    set.wakeAll();
    assert.equal(set.isEmpty, true);
  });

  test('a task gets its turn while another process takes the lock all the time', LIMIT, async () => {
    const { block, mutex } = newMutex();
    const child = started(targets.churn, [block.send()]);
    await waitUntil(() => Atomics.load(block.words, DATA + 1) > 1000, 'the child is at it');
    for (let i = 0; i < 50; i++) {
      assert.equal(await mutex.acquire({ deadline: Deadline.after(5_000), signal: undefined }), true);
      mutex.release();
    }
    Atomics.store(block.words, DATA + 2, 1);
    await child.join();
  });
});
