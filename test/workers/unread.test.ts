import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lock, Pipe, type Pool, Queue, RawArray } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { arrays, lentBlocks, newArray, untilFreed, untilReturned } from '../helpers/shared-heap.ts';
import { contextOf, warmUp, withPool } from '../pool/support.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const MIB = 2 ** 20;

/** Arguments that carry a shared array, as they travel: in the cell of a task, as a message, beside big buffers. */
const PAYLOADS: readonly (readonly [title: string, make: () => readonly unknown[]])[] = [
  ['by itself', () => [newArray()]],
  ['among other things', () => [new Map([['array', newArray()]])]],
  ['beside a big buffer', () => [newArray(), new Uint8Array(MIB)]],
  [
    'beside more big buffers than a list of them can name',
    () => [newArray(), ...Array.from({ length: 9 }, () => new Uint8Array(65_536))],
  ],
];

/** Keeps the only worker of a pool busy while `body` runs. */
async function whileBusy(pool: Pool, body: () => unknown): Promise<void> {
  const lock = new Lock();
  await lock.use(async () => {
    const busy = pool.apply(targets.waitFor, [lock]);
    busy.catch(() => {}); // The pool may be ended meanwhile.
    await waitUntil(() => pool.stats().busy === 1, 'the worker is busy');
    await body();
  });
}

eachSharingMethod('what no worker reads', (method) => {
  trackLeaks({ warmUp });
  const options = { context: contextOf(method), processes: 1 };

  for (const [title, make] of PAYLOADS) {
    test(`an array ${title} is given back by a call that is cancelled`, LIMIT, async () => {
      const before = arrays();
      const blocks = lentBlocks();
      await withPool(options, (pool) =>
        whileBusy(pool, async () => {
          const calls = [0, 1].map((retries) => pool.applyAsync(targets.take, make(), { retries }));
          assert.equal(arrays(), before + 2);
          for (const call of calls) assert.equal(call.cancel(), true);
          for (const call of calls) await assert.rejects(call.get(), { code: 'ERR_MP_CANCELLED' });
          // No worker has heard of it, so nothing has to end first.
          await untilFreed(before);
        }),
      );
      await untilReturned(blocks);
    });

    test(`an array ${title} is given back by calls whose pool is terminated`, LIMIT, async () => {
      const before = arrays();
      const blocks = lentBlocks();
      await withPool(options, (pool) =>
        whileBusy(pool, async () => {
          const call = pool.apply(targets.take, make());
          const forAll = pool.broadcast(targets.take, make());
          const ended = [assert.rejects(call), assert.rejects(forAll)];
          await pool.terminate();
          await Promise.all(ended);
        }),
      );
      await untilFreed(before);
      await untilReturned(blocks);
    });

    test(`an array ${title} is given back by a call that ends its worker`, LIMIT, async () => {
      const before = arrays();
      const blocks = lentBlocks();
      await withPool(options, async (pool) => {
        await assert.rejects(pool.apply(targets.die, make()), { code: 'ERR_MP_WORKER_LOST' });
        await assert.rejects(pool.broadcast(targets.die, make()), { code: 'ERR_MP_WORKER_LOST' });
        await untilFreed(before);
      });
      await untilReturned(blocks);
    });
  }

  test('an array is there for every attempt, and for nobody else longer or shorter', LIMIT, async () => {
    const before = arrays();
    const queue = new Queue<Uint8Array>();
    await withPool(options, async (pool) => {
      const array = newArray();
      array[0] = 7;
      queue.putSync(array);
      const count = RawArray('i', 1);
      assert.equal(await pool.apply(targets.diesOnceBeside, [count, array], { retries: 1 }), 9);
    });
    for (let turn = 0; turn < 5; turn++) {
      collectGarbage();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    // The item in the queue holds it still.
    assert.equal(arrays(), before + 1);
    assert.equal(queue.getSync()[0], 7);
    await untilFreed(before);
  });

  test('an array that a function captures is there for every worker, and given back afterwards', LIMIT, async () => {
    const before = arrays();
    await withPool({ ...options, processes: 2 }, async (pool) => {
      const array = newArray();
      const count = RawArray('i', 1);
      const fill = (index: number): number => {
        array[index] = 1;
        Atomics.add(count, 0, 1);
        // Both workers must have it before either is done.
        while (Atomics.load(count, 0) < 2);
        return index;
      };
      assert.deepEqual(await pool.map(fill, [0, 1], 1), [0, 1]);
      assert.deepEqual([...array.subarray(0, 3)], [1, 1, 0]);
      assert.deepEqual(await pool.broadcast(fill, [2]), [2, 2]);
      assert.equal(array[2], 1);
    });
    await untilFreed(before);
  });

  test('an array that a function captures is given back when the call is cancelled', LIMIT, async () => {
    const before = arrays();
    await withPool(options, (pool) =>
      whileBusy(pool, async () => {
        const call = (() => {
          const array = newArray();
          return pool.applyAsync(() => array.length);
        })();
        assert.equal(call.cancel(), true);
        await assert.rejects(call.get(), { code: 'ERR_MP_CANCELLED' });
        await untilFreed(before);
      }),
    );
  });

  test('a result with more buffers than a list of them can name gives its array back', LIMIT, async () => {
    const before = arrays();
    await withPool(options, async (pool) => {
      const check = async (): Promise<void> => {
        const [array, buffers] = (await pool.apply(targets.manyBuffers, [1001])) as [Uint8Array, Uint8Array[]];
        assert.equal(array.length, 2 * MIB);
        assert.equal(buffers.length, 1001);
      };
      await check();
    });
    await untilFreed(before);
  });

  test('an end of a pipe is closed when the call that carries it is cancelled', LIMIT, () =>
    withPool(options, (pool) =>
      whileBusy(pool, async () => {
        const [here, there] = Pipe();
        const call = pool.applyAsync(targets.take, [there]);
        there.close();
        assert.equal(await here.poll(), false);
        assert.equal(call.cancel(), true);
        await assert.rejects(call.get(), { code: 'ERR_MP_CANCELLED' });
        await assert.rejects(here.recv(), { code: 'ERR_MP_EOF' });
        here.close();
      }),
    ),
  );

  test('an end of a pipe is closed when its call closes it, although that goes on', LIMIT, () =>
    withPool(options, async (pool) => {
      const lock = new Lock();
      const [here, there] = Pipe();
      let call: Promise<void> | undefined;
      await lock.use(async () => {
        call = pool.apply(targets.closeAndStay, [there, lock]);
        there.close();
        await assert.rejects(here.recv(), { code: 'ERR_MP_EOF' });
      });
      await call;
      here.close();
    }),
  );

  test("an end of a pipe stays the sender's own when the call that carried it has ended", LIMIT, () =>
    withPool(options, async (pool) => {
      const [here, there] = Pipe<string>();
      for (let i = 0; i < 3; i++) await pool.apply(targets.closeAndStay, [there, new Lock()]);
      const gates = new Lock();
      // Its place may be where an earlier message was noted.
      await gates.use(async () => {
        const waiting = pool.applyAsync(targets.closeAndStay, [there, gates]);
        there.sendSync('still here');
        assert.equal(await here.recv(), 'still here');
        waiting.cancel();
        await assert.rejects(waiting.get());
      });
      there.sendSync('and here');
      assert.equal(await here.recv(), 'and here');
      there.close();
      await assert.rejects(here.recv(), { code: 'ERR_MP_EOF' });
      here.close();
    }),
  );
});
