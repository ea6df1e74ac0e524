import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asCompleted, PoolClosedError, ProcessPoolExecutor, ThreadPoolExecutor } from 'manycore';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { isSpare } from '../helpers/matrix.ts';
import { isRunning } from '../helpers/proc.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { Gate, throughGate } from '../pool/gate.ts';
import { collect, contextOf, range, warmUp } from '../pool/support.ts';
import * as tasks from '../pool/hard-tasks.ts';
import { onEachMethod } from '../process/methods.ts';

const LIMIT = { timeout: 30_000 };

onEachMethod('the lives of executors', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  test('map() gives the same whatever the chunk size, which is at least 1 (EXE-05)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const sums = range(11).map((i) => i + i * 10);
    for (const chunkSize of [1, 3, 11, 100]) {
      const inputs = [range(11), range(20).map((i) => i * 10)];
      assert.deepEqual(
        await collect(executor.map(tasks.add, ...inputs, { chunkSize })),
        sums,
        `chunk size ${chunkSize}`,
      );
    }
    for (const chunkSize of [0, -1]) assert.throws(() => executor.map(tasks.add, [1], { chunkSize }), RangeError);
  });

  test('map() gives what comes before a failure, also within a chunk (EXE-03)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    for (const chunkSize of [1, 3, 10]) {
      const got: number[] = [];
      const iterate = async (): Promise<void> => {
        for await (const value of executor.map(tasks.failsIfOdd, [0, 2, 4, 6, 7, 8], { chunkSize })) got.push(value);
      };
      await assert.rejects(iterate(), /7 is odd/);
      assert.deepEqual(got, [0, 2, 4, 6]);
    }
  });

  test('map() ends with the shortest iterable, beside endless ones (EXE-02)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    function* endless(): Generator<number> {
      for (let i = 0; ; i++) yield i;
    }
    assert.deepEqual(await collect(executor.map(tasks.add, endless(), [10, 20])), [10, 21]);
    assert.deepEqual(await collect(executor.map(tasks.add, [], endless())), []);
    assert.deepEqual(await collect(executor.map(tasks.add)), []);
  });

  test('a chunk whose worker dies loses one call only', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    const results = executor.map(tasks.exitsAt, range(10), { chunkSize: 10 });
    for (let i = 0; i < 7; i++) assert.equal((await results.next()).value, i);
    await assert.rejects(results.next(), /exited with code 4/);
    assert.equal(await executor.submit(tasks.square, 3), 9);
  });

  test('arguments, results and futures are not kept, here and in the worker (EXE-07, ASC-03)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
    let collected = 0;
    const registry = new FinalizationRegistry(() => void collected++);
    const run = async (): Promise<void> => {
      const argument = { a: 1 };
      registry.register(argument, 0);
      registry.register(await executor.submit(tasks.identity, argument), 0);
      for await (const value of executor.map(tasks.identity, [{ b: 1 }, { b: 2 }])) registry.register(value, 0);
      const both = [executor.submit(tasks.square, 1), executor.submit(tasks.square, 2)];
      for (const future of await collect(asCompleted(both))) registry.register(future, 0);
    };
    await run();
    await waitUntil(() => {
      collectGarbage();
      return collected === 6;
    }, 'all was collected');
    assert.equal(await executor.submit(tasks.remembered, { heavy: true }), 0);
    await waitUntil(async () => (await executor.submit(tasks.remembered, { heavy: true })) > 0, 'the worker let go');
  });

  test(
    'asCompleted() takes thousands of futures, each once, and any number of askers at a time (ASC-01)',
    LIMIT,
    async () => {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
      const futures = range(5_000).map((i) => executor.submit(tasks.square, i));
      const order = await collect(asCompleted([...futures, ...futures]));
      assert.deepEqual(new Set(order), new Set(futures));
      assert.equal(order.length, futures.length);
      using gate = new Gate();
      const slow = executor.submit(throughGate, gate.file);
      const quick = executor.submit(tasks.square, 2);
      const iterator = asCompleted([slow, quick]);
      const asked = [iterator.next(), iterator.next(), iterator.next()] as const;
      assert.equal((await asked[0]).value, quick);
      gate.open();
      assert.equal((await asked[1]).value, slow);
      assert.deepEqual(await asked[2], { done: true, value: undefined });
    },
  );

  test('submissions that race with a shutdown are made or refused (EXE-08)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
    const futures = range(200).map((i) => executor.submit(tasks.square, i));
    const end = executor.shutdown();
    let refused = 0;
    for (let i = 0; i < 20; i++) {
      assert.throws(() => executor.submit(tasks.square, i), PoolClosedError);
      refused++;
      await Promise.resolve();
    }
    await end;
    assert.equal(refused, 20);
    assert.deepEqual(await Promise.all(futures), range(200).map(tasks.square));
  });

  test('a worker makes its share of calls, and the next one the following (EXE-11)', LIMIT, async () => {
    const executor = new ProcessPoolExecutor({ maxWorkers: 1, context, maxTasksPerChild: 3 });
    const ids: number[] = [];
    for (let i = 0; i < 4; i++) ids.push(await executor.submit(tasks.workerId));
    assert.deepEqual(ids, [1, 1, 1, 2]);
    const rest = range(7).map((i) => executor.submit(tasks.square, i));
    await executor.shutdown();
    assert.deepEqual(await Promise.all(rest), range(7).map(tasks.square));
  });

  test('the initializer runs in every worker before any call (EXE-14)', LIMIT, async () => {
    await using executor = new ProcessPoolExecutor({
      maxWorkers: 2,
      context,
      initializer: tasks.remember,
      initArgs: [42],
    });
    const recalled = await Promise.all(range(20).map(() => executor.submit(tasks.recallLater, 5)));
    assert.deepEqual(new Set(recalled), new Set([42]));
    assert.equal(executor.pids.length, 2);
  });

  test('all workers have ended after a shutdown, and after a scope (SHD-03, SHD-05)', LIMIT, async () => {
    const pids: number[] = [];
    {
      await using executor = new ProcessPoolExecutor({ maxWorkers: 2, context });
      await Promise.all(range(4).map(() => executor.submit(tasks.after, 5)));
      pids.push(...executor.pids);
    }
    assert.ok(pids.length > 0);
    if (method !== 'thread') assert.deepEqual(pids.filter(isRunning), []);
  });

  test('submit, cancel and shutdown do not hang (SHD-08)', LIMIT, async () => {
    for (let i = 0; i < 3; i++) {
      const executor = new ProcessPoolExecutor({ maxWorkers: 1, context });
      const futures = range(5).map(() => executor.submit(tasks.after, 10));
      for (const future of futures) future.cancel();
      await executor.shutdown();
      assert.ok(futures.every((future) => future.done()));
    }
  });
});

