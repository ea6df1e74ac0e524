// oxlint-disable unicorn/no-array-sort, unicorn/no-array-reverse, typescript/require-array-sort-compare -- methods of proxies, named as those of arrays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DictProxy } from 'manycore';
import { BaseProxy, ListProxy, type QueueProxy } from 'manycore';
import { eachWay, limit } from './support.ts';

eachWay('containers of a manager', (manager) => {
  test('a list has the methods of arrays (CON-01)', limit, async () => {
    const list = await manager().list([0, 1, 2, 3, 4]);
    assert.deepEqual(await list.copy(), [0, 1, 2, 3, 4]);
    assert.equal(await list.at(-2), 3);
    assert.deepEqual(await list.slice(1, 3), [1, 2]);
    await list.extend([5, 6]);
    assert.equal(await list.push(7), 8);
    assert.deepEqual(await list.splice(1, 6), [1, 2, 3, 4, 5, 6]);
    await list.repeat(2);
    assert.deepEqual(await list.copy(), [0, 7, 0, 7]);
    assert.deepEqual(await list.concat([1], 2), [0, 7, 0, 7, 1, 2]);
    await list.set(1, 8);
    await list.sort();
    assert.deepEqual(list.copySync(), [0, 0, 7, 8]);
    assert.equal(await list.indexOf(7), 2);
    assert.equal(await list.count(0), 2);
    assert.equal(await list.remove(8), true);
    assert.equal(await list.pop(0), 0);
    await assert.rejects(list.set(9, 1), RangeError);
    await list.clear();
    assert.equal(await list.length(), 0);
  });

  test('a list in a list stays live (CON-02)', limit, async () => {
    const inner = await manager().list<number>();
    const outer = await manager().list([inner]);
    await inner.push(5);
    const seen = await outer.at(0);
    assert.ok(seen instanceof ListProxy);
    assert.deepEqual(await seen.copy(), [5]);
  });

  test('a loop over a list sees what is added, and ends for good (CON-03)', limit, async () => {
    const list = await manager().list([0, 1]);
    const loop = list[Symbol.asyncIterator]();
    const seen: number[] = [];
    for await (const item of loop) {
      seen.push(item);
      if (item < 3) await list.push(item + 2);
    }
    await list.push(99);
    assert.deepEqual(seen, [0, 1, 2, 3, 4]);
    assert.equal((await loop.next()).done, true);
  });

  test('lists of lists are independent; a list can contain itself (CON-04)', limit, async () => {
    const rows = await manager().list(await Promise.all([0, 1, 2].map(() => manager().list([0]))));
    await (await rows.at(1))?.set(0, 1);
    const contents = await Promise.all((await rows.copy()).map((row) => row.copy()));
    assert.deepEqual(contents, [[0], [1], [0]]);
    assert.deepEqual(await (await rows.pop())?.copy(), [0]);
    assert.equal(await rows.length(), 2);
    const own = await manager().list();
    await own.push(own);
    const same = await own.at(0);
    assert.ok(same instanceof ListProxy);
    await same.push('x');
    assert.equal(await own.length(), 2);
  });

  test('a dict has the methods of Map, in the order of insertion (CON-05, CON-06)', limit, async () => {
    const dict = await manager().dict<string | number, number>();
    for (const key of ['b', 'a', 3]) await dict.set(key, 1);
    assert.deepEqual(await dict.keys(), ['b', 'a', 3]);
    assert.deepEqual(await dict.values(), [1, 1, 1]);
    assert.deepEqual(await dict.copy(), new Map<string | number, number>([['b', 1], ['a', 1], [3, 1]])); // prettier-ignore
    assert.equal(await dict.has('c'), false);
    assert.equal(await dict.get('c', 7), 7);
    assert.equal(await dict.delete('b'), true);
    assert.equal(dict.sizeSync(), 2);
    await assert.rejects(dict.callMethod('set', [{ no: 'key' }, 1]), TypeError);
  });

  test('a size that changes under a loop ends it with an error (CON-06)', limit, async () => {
    const dict = await manager().dict({ a: 1, b: 2, c: 3 });
    await assert.rejects(
      async () => {
        for await (const [key] of dict) await dict.set(`${key} too`, 0);
      },
      { name: 'ProcessError', message: /changed its size/ },
    );
    const seen: string[] = [];
    for await (const [key, value] of dict) {
      seen.push(key);
      await dict.set(key, value + 1);
    }
    assert.deepEqual(seen, ['a', 'b', 'c', 'a too']);
  });

  test('nested dicts live on without local handles, and clear() spares the inner ones (CON-07)', limit, async () => {
    const outer = await manager().dict<string, DictProxy<string, number>>();
    {
      const inner = await manager().dict<string, number>({ x: 1 });
      await outer.set('inner', inner);
      inner[Symbol.dispose]();
    }
    const inner = await outer.get('inner');
    assert.ok(inner);
    await inner.set('y', 2);
    assert.equal(await (await outer.get('inner'))?.get('y'), 2);
    await outer.clear();
    assert.deepEqual(await inner.entries(), [['x', 1], ['y', 2]]); // prettier-ignore
  });

  test('a plain nested value is a copy, a nested proxy is not (CON-08)', limit, async () => {
    const list = await manager().list([[1], await manager().list([1])]);
    const [plain, proxy] = await list.copy();
    assert.ok(Array.isArray(plain));
    plain.push(2);
    assert.deepEqual(await list.at(0), [1]);
    assert.ok(proxy instanceof BaseProxy);
  });

  test('a queue works inside of containers (CON-09)', limit, async () => {
    const dict = await manager().dict<string, QueueProxy<string>>();
    await dict.set('queue', await manager().Queue());
    await (await dict.get('queue'))?.put('item');
    assert.equal(await (await dict.get('queue'))?.get(), 'item');
  });

  test('a Namespace has attributes; those with an underscore stay local (CON-10)', limit, async () => {
    const namespace = await manager().Namespace({ name: 'Bob', _hidden: 'hidden' });
    const { live } = namespace;
    live['job'] = 'Builder';
    live['_local'] = 1;
    assert.equal(await namespace.get('job'), 'Builder');
    assert.equal(await namespace.has('_local'), false);
    assert.equal(live['_local'], 1);
    assert.ok('name' in live);
    delete live['name'];
    assert.equal(await namespace.text(), `Namespace(job='Builder')`);
  });

  test('dicts merge and update, sets have the full set of operators (CON-11)', limit, async () => {
    const dict = await manager().dict<string, number>({ a: 1 });
    await dict.update({ b: 2 });
    await dict.update(new Map([['c', 3]]));
    assert.deepEqual(await dict.merged([['a', 9]]), new Map([['a', 9], ['b', 2], ['c', 3]])); // prettier-ignore
    assert.deepEqual(await dict.reversedKeys(), ['c', 'b', 'a']);
    assert.deepEqual(await dict.fromKeys(['x'], 0), new Map([['x', 0]]));
    assert.equal(await dict.setDefault('d', 4), 4);
    assert.equal(await dict.pop('d'), 4);

    const set = await manager().set([1, 2, 3]);
    assert.deepEqual(await set.union([4]), new Set([1, 2, 3, 4]));
    assert.deepEqual(await set.intersection([2, 9]), new Set([2]));
    assert.deepEqual(await set.difference([2]), new Set([1, 3]));
    assert.deepEqual(await set.symmetricDifference([3, 4]), new Set([1, 2, 4]));
    assert.equal(await set.isSubsetOf([1, 2, 3, 4]), true);
    assert.equal(await set.isSupersetOf([1]), true);
    assert.equal(await set.isDisjointFrom([7]), true);
    await set.addAll([5]);
    await set.deleteAll([1]);
    await set.retainAll([2, 5]);
    await set.toggleAll([5, 6]);
    assert.deepEqual(await set.values(), [2, 6]);
    const seen: number[] = [];
    for await (const item of set) seen.push(item);
    assert.deepEqual(seen, [2, 6]);
  });

  test('read, modify and write is one step', limit, async () => {
    const dict = await manager().dict<string, number>();
    await Promise.all(Array.from({ length: 50 }, () => dict.update('n', { op: 'add', by: 2 })));
    assert.equal(await dict.get('n'), 100);
    await assert.rejects(dict.callMethod('update', ['n', { op: 'none' }]), TypeError);
    const list = await manager().list([1, 2]);
    assert.equal(await list.update(-1, { op: 'max', value: 9 }), 9);
  });

  test('methods of arrays, Maps and Sets that take a function run here, on a copy', limit, async () => {
    const list = await manager().list([3, 1, 2]);
    const factor = 10;
    assert.deepEqual(await list.map((item, index) => item * factor + index), [30, 11, 22]);
    assert.deepEqual(
      list.filterSync((item) => item > 1),
      [3, 2],
    );
    assert.equal(await list.find((item) => item < 3), 1);
    assert.equal(await list.findLastIndex((item) => item === 9), -1);
    assert.deepEqual([await list.some((item) => item > 2), await list.every((item) => item > 2)], [true, false]);
    assert.equal(await list.reduce((sum, item) => sum + item), 6);
    assert.equal(
      list.reduceRightSync((text, item) => text + item, ''),
      '213',
    );
    assert.deepEqual(await list.flatMap((item) => [item, item]), [3, 3, 1, 1, 2, 2]);
    assert.deepEqual([await list.toReversed(), await list.toSorted(), await list.with(2, 7)], [[2, 1, 3], [1, 2, 3], [3, 1, 7]]); // prettier-ignore
    assert.deepEqual([await list.toSpliced(1, 1), await list.copy()], [[3, 2], [3, 1, 2]]); // prettier-ignore
    await assert.rejects(list.with(3, 0), RangeError);
    const wrong: unknown = 'name';
    await assert.rejects(list.map(wrong as () => void), { name: 'TypeError', message: /expected `function`/ });
    const nested = await manager().list([[1, [2]], [3]]);
    assert.deepEqual(await nested.flat(Infinity), [1, 2, 3]);

    const seen: unknown[] = [];
    await (await manager().dict({ a: 1 })).forEach((value, key) => seen.push(key, value));
    (await manager().set(['x'])).forEachSync((item) => seen.push(item));
    await (await manager().Array('i', [5])).forEach((item) => seen.push(item));
    assert.deepEqual(seen, ['a', 1, 'x', 5]);
  });

  test('a batch is one round trip; it stops at the first call that fails', limit, async () => {
    const dict = await manager().dict<string, number>();
    const [, size, value] = await dict.batch((d) => [d.set('a', 1), d.size(), d.get('a')]);
    assert.deepEqual([size, value], [1, 1]);
    assert.deepEqual(
      dict.batchSync((d) => {
        d.set('b', 2);
        d.has('b');
      }),
      [undefined, true],
    );
    const list = await manager().list([1]);
    await assert.rejects(
      list.batch((l) => [l.push(2), l.set(99, 0), l.push(3)]),
      RangeError,
    );
    assert.deepEqual(await list.copy(), [1, 2]);
  });
});
