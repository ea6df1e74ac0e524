import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCompleted, CancelledError, type Future, PoolClosedError, ProcessPoolExecutor, waitFutures } from 'manycore';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { Gate, throughGate } from '../pool/gate.ts';
import { contextOf, range, warmUp } from '../pool/support.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 20_000 };

/** What a future says of itself. */
function statesOf(future: Future<unknown>): unknown[] {
  return [String(future), future.done(), future.running(), future.cancelled(), future.cancel()];
}

eachStartMethod('states of futures', (method) => {
  // A thread that is ended while it loads its modules leaves descriptors behind in Node's loader, and workers start here all the time.
  if (method !== 'thread') trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('are told alike by text, questions and `cancel()` (FUT-02, FUT-03, FUT-06)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    const first = executor.submit(throughGate, gate.file);
    await waitUntil(() => first.running(), 'it runs');
    const second = executor.submit(tasks.square, 2);
    assert.equal(String(second), '<Future pending>');
    assert.deepEqual([second.done(), second.running(), second.cancelled()], [false, false, false]);
    assert.deepEqual(statesOf(first), ['<Future running>', false, true, false, false]);
    assert.equal(second.cancel(), true);
    assert.deepEqual(statesOf(second), ['<Future cancelled>', true, false, true, true]);
    gate.open();
    await first;
    assert.deepEqual(statesOf(first), ['<Future finished returned string>', true, false, false, false]);
    const failed = executor.submit(tasks.failsIfOdd, 1);
    await failed.exception();
    assert.deepEqual(statesOf(failed), ['<Future finished raised RangeError>', true, false, false, false]);
  });

  test('whoever waits for a result hears of a cancellation (FUT-04)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    void executor.submit(throughGate, gate.file);
    const pending = executor.submit(tasks.square, 2);
    const waiting = [pending.result(), pending.exception(), pending.result(10_000), Promise.resolve(pending)];
    assert.equal(pending.cancel(), true);
    for (const one of waiting) await assert.rejects(one, CancelledError);
    assert.throws(() => pending.resultSync(), CancelledError);
    gate.open();
  });

  test(
    'callbacks hear of results, errors and cancellations, in their order, also afterwards (FUT-01)',
    LIMIT,
    async () => {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
      using gate = new Gate();
      const running = executor.submit(throughGate, gate.file);
      const failing = executor.submit(tasks.failsIfOdd, 1);
      const cancelled = executor.submit(tasks.square, 2);
      const heard: string[] = [];
      for (const future of [running, failing, cancelled])
        for (const word of ['one', 'two'])
          future.addDoneCallback((given) => heard.push(`${word} ${String(given === future)}`));
      cancelled.cancel();
      await waitUntil(() => heard.length === 2, 'the cancellation was told');
      gate.open();
      await failing.exception();
      await waitUntil(() => heard.length === 6, 'all were told');
      assert.deepEqual(heard, ['one true', 'two true', 'one true', 'two true', 'one true', 'two true']);
      for (const future of [running, failing, cancelled]) {
        let isCalled = false;
        future.addDoneCallback(() => (isCalled = true));
        assert.equal(isCalled, true);
      }
    },
  );

  test('an earlier failure counts, and earlier results do not (FWT-01, FWT-02)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    const done = executor.submit(tasks.square, 2);
    const failed = executor.submit(tasks.failsIfOdd, 1);
    await failed.exception();
    const slow = executor.submit(throughGate, gate.file);
    const first = await waitFutures([slow, done], { returnWhen: 'firstCompleted' });
    assert.deepEqual([...first.done], [done]);
    const atFailure = await waitFutures([slow, failed], { returnWhen: 'firstException' });
    assert.deepEqual([[...atFailure.done], [...atFailure.notDone]], [[failed], [slow]]);
    const none = await waitFutures([slow, done], { returnWhen: 'firstException', timeout: 50 });
    assert.deepEqual([...none.notDone], [slow]);
    gate.open();
  });

  test('asCompleted() lets go of what it has given, while it goes on (ASC-03)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    let isGone = false;
    const registry = new FinalizationRegistry(() => (isGone = true));
    const begin = async (): Promise<AsyncIterator<Future<unknown>>> => {
      const quick: Future<unknown> = executor.submit(tasks.square, 2);
      const iterator = asCompleted([quick, executor.submit(throughGate, gate.file)]);
      assert.equal((await iterator.next()).value, quick);
      registry.register(quick, 0);
      return iterator;
    };
    const iterator = await begin();
    await waitUntil(() => {
      collectGarbage();
      return isGone;
    }, 'the first one is gone');
    gate.open();
    assert.equal(await (await iterator.next()).value, 'through');
  });

  test('shutdown({ wait: false }) does not wait, and all is done (SHD-06)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    using gate = new Gate();
    const futures = [executor.submit(throughGate, gate.file), ...range(5).map((i) => executor.submit(tasks.square, i))];
    await executor.shutdown({ wait: false });
    assert.ok(futures.every((future) => !future.done()));
    assert.throws(() => executor.submit(tasks.square, 1), PoolClosedError);
    gate.open();
    assert.deepEqual(await Promise.all<unknown>(futures), ['through', 0, 1, 4, 9, 16]);
    await executor.shutdown();
  });

  test(
    'an initializer that fails fails every call, made before or after, and leaves nothing (EXE-15)',
    LIMIT,
    async () => {
      const executor = new ProcessPoolExecutor({ maxWorkers: 2, context, initializer: tasks.initializerThrows });
      const futures = range(3).map((i) => executor.submit(tasks.square, i));
      for (const future of futures) await assert.rejects(future, /the initializer failed/);
      assert.throws(() => executor.submit(tasks.square, 1), /the initializer failed/);
      assert.equal(executor.isShutDown, true);
      await executor.shutdown();
      assert.deepEqual(executor.pids, []);
    },
  );
});

test('a callback that throws is reported, and so is one that rejects later (FUT-01)', LIMIT, async () => {
  const { code, stdout, stderr } = await runSource(`
    import { ProcessPoolExecutor } from 'manycore';
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context: 'thread' });
    const future = executor.submit(Math.sqrt, 'x');
    const failing = executor.submit(JSON.parse, '{');
    future.addDoneCallback(() => { throw new Error('thrown at once'); });
    future.addDoneCallback(async () => { throw new Error('thrown later'); });
    failing.addDoneCallback((one) => one); // A promise that rejects, and no news.
    future.addDoneCallback(() => console.log('the next'));
    await failing.exception();
    await executor.shutdown();`);
  assert.deepEqual([code, stdout], [0, 'the next\n'], stderr);
  assert.deepEqual(stderr.match(/a callback of a future failed|thrown at once|thrown later|JSON/g), [
    'a callback of a future failed',
    'thrown at once',
    'a callback of a future failed',
    'thrown later',
  ]);
});
