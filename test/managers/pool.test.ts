import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Manager, Pool, type DictProxy, type PoolProxy } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import { inChild, limit } from './support.ts';
import { failOn, hang, ownPid, remember, remembered, square } from './targets.ts';

export async function useFromChild(pool: PoolProxy): Promise<void> {
  assert.deepEqual(await pool.map(square, [1, 2, 3]), [1, 4, 9]);
}

export async function note([key, dict]: readonly [number, DictProxy<number, number>]): Promise<number> {
  await dict.set(key, key ** 2);
  return dict.size();
}

test('Pool as a scope: its workers are the server’s, and several processes use them (SMT-08)', limit, async () => {
  await using manager = await Manager();
  const offset = 3;
  {
    await using pool = await manager.Pool(2);
    assert.equal(await pool.apply(square, [3]), 9);
    assert.deepEqual(await pool.map((item: number) => item + offset, [1, 2]), [4, 5]);
    assert.deepEqual(await pool.starmap(Math.max, [[1, 5], [7, 2]]), [5, 7]); // prettier-ignore
    const seen: number[] = [];
    for await (const item of await pool.imap(square, [1, 2, 3])) seen.push(item);
    assert.deepEqual(seen, [1, 4, 9]);
    await inChild(useFromChild, [pool]);
    const failing = (): never => {
      throw new RangeError('no');
    };
    await assert.rejects(pool.apply(failing), { name: 'RangeError', message: 'no' });
  }
  // The child's references end with it, which the server notices in its own time.
  await waitUntil(async () => (await manager.numberOfObjects()) === 0, 'nobody refers to the pool');
});

test('a pool of a manager takes the options of pools and of calls', limit, async () => {
  await using manager = await Manager();
  await using pool = await manager.Pool({
    processes: 1,
    initializer: remember,
    initArgs: ['prepared'],
    finalizer: remembered,
    maxTasksPerChild: 2,
  });
  assert.equal(await pool.apply(remembered), 'prepared');
  const pids = await pool.map(ownPid, [1, 2, 3], { chunkSize: 1 });
  assert.ok(new Set(pids).size > 1, 'replaced after two calls');
  await assert.rejects(pool.apply(hang, [], { timeout: 50 }), { name: 'TimeoutError' });
  await assert.rejects(pool.map(failOn, [1, 2], { onError: 'aggregate' }), { name: 'AggregateError' });
  await pool.close();
  await pool.join();
  assert.ok((await pool.exitResults()).every((one) => one === 'prepared'));
  await assert.rejects(manager.Pool({ proceses: 1 } as object), /did you mean `processes`/);
});

test('a pool of a manager can be resized and looked at', limit, async () => {
  await using manager = await Manager();
  await using pool = await manager.Pool({ processes: 1, initializer: remember, initArgs: ['prepared'] });
  await pool.resize(2);
  assert.deepEqual(await pool.broadcast(remembered), ['prepared', 'prepared']);
  assert.equal(Number((await pool.stats())['processes']), 2);
  assert.equal((await pool.workers()).length, 2);
});

test('proxies travel in tasks of a pool', limit, async () => {
  await using manager = await Manager();
  const dict = await manager.dict<number, number>();
  await using pool = new Pool(2);
  await pool.map(
    note,
    [1, 2, 3].map((key) => [key, dict] as const),
  );
  assert.deepEqual((await dict.entries()).toSorted(([one], [other]) => one - other), [[1, 1], [2, 4], [3, 9]]); // prettier-ignore
});
