import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BoundedSemaphore, Event, Lock, Pool, RawArray, RLock, Semaphore } from 'manycore';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { lockSuite } from '../suites/lock.suite.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };

describe('Lock', () => lockSuite({ make: () => new Lock() }));
describe('RLock', () => lockSuite({ make: () => new RLock(), isReentrant: true }));
describe('Semaphore of one permit', () => lockSuite({ make: () => new Semaphore(1), refusesRelease: false }));
describe('BoundedSemaphore of one permit', () => lockSuite({ make: () => new BoundedSemaphore(1) }));

test('an RLock needs as many releases as acquires (SYN-02)', LIMIT, async () => {
  const lock = new RLock();
  for (let i = 0; i < 3; i++) assert.equal(await lock.acquire(), true);
  for (let i = 0; i < 3; i++) lock.release();
  assert.throws(() => lock.release(), { code: 'ERR_MP_PROCESS' });
  assert.equal(lock.locked(), false);
});

test('a Semaphore counts, and may be released above its start (SYN-05, SYN-06)', LIMIT, async () => {
  const gate = new Semaphore(2);
  assert.deepEqual(
    [gate.value, await gate.acquire(), gate.value, gate.acquireSync(), gate.value],
    [2, true, 1, true, 0],
  );
  assert.equal(gate.tryAcquire(), false);
  gate.release();
  gate.release();
  gate.release();
  assert.equal(gate.value, 3);
  gate.release(2);
  assert.equal(gate.value, 5);
  assert.throws(() => new Semaphore(-1), RangeError);
  assert.throws(() => new Semaphore('1' as never), TypeError);
  assert.throws(() => gate.release(0), RangeError);
});

test('a BoundedSemaphore refuses to have more than at its start (SYN-07)', LIMIT, async () => {
  const gate = new BoundedSemaphore(2);
  assert.throws(() => gate.release(), { code: 'ERR_MP_PROCESS' });
  await gate.acquire();
  gate.release();
  assert.equal(gate.value, 2);
});

test('locks can be subclassed (SYN-21)', LIMIT, async () => {
  class Counted extends Lock {
    acquired = 0;
    override async acquire(): Promise<boolean> {
      this.acquired++;
      return super.acquire();
    }
  }
  const lock = new Counted();
  await lock.use(() => assert.equal(lock.locked(), true));
  assert.equal(lock.acquired, 1);
});

eachSharingMethod('locks between processes', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  for (const make of [() => new Lock(), () => new RLock(), () => new Semaphore(1), () => new BoundedSemaphore(1)]) {
    const { name } = make().constructor;

    test(`${name}: what one process holds, another sees and waits for (SYN-04)`, LIMIT, async () => {
      const lock = make();
      const [held, go] = [new Event(), new Event()];
      const child = startChild(method, targets.holdUntil, lock, held, go);
      await held.wait();
      assert.equal(lock.locked(), true);
      assert.equal(lock.tryAcquire(), false);
      assert.equal(lock.acquireSync(5), false);
      const waiting = lock.acquire();
      go.set();
      assert.equal(await waiting, true);
      await child.join();
      lock.release();
    });

    test(`${name}: processes exclude each other`, LIMIT, async () => {
      const lock = make();
      const number = RawArray('i', 1);
      const children = [1, 2, 3].map(() => startChild(method, targets.addUnder, lock, number, 10_000));
      for (const child of children) await child.join();
      assert.equal(number[0], 30_000);
    });

    test(`${name}: nobody starves while four processes and a task take it all the time`, LIMIT, async () => {
      const lock = make();
      const turns = RawArray('i', 6);
      const children = [0, 1, 2, 3].map((index) => startChild(method, targets.takeTurns, lock, turns, index));
      const task = (async (): Promise<void> => {
        while (Atomics.load(turns, 5) === 0) await lock.use(() => Atomics.add(turns, 4, 1));
      })();
      const least = (): number => Math.min(...turns.subarray(0, 5));
      await waitUntil(() => least() >= 20, 'each has had twenty turns', { timeout: 20_000 });
      Atomics.store(turns, 5, 1);
      await task;
      for (const child of children) await child.join();
    });

    test(`${name}: passes on when its holder is killed`, LIMIT, async () => {
      const lock = make();
      const held = new Event();
      const child = startChild(method, targets.holdForEver, lock, held);
      await held.wait();
      const waiting = lock.acquire();
      child.kill();
      assert.equal(await waiting, true);
      assert.equal(lock.ownerDied, true);
      lock.markConsistent();
      assert.equal(lock.ownerDied, false);
      lock.release();
      await child.join();
      assert.equal(lock.locked(), false);
    });

    test(`${name}: killed again and again in the middle, nobody gets stuck and none is in twice`, LIMIT, async () => {
      const lock = make();
      const inside = RawArray('i', 3);
      for (let round = 0; round < 6; round++) {
        const children = [1, 2].map(() => startChild(method, targets.churn, lock, inside));
        const before = Atomics.load(inside, 2);
        await waitUntil(() => Atomics.load(inside, 2) > before + 1000 * (round + 1), 'they are at it');
        children[0]?.kill();
        await children[0]?.join();
        const then = Atomics.load(inside, 2);
        await waitUntil(() => Atomics.load(inside, 2) > then + 100, 'the other goes on');
        children[1]?.kill();
        await children[1]?.join();
      }
      assert.equal(await lock.acquire(5_000), true);
      lock.release();
      assert.equal(inside[1], 0);
    });
  }

  test('a child may take a Lock and end; whoever likes gives it back', LIMIT, async () => {
    const lock = new Lock();
    const child = startChild(method, targets.acquireAndEnd, lock);
    await child.join();
    assert.equal(lock.locked(), true);
    lock.release();
    assert.throws(() => lock.release(), { code: 'ERR_MP_PROCESS' });
  });

  test('a Semaphore that is a signal keeps count when its consumers end', LIMIT, async () => {
    const signal = new Semaphore(0);
    signal.release(2);
    const child = startChild(method, targets.acquireAndEnd, signal);
    await child.join();
    assert.equal(signal.value, 1);
    assert.equal(await signal.acquire(), true);
    assert.equal(await signal.acquire({ timeout: 300 }), false);
  });

  test('a BoundedSemaphore that refused a release still takes back the permits of the dead', LIMIT, async () => {
    const gate = new BoundedSemaphore(1);
    const [held, go, heldAgain] = [new Event(), new Event(), new Event()];
    const first = startChild(method, targets.holdUntil, gate, held, go);
    await held.wait();
    // From here on this thread believes that no permit is free.
    assert.equal(gate.tryAcquire(), false);
    go.set();
    await first.join();
    assert.throws(() => gate.release(), { code: 'ERR_MP_PROCESS' });
    const second = startChild(method, targets.holdForEver, gate, heldAgain);
    await heldAgain.wait();
    second.kill();
    assert.equal(await gate.acquire(10_000), true);
    await second.join();
  });

  test('comes back as itself from a pool', LIMIT, async () => {
    await using pool = new Pool({ processes: 1, context: method });
    const lock = new Lock();
    assert.deepEqual(await pool.apply(targets.tryHere, [lock]), [true, false]);
    await lock.acquire();
    assert.deepEqual(await pool.apply(targets.tryHere, [lock]), [false, true]);
    assert.equal(await pool.apply((one: Lock) => one, [lock]), lock);
    lock.release();
  });
});
