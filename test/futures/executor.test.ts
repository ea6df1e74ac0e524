import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  asCompleted,
  CancelledError,
  Future,
  getContext,
  getReusableExecutor,
  PoolClosedError,
  ProcessManager,
  ProcessPoolExecutor,
  TimeoutError,
  waitFutures,
  waitFuturesSync,
  WorkerLostError,
} from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { Gate, throughGate } from '../pool/gate.ts';
import { collect, contextOf, range, warmUp } from '../pool/support.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 20_000 };

eachStartMethod('executors', (method) => {
  // A thread that is ended while it loads its modules leaves descriptors behind in Node's loader, and workers start here all the time.
  if (method !== 'thread') trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('submit() gives a future of the value (EXE-01, EXE-06)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const future = executor.submit(tasks.add, 2, 3);
    assert.ok(future instanceof Future && future instanceof Promise);
    assert.equal(await future, 5);
    assert.equal(await future.result(), 5);
    assert.equal(await future.exception(), undefined);
    assert.deepEqual([future.done(), future.cancelled(), future.running()], [true, false, false]);
    assert.throws(() => Reflect.apply(executor.submit, executor, [5]), TypeError);
    assert.throws(() => new ProcessPoolExecutor({ maxWorkers: 0 }), RangeError);
  });

  test('a failure is told to whoever asks, and to nobody else (EXE-13, FUT-06)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const future = executor.submit(tasks.fails, '/x');
    const error = await future.exception();
    assert.ok(error instanceof tasks.FileMissing && /--- worker/.test(error.stack ?? ''));
    await assert.rejects(future.result(), tasks.FileMissing);
    assert.equal(String(future), '<Future finished raised FileMissing>');
    assert.equal(String(await settled(executor.submit(tasks.square, 2))), '<Future finished returned number>');
  });

  test(
    'map() goes through several iterables, and errors come in their place (EXE-02, EXE-03, EXE-04)',
    LIMIT,
    async () => {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
      assert.deepEqual(await collect(executor.map(tasks.add, [1, 2, 3], [10, 20])), [11, 22]);
      const results = executor.map(tasks.failsIfOdd, [2, 3]);
      assert.equal((await results.next()).value, 2);
      await assert.rejects(results.next(), RangeError);
      using open = new Gate();
      using closed = new Gate();
      open.open();
      const slow = executor.map(throughGate, [open.file, closed.file], { timeout: 500 });
      assert.equal((await slow.next()).value, 'through');
      await assert.rejects(slow.next(), TimeoutError);
    },
  );

  test('workers start as they are needed (EXE-09, EXE-10)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 3, context });
    for (let i = 0; i < 3; i++) await executor.submit(tasks.square, i);
    assert.equal(executor.pids.length, 1);
    await Promise.all(range(45).map(() => executor.submit(tasks.after, 5)));
    assert.equal(executor.pids.length, 3);
  });

  test('workers that end while a call is still written lose nothing (LKY-07)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context, idleTimeout: 10 });
    await Promise.all([executor.submit(tasks.after, 20), executor.submit(tasks.after, 20)]);
    for (let i = 0; i < 5; i++) {
      // The workers run out of patience while this thread reads the argument.
      const slow = { get i() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); return i; } }; // prettier-ignore
      const both = [executor.submit(tasks.identity, slow), executor.submit(tasks.identity, slow)];
      assert.deepEqual(await Promise.all(both), [{ i }, { i }]);
    }
  });

  test('idle workers end again (LKY-07)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 3, context, idleTimeout: 100 });
    await Promise.all(range(10).map(() => executor.submit(tasks.after, 20)));
    await waitUntil(() => executor.pids.length === 1, 'two have ended');
    assert.equal(await executor.submit(tasks.square, 3), 9);
  });

  test('cancel() takes back what does not run (FUT-02, FUT-03, FUT-04)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    const running = executor.submit(throughGate, gate.file);
    await waitUntil(() => running.running(), 'it runs');
    const pending = executor.submit(tasks.square, 2);
    assert.equal(pending.cancel(), true);
    assert.equal(pending.cancel(), true);
    assert.equal(pending.cancelled(), true);
    assert.equal(running.cancel(), false);
    await assert.rejects(pending.result(), CancelledError);
    await assert.rejects(running.result(10), TimeoutError);
    gate.open();
    assert.equal(running.resultSync(), 'through');
    assert.equal(running.cancel(), false);
  });

  test('callbacks fire in order, and one that throws does not stop the next (FUT-01)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const heard: string[] = [];
    const future = executor.submit(tasks.after, 20);
    future.addDoneCallback(() => heard.push('first'));
    future.addDoneCallback(() => {
      throw new Error('a callback that throws on purpose');
    });
    future.addDoneCallback((one) => heard.push(String(one.done())));
    await future;
    await waitUntil(() => heard.length === 2, 'all were called');
    future.addDoneCallback(() => heard.push('late'));
    assert.deepEqual(heard, ['first', 'true', 'late']);
  });

  test('waitFutures() waits for the first, for a failure, or for all (FWT-01 to FWT-05)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const quick = executor.submit(tasks.square, 2);
    using gate = new Gate();
    const slow = executor.submit(throughGate, gate.file);
    const first = await waitFutures([quick, slow, quick], { returnWhen: 'firstCompleted' });
    assert.deepEqual([first.done.size, first.notDone.size], [1, 1]);
    const none = await waitFutures([slow], { timeout: 5 });
    assert.deepEqual([none.done.size, none.notDone.size], [0, 1]);
    const failing = executor.submit(tasks.failsIfOdd, 1);
    const failed = await waitFutures([quick, slow, failing], { returnWhen: 'firstException' });
    assert.ok(failed.done.has(failing) && failed.notDone.has(slow));
    gate.open();
    const all = await waitFutures([quick, slow, failing]);
    assert.equal(all.done.size, 3);
  });

  test('waitFuturesSync() and shutdownSync() block as long as the others wait', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const [quick, slow] = [executor.submit(tasks.square, 2), executor.submit(tasks.after, 300)];
    const first = waitFuturesSync([quick, slow, quick], { returnWhen: 'firstCompleted' });
    assert.deepEqual([[...first.done], [...first.notDone]], [[quick], [slow]]);
    assert.equal(waitFuturesSync([slow], { timeout: 1 }).notDone.size, 1);
    const failing = executor.submit(tasks.failsIfOdd, 1);
    assert.ok(waitFuturesSync([quick, slow, failing], { returnWhen: 'firstException' }).done.has(failing));
    assert.equal(waitFuturesSync([quick, slow, failing]).done.size, 3);
    assert.deepEqual(waitFuturesSync([]), { done: new Set(), notDone: new Set() });
    assert.throws(() => waitFuturesSync([slow], { signal: AbortSignal.abort() } as object), {
      code: 'ERR_MP_INVALID_ARG',
    });
    const rest = range(20).map((i) => executor.submit(tasks.square, i));
    executor.shutdownSync();
    assert.deepEqual(rest.map((future) => future.done()), rest.map(() => true)); // prettier-ignore
    assert.deepEqual(executor.pids, []);
    assert.deepEqual(await Promise.all(rest), range(20).map(tasks.square));
    assert.throws(() => executor.shutdownSync({ wait: 1 } as never), {
      message: /^ProcessPoolExecutor.shutdownSync: /,
    });
  });

  test('asCompleted() gives futures as they are done (ASC-01, ASC-02)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    using gate = new Gate();
    const slow = executor.submit(throughGate, gate.file);
    const quick = executor.submit(tasks.after, 1);
    const order: unknown[] = [];
    for await (const one of asCompleted([slow, quick, slow])) {
      order.push(one);
      gate.open();
    }
    assert.ok(order.length === 2 && order[0] === quick && order[1] === slow);
    using closed = new Gate();
    const never = executor.submit(throughGate, closed.file);
    const iterator = asCompleted([quick, never], { timeout: 0 });
    assert.equal((await iterator.next()).value, quick);
    await assert.rejects(iterator.next(), /1 of 2 futures are not done/);
  });

  test('shutdown() waits for what was submitted, or cancels it (SHD-01, SHD-02, SHD-04, SHD-06)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const futures = range(50).map((i) => executor.submit(tasks.squareLater, i));
    await executor.shutdown();
    assert.throws(() => executor.submit(tasks.square, 1), PoolClosedError);
    assert.deepEqual(await Promise.all(futures), range(50).map(tasks.square));
    const other = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const many = range(50).map(() => other.submit(tasks.after, 20));
    await other.shutdown({ wait: false });
    await other.shutdown({ cancelFutures: true });
    const cancelled = many.filter((future) => future.cancelled()).length;
    assert.ok(cancelled > 20, `${cancelled}`);
    const rest = many.filter((future) => !future.cancelled());
    assert.deepEqual(
      await Promise.all(rest),
      rest.map(() => 20),
    );
  });

  test('a worker that dies fails its own call only, as in a pool', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    // A signal would end the whole process of a thread.
    const dead = executor.submit(tasks.exits, 3);
    const behind = executor.submit(tasks.square, 4);
    assert.ok((await dead.exception()) instanceof WorkerLostError);
    assert.equal(await behind, 16);
  });

  test(
    'terminateWorkers() and killWorkers() fail what is pending, and are harmless afterwards (SHD-09)',
    LIMIT,
    async () => {
      for (const end of ['terminateWorkers', 'killWorkers'] as const) {
        const executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
        const futures = [
          executor.submit(tasks.forEver),
          executor.submit(tasks.forEver),
          executor.submit(tasks.square, 2),
        ];
        await waitUntil(() => futures[1]?.running() === true, 'two run');
        await executor[end]();
        assert.equal(executor.pids.length, 0);
        for (const future of futures) assert.ok((await future.exception()) instanceof PoolClosedError);
        await executor[end]();
        assert.throws(() => executor.submit(tasks.square, 1), PoolClosedError);
        const idle = new ProcessPoolExecutor({ maxWorkers: 1, context });
        assert.equal(await idle.submit(tasks.square, 3), 9);
        await idle[end]();
        const shut = new ProcessPoolExecutor({ maxWorkers: 1, context });
        await shut.shutdown();
        await shut[end]();
      }
    },
  );

  test('getReusableExecutor() gives the same one for the same options, resized in place (LKY-01)', LIMIT, async () => {
    const first = getReusableExecutor({ maxWorkers: 1, context });
    assert.equal(getReusableExecutor({ maxWorkers: 1, context }), first);
    assert.equal(await first.submit(tasks.square, 3), 9);
    assert.equal(getReusableExecutor({ maxWorkers: 3, context }), first);
    await Promise.all(range(9).map(() => first.submit(tasks.after, 10)));
    assert.equal(first.pids.length, 3);
    // During work: the surplus workers end when their calls have ended, and nothing is lost.
    const busy = range(6).map((i) => first.submit(tasks.after, 10 + i));
    assert.equal(getReusableExecutor({ maxWorkers: 1, context }), first);
    assert.deepEqual(await Promise.all(busy), range(6).map((i) => 10 + i)); // prettier-ignore
    await waitUntil(() => first.pids.length === 1, 'the surplus ones have ended');
    assert.equal(getReusableExecutor({ context }), first);
    const second = getReusableExecutor({ maxWorkers: 2, context, maxTasksPerChild: 5 });
    assert.notEqual(second, first);
    await second.shutdown();
    const third = getReusableExecutor({ maxWorkers: 2, context, maxTasksPerChild: 5 });
    assert.notEqual(third, second);
    await third.killWorkers();
    const fourth = getReusableExecutor({ maxWorkers: 2, context, maxTasksPerChild: 5 });
    assert.notEqual(fourth, third);
    await fourth.shutdown();
  });

  test('insights tell where the time of the workers went, also after the shutdown (MPI-10)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context, insights: { slowest: 1 } });
    assert.equal(await executor.submit(tasks.square, 3), 9);
    assert.equal(await executor.submit(tasks.after, 300), 300);
    await executor.shutdown();
    const { workers, total, slowest } = executor.insights();
    assert.deepEqual([workers.length, total.workers, total.calls], [1, 1, 2]);
    assert.deepEqual(slowest.map(({ name, args }) => [name, args]), [['after', '[ 300 ]']]); // prettier-ignore
    assert.match(String(executor.insights()), /\nslowest calls\n/);
    const options = { maxWorkers: 1, context, insights: true };
    const reusable = getReusableExecutor(options);
    assert.equal(getReusableExecutor({ ...options }), reusable);
    assert.equal(reusable.insights().total.calls, 0);
    await reusable.shutdown();
  });

  test('an executor that does not measure says so, and wrong options are refused', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const message = /^ProcessPoolExecutor\.insights: .* does not measure; make it with the option `insights: true`$/;
    assert.throws(() => executor.insights(), { code: 'ERR_MP_INVALID_ARG', message });
    assert.throws(() => executor.submit(3 as never), /^TypeError: ProcessPoolExecutor\.submit: /);
    async function* letters(): AsyncGenerator<string> {
      yield 'a';
    }
    for (const wrong of [letters(), 3]) assert.throws(() => executor.map(tasks.square, wrong as never), TypeError);
    assert.throws(() => executor.map(tasks.square, [1], letters() as never), /`Pool\.imap` takes async ones/);
    await executor.killWorkers();
    for (const insights of [1, { slow: 3 }, { slowest: -1 }])
      assert.throws(() => new ProcessPoolExecutor({ insights } as never), { code: 'ERR_MP_INVALID_ARG' });
    assert.throws(() => new ProcessPoolExecutor({ insigths: true } as never), /insights/);
  });

  test('a process manager submits, maps and cleans up', LIMIT, async () => {
    const manager = new ProcessManager({ maxWorkers: 2, context });
    assert.equal(await manager.submitTask(tasks.add, 1, 2), 3);
    assert.deepEqual(await manager.mapTasks(tasks.square, range(10)), range(10).map(tasks.square));
    const last = manager.submitTask(tasks.after, 50);
    await manager.cleanup();
    await manager.cleanup();
    assert.equal(await last, 50);
    assert.throws(() => manager.submitTask(tasks.square, 1), PoolClosedError);
    {
      await using scoped = new ProcessManager(1);
      assert.equal(await scoped.submitTask(tasks.square, 3), 9);
    }
  });

  test('the executors of a context are bound to its start method', LIMIT, async () => {
    const bound = getContext(method);
    await using executor = new bound.ProcessPoolExecutor(1);
    await using manager = new bound.ProcessManager(1);
    const isThread = method === 'thread';
    assert.equal((await executor.submit(tasks.pid)) === process.pid, isThread);
    assert.equal((await manager.submitTask(tasks.pid)) === process.pid, isThread);
    assert.equal((await bound.getReusableExecutor({ maxWorkers: 1 }).submit(tasks.pid)) === process.pid, isThread);
    await bound.getReusableExecutor().shutdown();
  });
});

async function settled<R>(future: Future<R>): Promise<{ toString(): string }> {
  await future;
  return { toString: () => future.toString() };
}
