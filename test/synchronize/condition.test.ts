import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Condition, Event, LimitError, Lock, RawArray, RLock, Semaphore } from 'manycore';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };

test('wait() without a notification ends in time (SYN-13, SYN-16)', LIMIT, async () => {
  const condition = new Condition();
  await condition.acquire();
  for (const timeout of [0, 30]) {
    const start = performance.now();
    assert.equal(await condition.wait({ timeout }), false);
    assert.equal(condition.waitSync(timeout), false);
    assert.ok(performance.now() - start >= 2 * timeout - 2);
    assert.equal(condition.locked(), true);
  }
  assert.equal(condition.sleeping, 0);
  condition.release();
});

test('more sleepers than there can be are refused by name, and harm nobody', LIMIT, async () => {
  const condition = new Condition();
  await condition.acquire();
  const stop = new AbortController();
  const all = Array.from({ length: 4097 }, () => condition.use(() => condition.wait({ signal: stop.signal })));
  condition.release();
  await assert.rejects(Promise.race(all), {
    code: 'ERR_MP_LIMIT',
    message: /^expected at most 4096 threads and tasks/,
  });
  stop.abort();
  const ends = await Promise.allSettled(all);
  assert.equal(ends.filter((one) => one.status === 'rejected' && one.reason instanceof LimitError).length, 1);
  assert.equal(condition.sleeping, 0);
});

test('needs the lock, of the right kind', LIMIT, async () => {
  const condition = new Condition();
  await assert.rejects(condition.wait(), { code: 'ERR_MP_PROCESS' });
  assert.throws(() => condition.waitSync(), { code: 'ERR_MP_PROCESS' });
  assert.throws(() => condition.notify(), { code: 'ERR_MP_PROCESS' });
  assert.throws(() => condition.notifyAll(), { code: 'ERR_MP_PROCESS' });
  assert.throws(() => new Condition(new Semaphore(1) as never), TypeError);
  const lock = new Lock();
  const other = new Condition(lock);
  await lock.acquire();
  other.notify();
  assert.throws(() => other.notify(-1), RangeError);
  assert.equal(other.tryAcquire(), false);
  other.release();
  assert.equal(lock.locked(), false);
});

test('an RLock that is held more than once is given back whole, and taken again as often', LIMIT, async () => {
  const lock = new RLock();
  const condition = new Condition(lock);
  await lock.acquire();
  await lock.acquire();
  await condition.wait(1);
  lock.release();
  assert.equal(lock.isMine, true);
  lock.release();
  assert.throws(() => lock.release(), { code: 'ERR_MP_PROCESS' });
});

test('tasks are notified in the order in which they went to sleep', LIMIT, async () => {
  const condition = new Condition(new Lock());
  const order: number[] = [];
  const sleepers = [0, 1, 2, 3, 4].map(async (number) => {
    await condition.use(async () => {
      await condition.wait();
      order.push(number);
    });
  });
  await waitUntil(() => condition.sleeping === 5, 'all sleep');
  await condition.use(() => condition.notify(2));
  await waitUntil(() => order.length === 2, 'two woke');
  assert.deepEqual(order, [0, 1]);
  await condition.use(() => condition.notify(9));
  await Promise.all(sleepers);
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
  assert.equal(condition.sleeping, 0);
});

test('an aborted wait rejects with the lock held, and leaves its notification to the next', LIMIT, async () => {
  const condition = new Condition(new Lock());
  const controller = new AbortController();
  await condition.acquire();
  const aborted = condition.wait({ signal: controller.signal });
  const other = condition.use(() => condition.wait());
  await waitUntil(() => condition.sleeping === 2, 'both sleep');
  await condition.acquire();
  condition.notify();
  controller.abort(new Error('leave'));
  condition.release();
  const [outcome] = await Promise.allSettled([aborted]);
  condition.release();
  // It was notified before it was aborted: either it counts as woken, or the other got what it left.
  if (outcome.status === 'fulfilled') await condition.use(() => condition.notify());
  assert.equal(await other, true);
});

test('waitFor() asks while the lock is held (SYN-14, SYN-15)', LIMIT, async () => {
  const condition = new Condition();
  let state = 0;
  const waiting = condition.use(() => condition.waitFor(() => state === 3));
  for (let i = 0; i < 3; i++) {
    await condition.use(() => {
      state++;
      condition.notify();
    });
  }
  assert.equal(await waiting, true);
  const start = performance.now();
  assert.equal(await condition.use(() => condition.waitFor(() => false, { timeout: 40 })), false);
  assert.ok(performance.now() - start >= 39);
  condition.acquireSync();
  assert.equal(
    condition.waitForSync(() => false, 20),
    false,
  );
  assert.equal(
    condition.waitForSync(() => true),
    true,
  );
  condition.release();
});

