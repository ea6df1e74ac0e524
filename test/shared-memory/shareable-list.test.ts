import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Pool, ShareableList, SharedMemory } from 'manycore';
import { run } from '#internal/process/run.js';
import { pack } from '#internal/reduction/pack.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { setItem } from './block-targets.ts';
import { nothing } from './targets.ts';

const LIMIT = { timeout: 30_000 };
const ITEMS = ['howdy', Buffer.from('HoWdY'), -273.154, 100, null, true, 42n] as const;

function end(list: ShareableList<never> | ShareableList): void {
  list.shm.close();
  list.shm.unlink();
}

describe('ShareableList', () => {
  trackLeaks({
    warmUp: async () => {
      await run(nothing);
      end(new ShareableList([1]));
    },
  });

  test('holds texts, bytes, numbers, bigints, booleans and null (SHL-01)', LIMIT, () => {
    const list = new ShareableList<string | Uint8Array | number | null | boolean | bigint>(ITEMS);
    assert.equal(list.length, ITEMS.length);
    assert.deepEqual(
      [...list],
      ITEMS.map((item) => (item instanceof Buffer ? new Uint8Array(item) : item)),
    );
    assert.equal(list.get(-1), 42n);
    assert.equal(list.get(-7), 'howdy');
    assert.equal(list.format, '8s8sddx?q');
    for (const index of [7, -8, 0.5]) {
      assert.throws(() => list.get(index), RangeError);
      assert.throws(() => list.set(index, 1), RangeError);
    }
    end(list);
  });

  test('values change in place, also to another type (SHL-02)', LIMIT, () => {
    const list = new ShareableList<string | number | null | boolean>(['howdy', 1, null]);
    list.set(0, 5.5);
    list.set(1, 'eight ch');
    list.set(2, 'abc');
    list.set(-1, 'ab');
    assert.deepEqual([...list], [5.5, 'eight ch', 'ab']);
    list.set(0, '');
    assert.equal(list.get(0), '');
    end(list);
  });

  test('what does not fit is refused, and its neighbours stay (SHL-03)', LIMIT, () => {
    const list = new ShareableList<string | Uint8Array>(['12345678', 'b', '12345678']);
    assert.throws(() => list.set(1, 'too long for 8'), RangeError);
    assert.throws(() => list.set(1, 'ééééé'), RangeError);
    assert.throws(() => list.set(1, new Uint8Array(9)), RangeError);
    assert.deepEqual([...list], ['12345678', 'b', '12345678']);
    assert.throws(() => new ShareableList([undefined as never]), TypeError);
    assert.throws(() => new ShareableList([2n ** 64n]), RangeError);
    end(list);
  });

  test('count, index and an empty list (SHL-04)', LIMIT, () => {
    const list = new ShareableList<string | Uint8Array | number>(['a', 1, 'a', Buffer.from('x')]);
    assert.deepEqual([list.count('a'), list.count(1), list.count(2), list.count(Buffer.from('x'))], [2, 1, 0, 1]);
    assert.equal(list.index('a'), 0);
    assert.equal(list.index(Buffer.from('x')), 3);
    assert.throws(() => list.index('z'), RangeError);
    end(list);
    const empty = new ShareableList<number>([]);
    assert.deepEqual([empty.length, [...empty], empty.format, empty.count(1)], [0, [], '', 0]);
    end(empty);
  });

  test('a copy is independent, a second handle is not (SHL-05)', LIMIT, () => {
    const name = `test_${process.pid}_list`;
    const list = new ShareableList<number>([1, 2], { name });
    const copy = new ShareableList<number>(list);
    const same = new ShareableList<number>(undefined, { name });
    list.set(0, 9);
    assert.deepEqual([[...copy], [...same], list.shm.name], [[1, 2], [9, 2], name]);
    same.shm.close();
    end(list);
    end(copy);
    const block = new SharedMemory({ create: true, size: 64 });
    assert.throws(() => new ShareableList(undefined, { name: block.name }), TypeError);
    block.close();
    block.unlink();
  });

  test('only its name travels (SHL-06)', LIMIT, async () => {
    const [short, long] = [new ShareableList([1]), new ShareableList(Array.from({ length: 1000 }, (_, i) => i))];
    assert.equal(pack(short).bytes.length, pack(long).bytes.length);
    await using pool = new Pool(1);
    assert.equal(await pool.apply(setItem, [long, 5, 55]), long.shm.name);
    assert.equal(long.get(5), 55);
    end(short);
    end(long);
  });
});
