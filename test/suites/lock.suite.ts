import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BoundedSemaphore, Lock, RLock, Semaphore } from 'manycore';

const LIMIT = { timeout: 30_000 };

/** What differs between the locks. */
export interface LockTraits {
  make(): Lock | RLock | Semaphore | BoundedSemaphore;
  /** Whether the thread that holds it gets it again. */
  readonly isReentrant?: boolean;
  /** Whether giving back what nobody holds is an error. */
  readonly refusesRelease?: boolean;
}

/** What every lock does, and every semaphore with one permit. */
export function lockSuite({ make, isReentrant = false, refusesRelease = true }: LockTraits): void {
  test('is taken and given back (SYN-01)', LIMIT, async () => {
    const lock = make();
    assert.equal(await lock.acquire(), true);
    assert.equal(lock.locked(), true);
    assert.equal(lock.tryAcquire(), isReentrant);
    if (isReentrant) lock.release();
    lock.release();
    assert.equal(lock.locked(), false);
    if (refusesRelease) assert.throws(() => lock.release(), { code: 'ERR_MP_PROCESS' });
  });

  test('is a scoped resource (SYN-03)', LIMIT, async () => {
    const lock = make();
    {
      using _held = await lock.hold();
      assert.equal(lock.locked(), true);
    }
    assert.equal(lock.locked(), false);
    {
      using held = lock.holdSync();
      held[Symbol.dispose]();
      assert.equal(lock.locked(), false);
    }
    assert.equal(lock.locked(), false);
    assert.equal(await lock.use(() => lock.locked()), true);
    assert.equal(
      lock.useSync(() => lock.locked()),
      true,
    );
    assert.throws(() => lock.useSync(5 as never), { code: 'ERR_MP_INVALID_ARG' });
    await assert.rejects(
      lock.use(() => {
        throw new RangeError('inside');
      }),
      /inside/,
    );
    assert.equal(lock.locked(), false);
  });

  test('arguments are checked at once', LIMIT, () => {
    const lock = make();
    assert.throws(() => void lock.acquire(Number.NaN), { code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => void lock.acquire({ timout: 3 } as object), /did you mean `timeout`/);
    assert.throws(() => lock.acquireSync({ timeout: '3' } as never), { code: 'ERR_MP_INVALID_ARG' });
  });

  if (isReentrant) return;

  test('waits as long as it is told to (SYN-08)', LIMIT, async () => {
    const lock = make();
    lock.acquireSync();
    for (const timeout of [0, -1]) {
      assert.equal(await lock.acquire(timeout), false);
      assert.equal(lock.acquireSync({ timeout }), false);
    }
    for (const wait of [(): unknown => lock.acquire({ timeout: 30 }), (): unknown => lock.acquireSync(30)]) {
      const start = performance.now();
      assert.equal(await wait(), false);
      assert.ok(performance.now() - start >= 29);
    }
    await assert.rejects(lock.hold(5), { code: 'ERR_MP_TIMEOUT' });
    assert.throws(() => lock.holdSync(5), { code: 'ERR_MP_TIMEOUT' });
    lock.release();
    assert.equal(lock.acquireSync(5), true);
    lock.release();
  });

  test('a wait that is aborted takes nothing', LIMIT, async () => {
    const lock = make();
    lock.acquireSync();
    const controller = new AbortController();
    const waiting = lock.acquire({ signal: controller.signal });
    controller.abort(new Error('no more'));
    await assert.rejects(waiting, /no more/);
    lock.release();
    assert.equal(lock.tryAcquire(), true);
    lock.release();
  });

  test('tasks of one thread take it in turn', LIMIT, async () => {
    const lock = make();
    let inside = 0;
    let sum = 0;
    const work = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) {
        await lock.use(async () => {
          assert.equal(++inside, 1);
          await Promise.resolve();
          sum++;
          inside--;
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, work));
    assert.equal(sum, 400);
  });
}