test('an executor that is dropped ends its workers (SHD-05)', LIMIT, async () => {
  const outcome = await runSource(
    `import { ProcessPoolExecutor } from 'manycore';
     import { setTimeout as pause } from 'node:timers/promises';
     const use = async () => {
       const executor = new ProcessPoolExecutor({ maxWorkers: 1, context: 'spawn' });
       await executor.submit(Math.sqrt, 4);
       return executor.pids[0];
     };
     const pid = await use();
     const lives = () => { try { process.kill(pid, 0); return true; } catch { return false; } };
     while (lives()) { gc(); await pause(10); }
     console.log('ended');`,
    { execArgv: ['--expose-gc'] },
  );
  assert.deepEqual([outcome.code, outcome.stdout], [0, 'ended\n'], outcome.stderr);
});

test('what was submitted is done although nobody waits for it when the program ends (SHD-07)', LIMIT, async () => {
  const outcome = await runSource(
    `import { ProcessPoolExecutor } from 'manycore';
     const executor = new ProcessPoolExecutor({ maxWorkers: 1, context: 'spawn' });
     const write = (text) => { process.stdout.write(text); };
     for (let i = 0; i < 3; i++) executor.submit(Math.sqrt, i * i).addDoneCallback((future) => future.result().then((value) => write(value + ' ')));`,
  );
  assert.deepEqual([outcome.code, outcome.stdout], [0, '0 1 2 '], outcome.stderr);
});

test(
  'an executor of threads copies arguments, tells failures with type and text, and isolates state (IPE-01)',
  LIMIT,
  async () => {
    await using executor = new ThreadPoolExecutor({ maxWorkers: 2 });
    const argument = { list: [1] };
    const copy = await executor.submit(tasks.append, argument, 2);
    assert.deepEqual([argument, copy], [{ list: [1] }, { list: [1, 2] }]);
    await assert.rejects(executor.submit(tasks.fails, '/x'), /^FileMissing: no file \/x/);
    await executor.submit(tasks.setGlobal, 'here');
    assert.equal(Reflect.get(globalThis, 'here'), undefined);
    const broken = new ThreadPoolExecutor({ maxWorkers: 1, initializer: tasks.initializerThrows });
    await assert.rejects(broken.submit(tasks.square, 1), /the initializer failed/);
    await broken.terminateWorkers();
  },
);
