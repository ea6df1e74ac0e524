import assert from 'node:assert/strict';
import { test } from 'node:test';
import { activeChildren } from 'manycore';
import { eachClient, limit } from './support.ts';
import * as targets from './targets.ts';

eachClient('types of a manager, made here and used in a child', (manager, context, inChild) => {
  test('Event (SMT-01)', limit, async () => {
    const event = await manager().Event();
    await inChild(targets.useEvent, [event]);
    assert.equal(await event.isSet(), true);
    await event.clear();
    assert.equal(await event.wait(5), false);
  });

  test('Lock: released by another than took it; a second release fails (SMT-02)', limit, async () => {
    const lock = await manager().Lock();
    await inChild(targets.useLock, [lock]);
    assert.equal(await lock.locked(), true);
    await lock.release();
    await assert.rejects(lock.release(), { name: 'ProcessError' });
  });

  test('a scope is not entered when the lock was not free in time', limit, async () => {
    const lock = await manager().Lock();
    await lock.acquire();
    const late = { name: 'TimeoutError', message: /not free within 5 ms/ };
    await assert.rejects(lock.hold({ timeout: 5 }), late);
    assert.throws(() => lock.holdSync(5), late);
    await assert.rejects(
      lock.use(() => 1, 5),
      late,
    );
    assert.throws(() => lock.useSync(() => 1, 5), late);
    assert.equal(await lock.locked(), true);
    await lock.release();
    assert.equal(
      lock.useSync(() => lock.lockedSync(), 5),
      true,
    );
    assert.equal(await lock.locked(), false);
  });

  test('what makes an object checks what it was given', limit, async () => {
    const wrong = { code: 'ERR_MP_INVALID_ARG' };
    await assert.rejects(async () => manager().list(5 as never), wrong);
    await assert.rejects(async () => manager().set(5 as never), wrong);
    await assert.rejects(async () => manager().Barrier(2, { acton: 1 } as never), wrong);
    const queue = await manager().Queue();
    await assert.rejects(queue.shutdown({ imediate: true } as never), wrong);
    assert.throws(() => queue.shutdownSync({ immediate: 1 as never }), wrong);
  });

  test('RLock (SMT-03)', limit, async () => {
    const lock = await manager().RLock();
    await lock.acquire();
    assert.equal(lock.acquireSync(0), true);
    await lock.release();
    await lock.release();
    await inChild(targets.useRLock, [lock]);
  });

  test('Semaphore: permits that a child took and kept stay taken (SMT-04)', limit, async () => {
    const semaphore = await manager().Semaphore(1);
    await inChild(targets.takePermit, [semaphore]);
    assert.equal(await semaphore.acquire(20), false);
    await semaphore.release();
    assert.equal(await semaphore.getValue(), 1);
  });

  test('permits of a client that was killed come back', limit, async () => {
    const semaphore = await manager().BoundedSemaphore(2);
    const taken = await manager().Event();
    const child = new context.Process({ target: targets.takeForEver, args: [semaphore, taken] });
    child.start();
    await taken.wait();
    assert.equal(await semaphore.getValue(), 1);
    await semaphore.acquire();
    const next = semaphore.acquire();
    child.kill();
    assert.equal(await next, true);
    assert.equal(semaphore.ownerDied, true);
    await semaphore.release();
    await semaphore.release();
    assert.equal(await semaphore.getValue(), 2);
    await child.join();
  });

  test('BoundedSemaphore (SMT-05)', limit, async () => {
    const semaphore = await manager().BoundedSemaphore(1);
    await inChild(targets.takePermit, [semaphore]);
    await semaphore.release();
    await assert.rejects(semaphore.release());
  });

  test('Condition (SMT-06)', limit, async () => {
    const condition = await manager().Condition();
    await condition.acquire();
    const child = inChild(targets.useCondition, [condition]);
    assert.equal(await condition.wait(), true);
    await condition.release();
    await child;
    const lock = await manager().Lock();
    const guarded = await manager().Condition(lock);
    await guarded.acquire();
    assert.equal(await lock.locked(), true);
    assert.equal(await guarded.wait(5), false);
    assert.equal(await guarded.waitFor(() => false, 20), false);
    await guarded.release();
  });

  test('Barrier (SMT-07)', limit, async () => {
    const barrier = await manager().Barrier(5);
    await inChild(targets.useBarrier, [barrier]);
    const all = Array.from({ length: 5 }, () => barrier.wait());
    assert.deepEqual(
      (await Promise.all(all)).toSorted((one, other) => one - other),
      [0, 1, 2, 3, 4],
    );
    await assert.rejects(barrier.wait(5), { code: 'ERR_MP_BROKEN_BARRIER' });
    assert.equal(await barrier.broken(), true);
  });

  test('Queue(2) (SMT-09)', limit, async () => {
    const queue = await manager().Queue<number>(2);
    await inChild(targets.useQueue, [queue]);
    assert.deepEqual([await queue.get(), queue.getSync()], [1, 2]);
    assert.equal(await queue.empty(), true);
    await assert.rejects(queue.getNoWait(), { code: 'ERR_MP_QUEUE_EMPTY' });
    await queue.put(3);
    await queue.shutdown();
    const rest: number[] = [];
    for await (const item of queue) rest.push(item);
    assert.deepEqual(rest, [3]);
    await assert.rejects(queue.put(4), { code: 'ERR_MP_QUEUE_CLOSED' });
  });

  test('JoinableQueue (SMT-10)', limit, async () => {
    const queue = await manager().JoinableQueue<string>();
    await inChild(targets.useJoinableQueue, [queue]);
    assert.equal(await queue.join(), true);
    await assert.rejects(queue.taskDone(), { name: 'ProcessError' });
  });

  test('list, dict, Value, Array and Namespace (SMT-11, SMT-12, SMT-13, SMT-14)', limit, async () => {
    const list = await manager().list([3, 1, 2]);
    await inChild(targets.useList, [list]);
    assert.deepEqual(await list.copy(), [4, 3, 2]);
    const dict = await manager().dict<string, number>({ a: 1, b: 2 });
    await inChild(targets.useDict, [dict]);
    assert.deepEqual(await dict.entries(), [['a', 1], ['c', 3]]); // prettier-ignore
    const value = await manager().Value('i', 1);
    await inChild(targets.useValue, [value]);
    assert.equal(value.live.value, 2);
    await assert.rejects(value.callMethod('set', ['text']), TypeError);
    const array = await manager().Array('i', [0, 1, 2, 3, 4]);
    await inChild(targets.useArray, [array]);
    assert.deepEqual([...array.live], [20, 1, 2, 3, 4]);
    const namespace = await manager().Namespace({ x: 0, y: 1 });
    await inChild(targets.useNamespace, [namespace]);
    assert.deepEqual(await namespace.copy(), { x: 1, y: 1 });
  });

  test('afterwards only the manager is left of all children (SMT-15)', limit, () => {
    assert.deepEqual(
      activeChildren().map(({ name }) => name.replace(/\d+$/, 'N')),
      ['SyncManager-N'],
    );
  });

  test('a wait ends when its signal says so, and took nothing', limit, async () => {
    const queue = await manager().Queue<number>();
    const stop = new AbortController();
    const get = queue.get({ signal: stop.signal });
    await queue.qsize();
    stop.abort(new Error('enough'));
    await assert.rejects(get, /enough/);
    await queue.put(1);
    assert.equal(await queue.get(), 1);
  });

  test('a call that waits holds up no other', limit, async () => {
    const lock = await manager().Lock();
    const queue = await manager().Queue<string>();
    await lock.acquire();
    const waiting = [lock.acquire(), queue.get()];
    assert.equal(await lock.locked(), true);
    assert.equal(await queue.empty(), true);
    await lock.release();
    await queue.put('item');
    assert.deepEqual(await Promise.all(waiting), [true, 'item']);
  });
});
