import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Manager, Process, Queue, SyncManager, type DictProxy, type ListProxy } from 'manycore';
import { collectGarbage } from '../helpers/gc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { eachClient, inChild, limit } from './support.ts';
import { runMixed } from './mixed.ts';
import { endProcess, holdForEver, useFromQueue, waitForItem } from './targets.ts';

/** A pending call, as a child has it, of a server that dies. */
export async function waitForTheEnd(
  dict: DictProxy<string, number>,
  queue: { get(): Promise<unknown> },
): Promise<void> {
  await dict.set('begun', 1);
  await assert.rejects(queue.get(), { code: 'ERR_MP_EOF' });
  await assert.rejects(dict.get('key'), { code: 'ERR_MP_EOF' });
}

eachClient('clients that die', (manager, context) => {
  test('the lock of a killed client goes to the next, who is told', limit, async () => {
    const lock = await manager().Lock();
    const held = await manager().Event();
    const child = new context.Process({ target: holdForEver, args: [lock, held] });
    child.start();
    await held.wait();
    assert.equal(await lock.tryAcquire(), false);
    const acquired = lock.acquire();
    child.kill();
    assert.equal(await acquired, true);
    assert.equal(lock.ownerDied, true);
    await lock.markConsistent();
    await lock.release();
    assert.equal(await lock.acquire(), true);
    assert.equal(lock.ownerDied, false);
    await lock.release();
    await child.join();
  });
});

eachClient('clients that die while they wait', (manager, context) => {
  test('take nothing: what comes later is for the others', limit, async () => {
    const queue = await manager().Queue<string>();
    const waits = await manager().Event();
    const child = new context.Process({ target: waitForItem, args: [queue, waits] });
    child.start();
    await waits.wait();
    child.kill();
    await child.join();
    const get = queue.get();
    // The server has noticed when it has given the child's references back, which is at once with its waits.
    await waitUntil(async () => {
      await queue.put('item');
      return Promise.race([get.then(() => true), queue.qsize().then(() => false)]);
    }, 'the item comes');
    assert.equal(await get, 'item');
  });
});

describe('references', () => {
  test('an object lives as long as a proxy does, also one that is on its way', limit, async () => {
    await using manager = await Manager();
    const done = await manager.Event();
    const queue = new Queue<ListProxy<string>>();
    const before = await manager.numberOfObjects();
    const child = inChild(useFromQueue, [queue, done]);
    const seen = await manager.list<string>(['from here']);
    {
      const sent = await manager.dict({ list: seen });
      const inner = (await sent.get('list')) as ListProxy<string>; // what was put
      await queue.put(inner);
      inner[Symbol.dispose]();
      sent[Symbol.dispose]();
    }
    await done.wait();
    await child;
    assert.deepEqual(await seen.copy(), ['from here', 'from the child']);
    seen[Symbol.dispose]();
    await waitUntil(async () => (await manager.numberOfObjects()) === before, 'nobody refers to the list');
    await assert.rejects(seen.copy(), ReferenceError);
  });

  test('proxies that are collected let go of their objects', limit, async () => {
    await using manager = await Manager();
    for (let i = 0; i < 100; i++) await manager.dict();
    await waitUntil(async () => {
      collectGarbage();
      return (await manager.numberOfObjects()) === 0;
    }, 'the objects are gone');
  });

  test('a proxy of one manager can lie in a container of another', limit, async () => {
    await using one = await Manager();
    await using other = await Manager();
    const list = await one.list([1]);
    const dict = await other.dict<string, ListProxy<number>>();
    await dict.set('list', list);
    const back = await dict.get('list');
    await back?.push(2);
    assert.deepEqual(await list.copy(), [1, 2]);
  });
});

describe('a server that is killed', () => {
  test('ends every pending and later call within a second, here and in other processes', limit, async () => {
    const manager = await Manager();
    const dict = await manager.dict<string, number>();
    const queue = await manager.Queue();
    const child = new Process({ target: waitForTheEnd, args: [dict, queue] });
    child.start();
    const pending = [queue.get(), queue.get()];
    const lost = pending.map((one) => assert.rejects(one, { code: 'ERR_MP_EOF', message: /has ended/ }));
    await waitUntil(() => dict.has('begun'), 'the child uses the proxies');
    const start = performance.now();
    manager.process?.kill();
    await Promise.all(lost);
    assert.ok(performance.now() - start < 1000, 'a second');
    await assert.rejects(dict.get('key'), { code: 'ERR_MP_EOF' });
    assert.throws(() => dict.getSync('key'), { code: 'ERR_MP_EOF' });
    assert.throws(() => dict.live['key'], { code: 'ERR_MP_EOF' });
    await child.join();
    assert.equal(child.exitCode, 0);
    // The child looks for itself, and then ends, on a machine that may be busy.
    assert.ok(performance.now() - start < 4000, 'soon in other processes');
    await manager.shutdown();
    assert.equal(manager.process?.exitCode, -9);
  });

  test('ends a call that blocks', limit, async () => {
    const manager = await Manager();
    const queue = await manager.Queue();
    const child = new Process({ target: endProcess, args: [manager.process?.pid ?? 0] });
    child.start();
    assert.throws(() => queue.getSync(), { code: 'ERR_MP_EOF' });
    await child.join();
    await manager.shutdown();
  });

  test('is noticed over a socket as well', limit, async () => {
    const authkey = Buffer.from('key');
    const server = await new SyncManager({ address: ['127.0.0.1', 0], authkey }).start();
    const client = await new SyncManager({ address: server.address ?? '', authkey }).connect();
    const queue = await client.Queue();
    const lost = assert.rejects(queue.get(), { code: 'ERR_MP_EOF' });
    server.process?.kill();
    await lost;
    await assert.rejects(queue.get(), { code: 'ERR_MP_EOF' });
    assert.throws(() => queue.getSync(), { code: 'ERR_MP_EOF' });
    await client.shutdown();
    await server.shutdown();
  });
});

eachClient('clients of all kinds', (manager, context) => {
  test('mixed operations of clients some of which are killed: totals exact, nothing left', { timeout: 90_000 }, () =>
    runMixed(manager(), context, { clients: 8, operations: 300, kills: 3 }),
  );
});
