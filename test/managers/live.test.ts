// oxlint-disable unicorn/no-array-sort, unicorn/no-array-reverse, typescript/require-array-sort-compare -- methods of proxies, named as those of arrays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { eachWay, inChild, limit } from './support.ts';

export function writeLive(dict: Record<string, string>, list: string[], name: string): void {
  dict[name] = `Process ${name} was here`;
  list.push(`Entry from ${name}`);
}

eachWay('live objects', (manager) => {
  test('a dict reads like an object', limit, async () => {
    const { live } = await manager().dict<string, number | string | number[]>({ a: 1 });
    live['b'] = [2];
    assert.equal(live['a'], 1);
    assert.ok('a' in live);
    assert.ok(!('c' in live));
    assert.deepEqual(Object.keys(live), ['a', 'b']);
    assert.deepEqual({ ...live }, { a: 1, b: [2] });
    assert.equal(JSON.stringify(live), '{"a":1,"b":[2]}');
    delete live['a'];
    assert.deepEqual(Object.entries(live), [['b', [2]]]);
    assert.equal(typeof live['toString'], 'function');
    assert.match(inspect(live), /b/);
    live['__proto__'] = 'no harm';
    assert.equal(Object.getPrototypeOf(live), Object.prototype);
    assert.equal(live['__proto__'], 'no harm');
  });

  test('a list reads like an array', limit, async () => {
    const { live } = await manager().list([3, 1, 2]);
    assert.ok(Array.isArray(live));
    live.push(5);
    live[4] = 4;
    assert.equal(live.length, 5);
    assert.deepEqual([...live], [3, 1, 2, 5, 4]);
    assert.equal(live.sort(), live);
    assert.deepEqual(
      live.map((item) => item * 2),
      [2, 4, 6, 8, 10],
    );
    assert.equal(live.at(-1), 5);
    assert.equal(live.indexOf(4), 3);
    live.length = 2;
    assert.deepEqual(live.slice(), [1, 2]);
    assert.equal(live[7], undefined);
    assert.equal(JSON.stringify(live), '[1,2]');
    const seen: number[] = [];
    for (const item of live) seen.push(item);
    assert.deepEqual(seen, [1, 2]);
    assert.match(inspect(live), /1, 2/);
  });

  test('sets, values and any other object too', limit, async () => {
    const { live: set } = await manager().set([1]);
    assert.equal(set.add(2), set);
    assert.equal(set.size, 2);
    assert.ok(set.has(2));
    assert.deepEqual([...set], [1, 2]);
    const { live: value } = await manager().Value('d', 1.5);
    value.value += 1;
    assert.equal(value.value, 2.5);
    const { live: lock } = (await manager().Event()) as unknown as { live: { isSet(): boolean; set(): void } };
    lock.set();
    assert.equal(lock.isSet(), true);
  });

  test('a live object can be sent as its proxy can', limit, async () => {
    const dict = await manager().dict<string, string>();
    const list = await manager().list<string>();
    if (manager().process === undefined) return; // A child that has to connect first cannot block before.
    await inChild(writeLive, [dict.live, list.live, 'Worker-0']);
    assert.deepEqual({ ...dict.live }, { 'Worker-0': 'Process Worker-0 was here' });
    assert.deepEqual([...list.live], ['Entry from Worker-0']);
  });
});