eachSharingMethod('Condition', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  /** Waits until so many have woken, and no more. */
  async function expectWoken(condition: Condition, woken: Semaphore, count: number): Promise<void> {
    await waitUntil(() => woken.value === count, `${count} woke`);
    await condition.use(() => assert.equal(woken.value, count));
  }

  test('notify() wakes one of a process and a task (SYN-09, SYN-12)', LIMIT, async () => {
    const [condition, sleeping, woken] = [new Condition(), new Semaphore(0), new Semaphore(0)];
    const child = startChild(method, targets.sleepSync, condition, sleeping, woken);
    const task = targets.sleep(condition, sleeping, woken);
    await sleeping.acquire();
    await sleeping.acquire();
    await waitUntil(() => condition.sleeping === 2, 'both sleep');
    assert.equal(woken.value, 0);
    for (const count of [1, 2]) {
      await condition.use(() => condition.notify());
      await expectWoken(condition, woken, count);
    }
    await child.join();
    assert.equal(await task, true);
    assert.equal(condition.sleeping, 0);
  });

  test('notifyAll() wakes all, also after others gave up (SYN-10)', LIMIT, async () => {
    const [condition, sleeping, woken] = [new Condition(), new Semaphore(0), new Semaphore(0)];
    const late = startChild(method, targets.sleep, condition, sleeping, woken, 50);
    const tasks = [1, 2].map(() => targets.sleep(condition, sleeping, woken, 50));
    assert.deepEqual(await Promise.all(tasks), [false, false]);
    await late.join();
    assert.equal(condition.sleeping, 0);
    const children = [targets.sleep, targets.sleepSync].map((target) =>
      startChild(method, target, condition, sleeping, woken),
    );
    const task = targets.sleep(condition, sleeping, woken);
    await waitUntil(() => condition.sleeping === 3, 'all sleep');
    await condition.use(() => condition.notifyAll());
    await expectWoken(condition, woken, 6);
    for (const child of children) await child.join();
    assert.equal(await task, true);
  });

  test('notify(n) wakes exactly n of six (SYN-11, SYN-12)', LIMIT, async () => {
    const [condition, sleeping, woken] = [new Condition(), new Semaphore(0), new Semaphore(0)];
    const children = [targets.sleep, targets.sleepSync, targets.sleep].map((target) =>
      startChild(method, target, condition, sleeping, woken),
    );
    const tasks = [1, 2, 3].map(() => targets.sleep(condition, sleeping, woken));
    await waitUntil(() => condition.sleeping === 6, 'all sleep');
    for (const [n, sum] of [
      [1, 1],
      [2, 3],
      [4, 6],
      [3, 6],
    ] as const) {
      await condition.use(() => condition.notify(n));
      await expectWoken(condition, woken, sum);
    }
    for (const child of children) await child.join();
    assert.deepEqual(await Promise.all(tasks), [true, true, true]);
    assert.equal(condition.sleeping, 0);
  });

  test('waitFor() holds across processes (SYN-14)', LIMIT, async () => {
    const [condition, number] = [new Condition(), RawArray('i', 1)];
    const child = startChild(method, targets.countUp, condition, number, 500);
    assert.equal(await condition.use(() => condition.waitFor(() => number[0] === 500, 30_000)), true);
    await child.join();
  });

  test('a notification that its sleeper does not live to see goes to the next', LIMIT, async () => {
    const [condition, sleeping, woken] = [new Condition(), new Semaphore(0), new Semaphore(0)];
    const child = startChild(method, targets.sleep, condition, sleeping, woken);
    await waitUntil(() => condition.sleeping === 1, 'the child sleeps');
    const task = targets.sleep(condition, sleeping, woken);
    await waitUntil(() => condition.sleeping === 2, 'both sleep');
    await condition.acquire();
    condition.notify();
    // It was told, and waits for the lock, which it never gets.
    child.kill();
    await child.join();
    condition.release();
    assert.equal(await task, true);
    assert.equal(condition.sleeping, 0);
  });

  test('a sleeper that was killed is not notified', LIMIT, async () => {
    const [condition, sleeping, woken] = [new Condition(), new Semaphore(0), new Semaphore(0)];
    const child = startChild(method, targets.sleepSync, condition, sleeping, woken);
    await waitUntil(() => condition.sleeping === 1, 'the child sleeps');
    child.kill();
    await child.join();
    const task = targets.sleep(condition, sleeping, woken);
    await waitUntil(() => condition.sleeping >= 1, 'the task sleeps');
    await condition.use(() => condition.notify());
    assert.equal(await task, true);
  });
});

test('an event stays usable beside a condition of the same lock', LIMIT, async () => {
  const lock = new Lock();
  const [one, two, event] = [new Condition(lock), new Condition(lock), new Event()];
  const waiting = one.use(() => one.wait());
  await waitUntil(() => one.sleeping === 1, 'it sleeps');
  await two.use(() => two.notifyAll());
  assert.equal(one.sleeping, 1);
  await one.use(() => one.notifyAll());
  assert.equal(await waiting, true);
  event.set();
});
