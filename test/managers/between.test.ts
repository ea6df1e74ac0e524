import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Context, type DictProxy, type ListProxy, type Process, RawArray, SyncManager } from 'manycore';
import { waitUntil } from '../helpers/rendezvous.ts';
import {
  askAndStay,
  Gate,
  readAndStay,
  stayWhileReading,
  stayWhileWriting,
  writeAndEnd,
  writeAndStay,
} from './between-targets.ts';
import { Stalling } from './stalling.ts';
import { eachClient, limit } from './support.ts';

// Proxies of one manager in messages of another. How often the first one counts its list is looked up there; one reference is that
// of this process.

type Lists = DictProxy;

/** A list of `one`, and a dict of another manager. */
interface Scene {
  readonly list: ListProxy<string>;
  readonly lists: Lists;
  readonly other: SyncManager;
  /** Shared with clients and with `other`. */
  readonly words: Int32Array;
  /** Waits until so many refer to the list. */
  counted(references: number): Promise<void>;
  start<A extends readonly unknown[]>(target: (...args: A) => unknown, args: A): Promise<Process>;
}

async function inScene(one: SyncManager, context: Context, play: (scene: Scene) => Promise<void>): Promise<void> {
  const list = await one.list(['a']);
  await using other = await new SyncManager({ context }).start();
  const lists: Lists = await other.dict();
  const words = RawArray('i', 2);
  const id = (await one.debugInfo()).at(-1)?.id;
  const count = async (): Promise<number> => (await one.debugInfo()).find((info) => info.id === id)?.references ?? 0;
  const counted = (references: number): Promise<void> =>
    waitUntil(async () => (await count()) === references, `the list is referred to ${references} times`);
  const start: Scene['start'] = async (target, args) => {
    const child = new context.Process({ target, args });
    child.start();
    children.push(child);
    await waitUntil(() => Atomics.load(words, 0) === 1, 'the client is where it is to be killed');
    return child;
  };
  const children: Process[] = [];
  try {
    await play({ list, lists, other, words, counted, start });
  } finally {
    for (const child of children) if (child.isAlive()) await kill(child);
  }
  list[Symbol.dispose]();
  lists[Symbol.dispose]();
  await other.shutdown();
  await counted(0);
}

async function kill(child: Process): Promise<void> {
  child.kill();
  await child.join();
}

