import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DictProxy, type ListProxy, SyncManager } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import { limit } from './support.ts';

// One server that a process reaches in several ways: by the manager that started it, and by managers that were connected.

const authkey = Buffer.from('twice');

type Lists = DictProxy<string, ListProxy<string>>;

async function start(): Promise<SyncManager> {
  return new SyncManager({ address: ['127.0.0.1', 0], authkey }).start();
}

async function connect({ address = '' }: SyncManager): Promise<SyncManager> {
  return new SyncManager({ address, authkey }).connect();
}

describe('a server that was connected to more than once', () => {
  test('takes proxies that came by one way in requests that come by another', limit, async () => {
    await using server = await start();
    await using one = await connect(server);
    await using other = await connect(server);
    for (const [from, to] of [
      [one, other],
      [other, one],
      [server, one],
      [one, server],
    ] as const) {
      const lists: Lists = await to.dict();
      const list = await from.list(['a']);
      await lists.set('list', list);
      list[Symbol.dispose]();
      const kept = await lists.get('list');
      assert.equal(await kept?.push('b'), 2);
      kept?.[Symbol.dispose]();
      lists[Symbol.dispose]();
    }
    await waitUntil(async () => (await server.numberOfObjects()) === 0, 'no reference is left');
  });

  test('keeps the object whichever of the ways is quicker', limit, async () => {
    await using server = await start();
    await using one = await connect(server);
    await using other = await connect(server);
    const lists: Lists = await other.dict();
    for (let i = 0; i < 50; i++) {
      const list = await one.list(['a']);
      const done = lists.set('list', list);
      list[Symbol.dispose]();
      await done;
      const kept = await lists.get('list');
      assert.equal(await kept?.length(), 1);
      kept?.[Symbol.dispose]();
    }
    lists[Symbol.dispose]();
    await waitUntil(async () => (await server.numberOfObjects()) === 0, 'no reference is left');
  });

  test('goes on for the others when one manager is shut down', limit, async () => {
    await using server = await start();
    const one = await connect(server);
    await using other = await connect(server);
    const lists: Lists = await other.dict();
    const list = await one.list(['a']);
    await lists.set('list', list);
    await one.shutdown();
    await assert.rejects(list.length(), { code: 'ERR_MP_EOF', message: /was shut down in this process/ });
    const kept = await lists.get('list');
    assert.deepEqual(await kept?.copy(), ['a']);
  });

  test('that was started again on its address says that the former objects are gone', limit, async () => {
    const former = await start();
    const { address = '' } = former;
    const client = await connect(former);
    const list = await client.list(['a']);
    former.process?.kill();
    await former.join();
    await using again = await new SyncManager({ address, authkey }).start();
    await assert.rejects(list.length(), { code: 'ERR_MP_EOF', message: /has ended: its objects are gone/ });
    await using next = await connect(again);
    const dict = await next.dict<string, number>();
    await assert.rejects(dict.set('list', list as never), { name: /Error/ });
    await dict.set('a', 1);
    assert.equal(await dict.get('a'), 1);
    await former.shutdown();
    await client.shutdown();
  });
});
