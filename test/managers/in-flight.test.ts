import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import { type ListProxy, Manager, type SyncManager } from 'manycore';
import { Owner } from '#internal/managers/server/call.js';
import { Programs } from '#internal/managers/server/programs.js';
import { collectGarbage } from '../helpers/gc.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { eachClient, limit } from './support.ts';
import { holdUnread, passOn, passOnAndUse, passOnUnused, push, pushAndDieOnce } from './targets.ts';

// A proxy counts as a reference while it is on its way. Each test lets go of its own, so that nothing else keeps the object.

async function untilObjects(manager: SyncManager, count: number): Promise<void> {
  await waitUntil(async () => {
    collectGarbage();
    return (await manager.numberOfObjects()) === count;
  }, `the manager has ${count} objects`);
}

eachClient('proxies on their way', (manager, context, inChild) => {
  test('are given back when the one who was to read them is killed before', limit, async () => {
    await untilObjects(manager(), 0);
    const ready = await manager().Event();
    await (async () => {
      const queue = new context.Queue<unknown>();
      const child = new context.Process({ target: holdUnread, args: [queue, ready] });
      child.start();
      await ready.wait();
      const list = await manager().list(['a']);
      queue.putSync({ list });
      list[Symbol.dispose]();
      ready[Symbol.dispose]();
      child.kill();
      await child.join();
      assert.notEqual(await manager().numberOfObjects(), 0);
    })();
    await untilObjects(manager(), 0);
  });

  test('are given back when the process whose arguments they are is killed before it runs', limit, async () => {
    await untilObjects(manager(), 0);
    const list = await manager().list(['a']);
    const child = new context.Process({ target: push, args: [list] });
    child.start();
    child.kill();
    await child.join();
    list[Symbol.dispose]();
    await untilObjects(manager(), 0);
  });

  test('of a task are there for every attempt, and given back with the last', limit, async () => {
    await untilObjects(manager(), 0);
    await using pool = new context.Pool({ processes: 1, retries: 1 });
    const list = await manager().list<string>();
    const done = pool.apply(pushAndDieOnce, [list]);
    list[Symbol.dispose]();
    assert.equal(await done, 2);
    await untilObjects(manager(), 0);
  });

  test('are given back when the message is refused half-way', limit, async () => {
    await untilObjects(manager(), 0);
    const list = await manager().list(['a']);
    const queue = new context.Queue<unknown>();
    assert.throws(() => queue.putSync([list, Promise.resolve()]), { code: 'ERR_MP_NOT_SENDABLE' });
    list[Symbol.dispose]();
    await untilObjects(manager(), 0);
  });

  test('are given back when their queue is dropped', limit, async () => {
    await untilObjects(manager(), 0);
    await (async () => {
      const list = await manager().list(['a']);
      new context.Queue<unknown>().putSync(list);
      list[Symbol.dispose]();
    })();
    await untilObjects(manager(), 0);
  });

  test('are not lost when their sender ends right afterwards', limit, async () => {
    await untilObjects(manager(), 0);
    const queue = new context.Queue<ListProxy<string>>();
    const list = await manager().list(['a']);
    const child = new context.Process({ target: passOn, args: [list, queue] });
    child.start();
    await child.join();
    list[Symbol.dispose]();
    // Whoever looks for lost references has looked when another one has been found.
    const lost = await manager().list(['b']);
    assert.throws(() => new context.Queue<unknown>().putSync([lost, Promise.resolve()]));
    lost[Symbol.dispose]();
    await untilObjects(manager(), 1);
    const arrived = await queue.get();
    assert.equal(await arrived.at(0), 'a');
    arrived[Symbol.dispose]();
    await untilObjects(manager(), 0);
  });

  test('can be sent on by one who has not used them yet, and ends at once', limit, async () => {
    await untilObjects(manager(), 0);
    const queue = new context.Queue<ListProxy<string>>();
    const list = await manager().list(['a']);
    const child = new context.Process({ target: passOnUnused, args: [list, queue] });
    child.start();
    await child.join();
    assert.equal(child.exitCode, 0);
    list[Symbol.dispose]();
    const arrived = await queue.get();
    assert.equal(await arrived.at(0), 'a');
    arrived[Symbol.dispose]();
    await untilObjects(manager(), 0);
  });

  test('can be sent on more than once before they are used, by one who uses them then', limit, async () => {
    await untilObjects(manager(), 0);
    const queue = new context.Queue<ListProxy<string>>();
    const list = await manager().list(['a']);
    await inChild(passOnAndUse, [list, queue]);
    list[Symbol.dispose]();
    for (let i = 0; i < 2; i++) {
      const arrived = await queue.get();
      assert.deepEqual(await arrived.toArray(), ['a', 'from the child']);
      arrived[Symbol.dispose]();
    }
    await untilObjects(manager(), 0);
  });

  test('arrive once, however often they are sent', limit, async () => {
    await untilObjects(manager(), 0);
    const list = await manager().list(['a']);
    const queue = new context.Queue<ListProxy<string>>();
    for (let i = 0; i < 50; i++) queue.putSync(list);
    list[Symbol.dispose]();
    for (let i = 0; i < 50; i++) {
      const arrived = await queue.get();
      assert.equal(await arrived.length(), 1);
      arrived[Symbol.dispose]();
    }
    await untilObjects(manager(), 0);
  });
});

describe('references that a program elsewhere sent', () => {
  test('are lost some time after its last client has gone, and not while another is there', limit, () => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      const lost: string[] = [];
      const programs = new Programs((object, ticket) => lost.push(`${object} ${ticket}`));
      const [first, second, third] = [new Owner(), new Owner(), new Owner()];
      programs.enter(first, 'program');
      programs.enter(second, 'program');
      programs.of(first)?.tickets.set('ticket', { object: 7, sender: first });
      programs.leave(first);
      mock.timers.tick(60_000);
      assert.deepEqual(lost, []);
      programs.leave(second);
      mock.timers.tick(5000);
      programs.enter(third, 'program');
      mock.timers.tick(60_000);
      assert.deepEqual(lost, []);
      programs.leave(third);
      mock.timers.tick(10_000);
      assert.deepEqual(lost, ['7 ticket']);
    } finally {
      mock.timers.reset();
    }
  });
});

describe('proxies on their way from inside of a server', () => {
  test('are given back when the message is refused half-way', limit, async () => {
    await using manager = await Manager();
    const entries: Record<string, unknown> = { list: await manager.list() };
    const dict = await manager.dict(entries);
    delete entries['list'];
    await untilObjects(manager, 2);
    await assert.rejects(
      dict.update('list', (list: unknown) => [list, () => {}, Promise.resolve()]),
      { code: 'ERR_MP_NOT_SENDABLE' },
    );
    await dict.delete('list');
    await untilObjects(manager, 1);
  });
});
