import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotSendableError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { assertWorks, collect, contextOf, range, settles, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

class InputError extends Error {}

function* failingAt(count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield i;
  throw new InputError('the input failed');
}

eachStartMethod('inputs of a pool', (method) => {
  const context = contextOf(method);
  trackLeaks({ warmUp });
  const options = { context };

  test('an argument that cannot be sent has its own error, at once (POOL-07)', LIMIT, () =>
    withPool(options, async (pool) => {
      const bad = new WeakMap();
      for (const promise of [
        pool.apply(tasks.identity, [bad]),
        pool.map(tasks.identity, [bad]),
        pool.map(tasks.identity, [1, 2, 3, bad], 1),
        pool.applyAsync(tasks.square, [1]).then(() => pool.mapAsync(tasks.identity, [bad, 1]).get()),
      ]) {
        const outcome = await settles<unknown>(promise);
        assert.ok(outcome.status === 'rejected' && outcome.reason instanceof NotSendableError);
      }
      assert.throws(() => pool.applyAsync(tasks.identity, [bad]), NotSendableError);
      await assertWorks(pool);
    }),
  );

  test('in imap() only the item that cannot be sent fails', LIMIT, () =>
    withPool(options, async (pool) => {
      const items = range(50).map((i) => (i === 20 ? new WeakMap() : i));
      for (const chunkSize of [1, 10, undefined]) {
        const results = await collect(pool.imap(tasks.identity, items, { onError: 'settle', chunkSize }));
        assert.equal(results.length, 50);
        const failed = results
          .map((one, i) => (Reflect.get(Object(one), 'status') === 'rejected' ? i : -1))
          .filter((i) => i >= 0);
        assert.deepEqual(failed, [20]);
      }
      await assertWorks(pool);
    }),
  );

  test('what the input throws is thrown by the map, and has no remote cause (POOL-09, POOL-10, POOL-23)', LIMIT, () =>
    withPool(options, async (pool) => {
      const hostile = {
        length: 3,
        [Symbol.iterator](): never {
          throw new InputError('not iterable after all');
        },
      };
      for (let round = 0; round < 2; round++) {
        for (const input of [failingAt(0), failingAt(30), hostile]) {
          const outcome = await settles(pool.map(tasks.square, input));
          assert.ok(outcome.status === 'rejected' && outcome.reason instanceof InputError);
          assert.equal('remote' in outcome.reason, false);
        }
      }
      assert.throws(() => pool.mapAsync(tasks.square, failingAt(5)), InputError);
      await assertWorks(pool);
    }),
  );

  test('imap() gives what comes before the failing chunk, then the error (POOL-14)', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const chunkSize of [1, 4]) {
        const results: number[] = [];
        const iterate = async (): Promise<void> => {
          for await (const value of pool.imap(tasks.square, failingAt(10), { chunkSize })) results.push(value);
        };
        await assert.rejects(iterate(), InputError);
        assert.deepEqual(results, range(chunkSize === 1 ? 10 : 8).map(tasks.square));
      }
      await assertWorks(pool);
    }),
  );

  test('imapUnordered() throws it at some point and gives no wrong value (POOL-16)', LIMIT, () =>
    withPool(options, async (pool) => {
      const known = new Set(range(10).map(tasks.square));
      const iterate = async (): Promise<void> => {
        for await (const value of pool.imapUnordered(tasks.square, failingAt(10), { chunkSize: 3 }))
          assert.ok(known.has(value));
      };
      await assert.rejects(iterate(), InputError);
      await assertWorks(pool);
    }),
  );

  test('imap() reads no further ahead than its buffer, also of endless inputs (POOL-38)', LIMIT, () =>
    withPool(options, async (pool) => {
      let read = 0;
      let closed = false;
      function* endless(): Generator<number> {
        try {
          for (;;) yield read++;
        } finally {
          closed = true;
        }
      }
      let taken = 0;
      for await (const value of pool.imap(tasks.square, endless(), { bufferSize: 10 })) {
        assert.equal(value, taken * taken);
        assert.ok(read <= taken + 1 + 10, `read ${read} at ${taken}`);
        if (++taken === 100) break;
      }
      assert.equal(closed, true);
      await assertWorks(pool);
    }),
  );

  test('async inputs are read as there is room', LIMIT, () =>
    withPool(options, async (pool) => {
      let read = 0;
      async function* slow(): AsyncGenerator<number> {
        for (; read < 40; read++) {
          await new Promise((resolve) => setImmediate(resolve));
          yield read;
        }
      }
      const results: number[] = [];
      for await (const value of pool.imap(tasks.square, slow(), { bufferSize: 5, chunkSize: 3 })) {
        results.push(value);
        assert.ok(read <= results.length + 6);
      }
      assert.deepEqual(results, range(40).map(tasks.square));
    }),
  );

  test('items that change after the call are sent as they were, also when the call has to wait', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      const array = new Uint8Array(1 << 17).fill(1);
      const many = range(1_200).map(() => pool.apply(tasks.square, [1]));
      const late = pool.apply(tasks.sumOfMany, [[array]]);
      const tried = pool.apply(tasks.sumOfMany, [[array]], { retries: 1 });
      array.fill(2);
      assert.equal(await late, 1 + array.length);
      assert.equal(await tried, 1 + array.length);
      await Promise.all(many);
    }),
  );

  test('a call may have more big buffers than fit in a cell', LIMIT, () =>
    withPool(options, async (pool) => {
      const arrays = range(40).map(() => new Uint8Array(70_000).fill(1));
      const calls = range(6).map(() => pool.apply(tasks.sumOfMany, [arrays]));
      assert.deepEqual(
        await Promise.all(calls),
        range(6).map(() => 40 * 70_001),
      );
    }),
  );

  test('imapUnordered() and async inputs are bounded, too (POOL-38)', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const isAsync of [false, true]) {
        for (const name of ['imap', 'imapUnordered'] as const) {
          let read = 0;
          let taken = 0;
          function* numbers(): Generator<number> {
            for (;;) yield read++;
          }
          async function* later(): AsyncGenerator<number> {
            yield* numbers();
          }
          for await (const value of pool[name](tasks.identity<number>, isAsync ? later() : numbers(), {
            bufferSize: 6,
          })) {
            assert.ok(value < read);
            assert.ok(read <= taken + 1 + 6 + Number(isAsync), `${name}: read ${read} at ${taken}`);
            if (++taken === 60) break;
          }
        }
      }
      await assertWorks(pool);
    }),
  );

  test('a pool whose consumer leaves early can be closed (POOL-38)', LIMIT, () =>
    withPool(options, async (pool) => {
      const iterator = pool.imap(tasks.square, range(10_000), { bufferSize: 4 });
      await iterator.next();
      pool.close();
      await iterator.return();
      await pool.join();
    }),
  );
});