eachClient('proxies in messages of another manager', (manager, context) => {
  const scene = (title: string, play: (scene: Scene) => Promise<void>): void => {
    test(title, limit, () => inScene(manager(), context, play));
  };

  scene('are given back when the client is killed before it looks at the answer', async (one) => {
    const { list, lists, words } = one;
    await lists.set('list', list);
    await one.counted(2);
    const child = await one.start(askAndStay, [lists, words]);
    await one.counted(3);
    await kill(child);
    await one.counted(2);
  });

  scene('are given back when the client is killed between receiving and reading the answer', async (one) => {
    const { list, lists, words } = one;
    await lists.set('list', [list, new Stalling()]);
    await one.counted(2);
    const child = await one.start(stayWhileReading, [lists, words]);
    await one.counted(3);
    await kill(child);
    await one.counted(2);
  });

  scene('are given back when the client is killed after it has read the answer', async (one) => {
    const { list, lists, words } = one;
    await lists.set('list', list);
    const child = await one.start(readAndStay, [lists, words]);
    await one.counted(3);
    await kill(child);
    await one.counted(2);
  });

  scene('are given back when the client is killed while it writes the request', async (one) => {
    const { list, lists, words } = one;
    const child = await one.start(stayWhileWriting, [lists, list, words]);
    await one.counted(3);
    await kill(child);
    await one.counted(1);
  });

  scene('arrive when the client is killed after it has written the request', async (one) => {
    const { list, lists, other, words } = one;
    const gate = await other.create(Gate);
    const stands = gate.stand(words);
    await waitUntil(() => Atomics.exchange(words, 0, 0) === 1, 'the other manager stands still');
    const child = await one.start(writeAndStay, [lists, list, words]);
    await kill(child);
    Atomics.store(words, 1, 1);
    await stands;
    await waitUntil(() => lists.has('list'), 'the request of the dead client is carried out');
    await one.counted(2);
    list[Symbol.dispose]();
    const kept = (await lists.get('list')) as ListProxy<string>; // what was put there
    assert.equal(await kept.push('b'), 2);
    kept[Symbol.dispose]();
  });

  scene('arrive when the client ends as soon as the request is on its way', async (one) => {
    const { list, lists } = one;
    const child = new context.Process({ target: writeAndEnd, args: [lists, list] });
    child.start();
    await child.join();
    await waitUntil(() => lists.has('list'), 'the request is carried out');
    await one.counted(2);
  });

  scene('are given back when the other manager is killed before it reads the request', async (one) => {
    const { list, lists, other, words } = one;
    const gate = await other.create(Gate);
    const stands = assert.rejects(gate.stand(words), { code: 'ERR_MP_EOF' });
    await waitUntil(() => Atomics.load(words, 0) === 1, 'the other manager stands still');
    const lost = assert.rejects(lists.set('list', list), { code: 'ERR_MP_EOF' });
    await one.counted(2);
    other.process?.kill();
    await Promise.all([stands, lost]);
    await one.counted(1);
  });

  scene('are given back when both end before the request is read', async (one) => {
    const { list, lists, other, words } = one;
    const gate = await other.create(Gate);
    const stands = assert.rejects(gate.stand(words), { code: 'ERR_MP_EOF' });
    await waitUntil(() => Atomics.exchange(words, 0, 0) === 1, 'the other manager stands still');
    const child = await one.start(writeAndStay, [lists, list, words]);
    await one.counted(3);
    other.process?.kill();
    await Promise.all([stands, kill(child)]);
    await one.counted(1);
  });

  scene('are the same key however often they are sent, and count once', async (one) => {
    const { list, lists, other } = one;
    const set = await other.set();
    for (let i = 0; i < 3; i++) await set.add(list);
    assert.equal(await set.size(), 1);
    assert.equal(await set.has(list), true);
    await lists.set('list', list);
    await one.counted(2);
    await set.clear();
    await one.counted(2);
    await lists.clear();
    await one.counted(1);
  });

  scene('that lie in another manager are given back when they are deleted there', async (one) => {
    const { list, lists } = one;
    for (let i = 0; i < 10; i++) await lists.set('list', [list]);
    await lists.delete('list');
    await one.counted(1);
  });

  scene('that lie in another manager are given back when it is shut down', async (one) => {
    await one.lists.set('list', one.list);
    await one.counted(2);
    await one.other.shutdown();
    await one.counted(1);
  });

  scene('that lie in another manager are given back when it is killed', async (one) => {
    await one.lists.set('list', one.list);
    await one.counted(2);
    one.other.process?.kill();
    await one.counted(1);
  });

  scene('are given back when the request, or the answer, is refused half-way', async (one) => {
    const { list, lists } = one;
    await assert.rejects(lists.set('list', [list, Promise.resolve()]), { code: 'ERR_MP_NOT_SENDABLE' });
    await one.counted(1);
    await lists.set('list', list);
    await assert.rejects(
      lists.update('list', (kept: unknown) => [kept, Promise.resolve()]),
      { code: 'ERR_MP_NOT_SENDABLE' },
    );
    await lists.delete('list');
    await one.counted(1);
  });

  scene('are given back when the other manager cannot read the request', async (one) => {
    const { list, lists } = one;
    Reflect.set(globalThis, 'mayLoadFailing', true);
    const { Failing } = await import('./failing.ts');
    await assert.rejects(lists.set('list', [new Failing(), list]), { message: /not here/ });
    await one.counted(1);
  });
});
