import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Barrier, RawArray, Semaphore } from 'manycore';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 90_000 };
const BROKEN = { code: 'ERR_MP_BROKEN_BARRIER' };

async function codesOf(waits: readonly Promise<unknown>[]): Promise<unknown[]> {
  const outcomes = await Promise.allSettled(waits);
  return outcomes.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : (outcome.reason as { code?: string }).code,
  );
}

test('a barrier of one never blocks (BAR-11)', LIMIT, async () => {
  const barrier = new Barrier(1);
  assert.equal(await barrier.wait(), 0);
  assert.equal(barrier.waitSync(), 0);
  assert.throws(() => new Barrier(0), RangeError);
  assert.throws(() => new Barrier(2, { action: 1 as never }), TypeError);
  assert.throws(() => new Barrier(2, { aktion: () => {} } as object), /did you mean `action`/);
});

test('tells how many wait and how many must come (BAR-12)', LIMIT, async () => {
  const barrier = new Barrier(3);
  const waits = [barrier.wait(), barrier.wait()];
  assert.deepEqual([barrier.parties, barrier.nWaiting, barrier.broken], [3, 2, false]);
  waits.push(barrier.wait());
  assert.deepEqual(await Promise.all(waits), [0, 1, 2]);
  assert.equal(barrier.nWaiting, 0);
});

test('the action runs once in a pass, before anybody goes on (BAR-05)', LIMIT, async () => {
  const log: string[] = [];
  const barrier = new Barrier(3, {
    action: async () => {
      await Promise.resolve();
      log.push('action');
    },
  });
  const party = async (): Promise<void> => {
    for (let pass = 0; pass < 5; pass++) {
      await barrier.wait();
      log.push('go');
    }
  };
  await Promise.all([party(), party(), party()]);
  assert.equal(log.filter((word) => word === 'action').length, 5);
  // Between two actions each party goes on once.
  assert.deepEqual(
    log
      .join(' ')
      .split('action')
      .map((part) => part.split('go').length - 1)
      .slice(1),
    [3, 3, 3, 3, 3],
  );
  assert.equal(log[0], 'action');
});

test('an action that throws breaks it; the error goes to the one who ran it', LIMIT, async () => {
  const barrier = new Barrier(2, {
    action: () => {
      throw new RangeError('no');
    },
  });
  const [first, last] = await Promise.allSettled([barrier.wait(), barrier.wait()]);
  assert.equal(first.status === 'rejected' && first.reason.code, BROKEN.code);
  assert.ok(last.status === 'rejected' && last.reason instanceof RangeError);
  assert.equal(barrier.broken, true);
});

test('abort() breaks all who wait, and all who come; reset() mends it (BAR-06, BAR-08)', LIMIT, async () => {
  const barrier = new Barrier(3);
  const waits = [barrier.wait(), barrier.wait()];
  barrier.abort();
  assert.deepEqual(await codesOf(waits), [BROKEN.code, BROKEN.code]);
  assert.equal(barrier.broken, true);
  await assert.rejects(barrier.wait(), BROKEN);
  assert.throws(() => barrier.waitSync(), BROKEN);
  barrier.reset();
  assert.equal(barrier.broken, false);
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait(), barrier.wait()]), [0, 1, 2]);
});

test('reset() sends those away who wait, and it works again (BAR-07)', LIMIT, async () => {
  const barrier = new Barrier(2);
  const waits = [barrier.wait()];
  barrier.reset();
  assert.deepEqual(await codesOf(waits), [BROKEN.code]);
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
});

test('one that comes too late breaks it for all (BAR-09, BAR-10)', LIMIT, async () => {
  for (const barrier of [new Barrier(3), new Barrier(3, { timeout: 30 })]) {
    const waits = [barrier.wait(), barrier.wait({ timeout: 30 })];
    assert.deepEqual(await codesOf(waits), [BROKEN.code, BROKEN.code]);
    assert.equal(barrier.broken, true);
    barrier.reset();
    assert.throws(() => barrier.waitSync(10), BROKEN);
  }
});

test('an aborted party takes itself back and leaves the others waiting', LIMIT, async () => {
  const barrier = new Barrier(2);
  const controller = new AbortController();
  const aborted = barrier.wait({ signal: controller.signal });
  controller.abort(new Error('not me'));
  await assert.rejects(aborted, /not me/);
  assert.equal(barrier.nWaiting, 0);
  assert.deepEqual(await Promise.all([barrier.wait(), barrier.wait()]), [0, 1]);
});

eachSharingMethod('Barrier', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('six pass together, and one of them is the first (BAR-01, BAR-04)', LIMIT, async () => {
    const [barrier, results] = [new Barrier(6), RawArray('i', 6)];
    const children = [1, 2, 3].map(() => startChild(method, targets.passOnce, barrier, results));
    await Promise.all([1, 2, 3].map(() => targets.passOnce(barrier, results)));
    for (const child of children) await child.join();
    assert.deepEqual([...results], [1, 1, 1, 1, 1, 1]);
  });

  for (const passes of [10, 1000]) {
    test(`processes pass ${passes} times in step (BAR-02, BAR-03)`, LIMIT, async () => {
      const [barrier, before, wrong] = [new Barrier(3), RawArray('i', 1), RawArray('i', 1)];
      const children = [1, 2].map(() => startChild(method, targets.passSync, barrier, passes, before, wrong));
      targets.passSync(barrier, passes, before, wrong);
      for (const child of children) await child.join();
      assert.deepEqual(
        children.map((child) => child.exitCode),
        [0, 0],
      );
      assert.equal(before[0], 3 * passes);
      assert.equal(wrong[0], 0);
    });
  }

  test('its action goes along, and runs once in each pass', LIMIT, async () => {
    const [counter, results] = [RawArray('i', 1), RawArray('i', 2)];
    const barrier = new Barrier(2, { action: () => void Atomics.add(counter, 0, 1) });
    const child = startChild(method, targets.passOnce, barrier, results);
    await waitUntil(() => barrier.nWaiting === 1, 'the child waits');
    await barrier.wait();
    await child.join();
    const again = startChild(method, targets.passOnce, barrier, results);
    const index = await barrier.wait();
    await again.join();
    assert.ok(index >= 0);
    assert.equal(counter[0], 2);
  });

  test('a party that dies breaks it', LIMIT, async () => {
    const [barrier, ready] = [new Barrier(3), new Semaphore(0)];
    const child = startChild(method, targets.waitForEver, barrier, ready);
    const waiting = codesOf([barrier.wait()]);
    await waitUntil(() => barrier.nWaiting === 2, 'both wait');
    child.kill();
    assert.deepEqual(await waiting, [BROKEN.code]);
    await child.join();
  });
});
