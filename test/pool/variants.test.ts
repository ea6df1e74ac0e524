import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool, run, WorkerLostError } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { isSpare } from '../helpers/matrix.ts';
import { descendants, isRunning } from '../helpers/proc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { onEachMethod } from '../process/methods.ts';
import { assertWorks, collect, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './hard-tasks.ts';

const LIMIT = { timeout: 60_000 };
const COUNT = 23;

/** Every way to map, by its results in the order of the items. */
const MAPS: Readonly<
  Record<string, (pool: Pool, options: { chunkSize?: number; bufferSize?: number }) => Promise<readonly number[]>>
> = {
  map: (pool, options) => pool.map(tasks.square, range(COUNT), options),
  starmap: (pool, options) =>
    pool.starmap(
      tasks.square,
      range(COUNT).map((i): [number] => [i]),
      options,
    ),
  mapAsync: (pool, options) => pool.mapAsync(tasks.square, range(COUNT), options).get(),
  imap: (pool, options) => collect(pool.imap(tasks.square, range(COUNT), options)),
  imapUnordered: async (pool, options) => {
    const results = await collect(pool.imapUnordered(tasks.square, range(COUNT), options));
    return results.toSorted((a, b) => a - b);
  },
  mapSync: async (pool, options) => pool.mapSync(tasks.square, range(COUNT), options),
  imapSync: async (pool, options) => [...pool.imapSync(tasks.square, range(COUNT), options)],
};

onEachMethod('pools of every shape', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const context = contextOf(method);

  for (const [processes, maxTasksPerChild] of [
    [1, undefined],
    [2, undefined],
    [2, 5],
  ] as const) {
    const title = `${processes} workers${maxTasksPerChild === undefined ? '' : ` of ${maxTasksPerChild} calls each`}`;
    test(`all maps give the same with ${title}, whatever chunk and buffer (MPI-01)`, LIMIT, () =>
      withPool(
        { context, processes, ...(maxTasksPerChild === undefined ? {} : { maxTasksPerChild }) },
        async (pool) => {
          // Workers with a short life are replaced all the time: fewer ways are enough.
          const chunks = maxTasksPerChild === undefined ? [undefined, 1, 4, 100] : [undefined, 4];
          for (const [name, map] of Object.entries(MAPS)) {
            for (const chunkSize of chunks) {
              for (const bufferSize of [undefined, 3]) {
                const options = { ...(chunkSize && { chunkSize }), ...(bufferSize && { bufferSize }) };
                assert.deepEqual(
                  await map(pool, options),
                  range(COUNT).map(tasks.square),
                  `${name}, chunk ${chunkSize}, buffer ${bufferSize}`,
                );
              }
            }
          }
        },
      ),
    );
  }

  test('an object is one argument, and an array of arguments is spread by starmap() only (MPI-02)', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const objects = [{ a: 1, b: 2 }, { a: 3, b: 4 }];
      assert.deepEqual(await pool.map(tasks.identity, objects), objects);
      assert.deepEqual(await pool.map(tasks.identity, [[1, 2]]), [[1, 2]]);
      assert.deepEqual(await pool.starmap(tasks.add, [[1, 2], [3, 4]]), [3, 7]);
    }),
  ); // prettier-ignore

  test('initializer, tasks and finalizer of a worker see one number and one state (MPI-03)', LIMIT, async () => {
    const pool = new Pool({
      processes: 2,
      context,
      initializer: tasks.note,
      initArgs: ['begin'],
      finalizer: tasks.notes,
    });
    const ids = await pool.broadcast(tasks.note, ['call']);
    assert.deepEqual(ids, [1, 2]);
    pool.close();
    await pool.join();
    assert.deepEqual(new Set(pool.exitResults()), new Set(['1: begin call', '2: begin call']));
  });

  test('workers and their state stay from one map to the next (MPI-05)', LIMIT, () =>
    withPool({ context, initializer: tasks.remember, initArgs: [1] }, async (pool) => {
      const ids = await pool.broadcast(tasks.workerId);
      await pool.map(tasks.square, range(100));
      await pool.broadcast(tasks.remember, [2]);
      await pool.map(tasks.square, range(100));
      assert.deepEqual(await pool.broadcast(tasks.recall), [2, 2]);
      assert.deepEqual(await pool.broadcast(tasks.workerId), ids);
    }),
  );

  test('two maps at the same time are both done', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const maps = [pool.map(tasks.squareLater, range(200), 3), collect(pool.imap(tasks.square, range(200)))];
      assert.deepEqual(await Promise.all(maps), [range(200).map(tasks.square), range(200).map(tasks.square)]);
    }),
  );

  test('no zombie is left of workers that ended (MPI-12)', LIMIT, () =>
    withPool({ context }, async (pool) => {
      for (let i = 0; i < 3; i++) await assert.rejects(pool.apply(tasks.exits, [1]));
      await assert.rejects(pool.map(tasks.failsIfOdd, range(10)));
      await assertWorks(pool);
      assert.deepEqual(descendants().filter(({ state }) => state === 'Z'), []);
    }),
  ); // prettier-ignore

  test('workers see the environment that was asked for (LKY-09)', LIMIT, () =>
    withPool({ context, processes: 1, env: { MANYCORE_TEST_GREETING: 'hello' } }, async (pool) => {
      assert.equal(await pool.apply(tasks.environment, ['MANYCORE_TEST_GREETING']), 'hello');
      assert.equal(process.env['MANYCORE_TEST_GREETING'], undefined);
    }),
  );

  test('the processes of a worker end with it, however it ends (LKY-08)', LIMIT, () =>
    withPool({ context }, async (pool) => {
      const pids = [await pool.apply(tasks.startsPool, ['first']), await pool.apply(tasks.startsPool, ['second'])];
      assert.ok(pids.every(isRunning));
      await assert.rejects(pool.broadcast(tasks.exitsNow), WorkerLostError);
      await waitUntil(() => !pids.some(isRunning), 'they have ended');
    }),
  );

  test('a pool works in a thread that is not the main one (MPI-13)', LIMIT, async () => {
    const sum = await run(tasks.poolInside, [method], { context: 'thread' });
    assert.equal(sum, 285);
  });
});
