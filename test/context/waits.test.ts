import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as mp from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { warmUp } from '../pool/support.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 20_000 };

/** A call with the wait that a user gave it. */
type Waiting = (wait: never) => unknown;

describe('every call that waits takes a number or an object', () => {
  trackLeaks({ warmUp });

  test('its blocking twin refuses what it does not know, before it waits', LIMIT, async () => {
    await using pool = new mp.Pool({ processes: 1, context: 'thread' });
    const executor = new mp.ThreadPoolExecutor(1);
    await using child = new mp.Process({ target: tasks.after, args: [60_000], context: 'thread' });
    child.start();
    for (const [name, call] of Object.entries(blockingCalls(pool, executor, child))) {
      const wrong = { code: 'ERR_MP_INVALID_ARG' };
      assert.throws(() => call({ timout: 1 } as never), { ...wrong, message: /did you mean `timeout`/ }, name);
      assert.throws(() => call({ timeout: 0, signal: AbortSignal.abort() } as never), wrong, name);
      for (const value of ['1', null, NaN, true]) assert.throws(() => call(value as never), wrong, name);
    }
    await executor.killWorkers();
  });

  test('it ends early when its signal fires, and hears of wrong options', LIMIT, async () => {
    await using pool = new mp.Pool({ processes: 1, context: 'thread', maxInFlight: 1 });
    const executor = new mp.ThreadPoolExecutor(1);
    const reason = new Error('no longer wanted');
    for (const [name, call] of Object.entries(promisingCalls(pool, executor))) {
      const begun = async (wait: unknown): Promise<unknown> => call(wait as never);
      await assert.rejects(begun({ signal: AbortSignal.abort(reason) }), reason, name);
      const controller = new AbortController();
      const waiting = begun({ timeout: 60_000, signal: controller.signal });
      controller.abort(reason);
      await assert.rejects(waiting, reason, name);
      await assert.rejects(begun({ timout: 1 }), { code: 'ERR_MP_INVALID_ARG', message: /did you mean/ }, name);
      await assert.rejects(begun('1'), { code: 'ERR_MP_INVALID_ARG' }, name);
    }
    await executor.killWorkers();
  });

  test('what was aborted took nothing: the result comes with the next call', LIMIT, async () => {
    await using pool = new mp.Pool({ processes: 1, context: 'thread' });
    const results = pool.imap(tasks.after, [50, 1]);
    const controller = new AbortController();
    const waiting = results.next({ signal: controller.signal });
    controller.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
    assert.equal((await results.next()).done, false);
    assert.equal((await results.next()).done, false);
    assert.equal((await results.next({ timeout: 10_000 })).done, true);
  });

  test('who only looks, again and again, sees the result at last', LIMIT, async () => {
    await using pool = new mp.Pool({ processes: 1, context: 'thread' });
    const results = pool.imap(tasks.square, [3]);
    const pending = pool.applyAsync(tasks.square, [4]);
    const looked: unknown[] = [];
    while (looked.length < 1) await results.next(0).then(({ value }) => looked.push(value), isLate);
    while (looked.length < 2) await pending.get(0).then((value) => looked.push(value), isLate);
    assert.deepEqual(looked, [9, 16]);
  });
});

function isLate(error: unknown): void {
  assert.ok(error instanceof mp.TimeoutError);
}

function blockingCalls(
  pool: mp.Pool,
  executor: mp.ThreadPoolExecutor,
  child: mp.Process<[number]>,
): Record<string, Waiting> {
  const pending = pool.applyAsync(tasks.after, [60_000]);
  const future = executor.submit(tasks.after, 60_000);
  const [near] = mp.Pipe();
  const queue = new mp.JoinableQueue(1);
  queue.putNoWait(1);
  const empty = new mp.Queue();
  const lock = new mp.Lock();
  lock.acquireSync();
  const condition = new mp.Condition();
  condition.acquireSync();
  const stream = pool.imapSync(tasks.after, [60_000]);
  return {
    'AsyncResult.getSync': (wait) => pending.getSync(wait),
    'AsyncResult.waitSync': (wait) => pending.waitSync(wait),
    'SyncResultIterator.next': (wait) => stream.next(wait),
    'Pool.joinSync': (wait) => pool.joinSync(wait),
    'Future.resultSync': (wait) => future.resultSync(wait),
    'Future.exceptionSync': (wait) => future.exceptionSync(wait),
    'Process.joinSync': (wait) => child.joinSync(wait),
    'Queue.getSync': (wait) => empty.getSync(wait),
    'Queue.putSync': (wait) => queue.putSync(2, wait),
    'JoinableQueue.joinSync': (wait) => queue.joinSync(wait),
    'Connection.recvSync': (wait) => near.recvSync(wait),
    'Connection.recvBytesSync': (wait) => near.recvBytesSync(10, wait),
    'Connection.pollSync': (wait) => near.pollSync(wait),
    waitSync: (wait) => mp.waitSync([near], wait),
    'Lock.acquireSync': (wait) => lock.acquireSync(wait),
    'Lock.holdSync': (wait) => lock.holdSync(wait),
    'Lock.useSync': (wait) => lock.useSync(() => 1, wait),
    'Condition.waitSync': (wait) => condition.waitSync(wait),
    'Condition.waitForSync': (wait) => condition.waitForSync(() => false, wait),
    'Event.waitSync': (wait) => new mp.Event().waitSync(wait),
    'Barrier.waitSync': (wait) => new mp.Barrier(2).waitSync(wait),
  };
}

function promisingCalls(pool: mp.Pool, executor: mp.ThreadPoolExecutor): Record<string, Waiting> {
  const pending = pool.applyAsync(tasks.after, [60_000]);
  const future = executor.submit(tasks.after, 60_000);
  const stream = pool.imap(tasks.after, [60_000]);
  const [near] = mp.Pipe();
  const queue = new mp.JoinableQueue(1);
  queue.putNoWait(1);
  const lock = new mp.Lock();
  lock.acquireSync();
  return {
    'AsyncResult.get': (wait) => pending.get(wait),
    'AsyncResult.wait': (wait) => pending.wait(wait),
    'ResultIterator.next': (wait) => stream.next(wait),
    'Pool.waitForRoom': (wait) => pool.waitForRoom(wait),
    'Future.result': (wait) => future.result(wait),
    'Future.exception': (wait) => future.exception(wait),
    waitFutures: (wait) => mp.waitFutures([future], wait),
    asCompleted: (wait) => mp.asCompleted([future], wait).next(),
    'Queue.get': (wait) => new mp.Queue().get(wait),
    'Queue.put': (wait) => queue.put(2, wait),
    'JoinableQueue.join': (wait) => queue.join(wait),
    'Connection.recv': (wait) => near.recv(wait),
    'Connection.poll': (wait) => near.poll(wait),
    wait: (wait) => mp.wait([near], wait),
    'Lock.acquire': (wait) => lock.acquire(wait),
    'Lock.hold': (wait) => lock.hold(wait),
    'Lock.use': (wait) => lock.use(() => 1, wait),
    'Event.wait': (wait) => new mp.Event().wait(wait),
    'Barrier.wait': (wait) => new mp.Barrier(2).wait(wait),
  };
}
