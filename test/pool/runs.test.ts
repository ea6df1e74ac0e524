import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod } from '../helpers/matrix.ts';
import { lentBlocks, untilReturned } from '../helpers/shared-heap.ts';
import { changing, nothingUntil, numberInSecondRun, reportsNowAndThen } from './run-tasks.ts';
import { assertWorks, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 60_000 };
/** Time for the lists that are made up. */
const FUZZ_MS = 4_000;
/** Stands for a place of a list that has nothing in it. */
const HOLE = Symbol('hole');

/** Lists of rows of equal or similar values. */
const lists = fc
  .array(
    fc.record({
      count: fc.integer({ min: 1, max: 600 }),
      value: fc.oneof(
        fc.constantFrom(undefined, null, true, false, 0, -0, NaN, 1, -1, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), HOLE),
        fc.double(),
        fc.string(),
        fc.constantFrom([1], { a: 1 }),
      ),
      step: fc.constantFrom(0, 0, 1, 0.5),
    }),
    { maxLength: 6 },
  )
  .map((rows) => {
    const list: unknown[] = [];
    for (const { count, value, step } of rows) {
      for (let i = 0; i < count; i++) {
        if (value === HOLE) list.length++;
        else list.push(typeof value === 'number' && step > 0 ? value + i * step : value);
      }
    }
    return list;
  });

eachStartMethod('values of maps', (method) => {
  const context = contextOf(method);
  trackLeaks({ warmUp });
  const options = { context };

  test('map() gives what Array.from() gives, whatever the values and the chunks', LIMIT, () =>
    withPool(options, async (pool) => {
      const property = fc.asyncProperty(lists, fc.constantFrom(undefined, 1, 7, 100, 5000), async (list, chunkSize) => {
        assert.deepEqual(await pool.map(tasks.identity, list, chunkSize), Array.from(list));
      });
      await fc.assert(property, { interruptAfterTimeLimit: FUZZ_MS, markInterruptAsFailure: false, numRuns: 1e6 });
    }),
  );

  test('results that change their kind among equal ones keep their places', LIMIT, () =>
    withPool(options, async (pool) => {
      const items = range(20_000);
      const results = await pool.map(changing, items, { onError: 'settle' });
      for (const item of items) {
        const result = results[item];
        if (item % 500 === 250) {
          assert.ok(result?.status === 'rejected' && result.reason instanceof RangeError);
          assert.equal(result.reason.message, `not ${item}`);
          continue;
        }
        const value = item % 500 === 350 ? item : changing(item);
        assert.deepEqual(result, { status: 'fulfilled', value });
      }
    }),
  );

  test('a worker that is killed among equal results loses one item and no other', LIMIT, () =>
    withPool(options, async (pool) => {
      if (method === 'thread') return; // A thread cannot kill itself alone.
      const results = await pool.map(nothingUntil, range(10_000), { onError: 'settle' });
      const lost = results.flatMap((result, i) => (result.status === 'rejected' ? [[i, result.reason]] : []));
      assert.deepEqual(lost.map(([i]) => i), [5000]); // prettier-ignore
      assert.ok(lost[0]?.[1] instanceof WorkerLostError);
      await assertWorks(pool);
    }),
  );

  test('numbers that wait for a worker, or run again, are those that were given', LIMIT, () =>
    withPool(options, async (pool) => {
      const items = range(2_000);
      const [again, urgent] = await Promise.all([
        pool.map(numberInSecondRun, items, { retries: 1, chunkSize: 500 }),
        pool.map(tasks.identity, items, { priority: 1, chunkSize: 100 }),
      ]);
      assert.deepEqual(again, items.map((item) => item / 2)); // prettier-ignore
      assert.deepEqual(urgent, items);
    }),
  );

  test('what a task reports among equal results comes with its item', LIMIT, () =>
    withPool(options, async (pool) => {
      const reports: unknown[] = [];
      const onReport = (value: unknown, index: number): void => void reports.push([value, index]);
      const results = await pool.map(reportsNowAndThen, range(1000), { onReport, chunkSize: 1000 });
      assert.deepEqual(results, Array.from({ length: 1000 }, () => true)); // prettier-ignore
      assert.deepEqual(reports, Array.from({ length: 10 }, (_, i) => [i * 100 + 50, i * 100 + 50])); // prettier-ignore
    }),
  );

  test('a list that is changed after map() was called is mapped as it was', LIMIT, () =>
    withPool(options, async (pool) => {
      for (const first of [0, 'a']) {
        const list: unknown[] = [first, ...range(5000)];
        const before = list.slice();
        const results = pool.map(tasks.identity, list);
        list.fill('changed').push('more');
        assert.deepEqual(await results, before);
      }
    }),
  );

  test('a list with an iterator of its own is read by that', LIMIT, () =>
    withPool(options, async (pool) => {
      const list = Object.assign(range(100), {
        *[Symbol.iterator]() {
          yield* [3, 2, 1];
        },
      });
      assert.deepEqual(await pool.map(tasks.identity, list), [3, 2, 1]);
      class Reversed extends Array<number> {
        override *[Symbol.iterator](): ArrayIterator<number> {
          for (let i = this.length - 1; i >= 0; i--) yield this[i] ?? NaN;
        }
      }
      assert.deepEqual(await pool.map(tasks.identity, Reversed.from(range(100))), range(100).toReversed());
    }),
  );

  test('the memory of numbers is given back, however their map ends', LIMIT, () =>
    withPool(options, async (pool) => {
      const before = lentBlocks();
      const items = range(20_000);
      for (let i = 0; i < 10; i++) {
        const result = pool.mapAsync(tasks.identity, items);
        result.cancel();
        await assert.rejects(result.get(), { code: 'ERR_MP_CANCELLED' });
      }
      await pool.map(tasks.identity, items);
      await pool.map(numberInSecondRun, items, { retries: 1 });
      await assert.rejects(pool.map(changing, items, { failFast: true }), RangeError);
      const signal = AbortSignal.abort(new Error('too early'));
      await assert.rejects(pool.map(tasks.identity, items, { signal }), /too early/);
      await untilReturned(before);
      await assertWorks(pool);
    }),
  );
});
