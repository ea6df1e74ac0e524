import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Array as SharedArray, copy, Lock, Pool, RawArray, RawValue, RLock, Struct, Value } from 'manycore';
import { availableMemory } from '#internal/sharedctypes/memory.js';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const SEED = [680, 626, 934, 821, 150, 233, 548, 982, 714, 831];

test('Value has a lock unless told otherwise (VAL-03, VAL-04)', LIMIT, () => {
  const lock = new Lock();
  assert.ok(Value('i', 5).getLock() instanceof RLock);
  assert.ok(Value('i', 5, {}).getLock() instanceof RLock);
  assert.equal(Value('i', 5, { lock }).getLock(), lock);
  const value = Value('i', 5);
  value.getObj().value = 6;
  assert.equal(value.value, 6);
  for (const bare of [Value('i', 5, { lock: false }), RawValue('i', 5), Value('i', 5).getObj()]) {
    assert.equal(bare.value, 5);
    assert.equal('getLock' in bare, false);
    assert.equal('getObj' in bare, false);
  }
  assert.throws(() => Value('i', 5, { lock: 'notalock' as never }), TypeError);
  assert.throws(() => Value('i', 5, { lok: true } as object), /did you mean `lock`/);
});

test('Array has a lock unless told otherwise (ARR-06)', LIMIT, () => {
  const lock = new Lock();
  assert.ok(SharedArray('i', 5).getLock() instanceof RLock);
  assert.equal(SharedArray('i', 5, { lock }).getLock(), lock);
  const array = SharedArray('d', [1, 2]);
  assert.equal(array.constructor, Float64Array);
  assert.deepEqual(Object.keys(array), ['0', '1']);
  array.getObj()[0] = 7;
  assert.equal(array[0], 7);
  for (const bare of [SharedArray('i', 5, { lock: false }), RawArray('i', 5), SharedArray('i', 5).getObj()]) {
    assert.equal('getLock' in bare, false);
    assert.equal('getObj' in bare, false);
  }
  assert.throws(() => SharedArray('i', 5, { lock: 'notalock' as never }), TypeError);
});

for (const make of [
  (init: number | number[]) => SharedArray('i', init),
  (init: number | number[]) => RawArray('i', init),
]) {
  test('an array has the elements it was given, as a real typed array (ARR-01, ARR-02, ARR-05)', LIMIT, () => {
    const array = make(SEED);
    assert.equal(array.length, SEED.length);
    assert.deepEqual([...array], SEED);
    assert.deepEqual(array.slice(2, 5), Int32Array.from(SEED.slice(2, 5)));
    array.set([1, 2, 3, 4], 2);
    assert.deepEqual([...array.subarray(2, 6)], [1, 2, 3, 4]);
    assert.equal(Atomics.add(array, 0, 1), SEED[0]);
  });
}

test('a value that is set is of the kind that it was made for', LIMIT, () => {
  const [number, big] = [Value('d', 1), RawValue('q', 1n)];
  const record = Value(Struct({ x: 'i', big: 'Q' }), { x: 1, big: 1n });
  const code = 'ERR_MP_INVALID_ARG';
  const numbers = /to be a number, got/;
  const bigs = /to be a bigint, as in BigU?[iI]nt64Array, got/;
  for (const wrong of ['abc', undefined, null, 1n, {}] as never[]) {
    assert.throws(() => (number.value = wrong), { name: 'TypeError', code, message: numbers });
    assert.throws(() => (record.x = wrong), { name: 'TypeError', code, message: numbers });
  }
  for (const wrong of ['1', undefined, 1] as never[]) {
    assert.throws(() => (big.value = wrong), { name: 'TypeError', code, message: bigs });
    assert.throws(() => (record.big = wrong), { name: 'TypeError', code, message: bigs });
  }
  assert.deepEqual([number.value, big.value, record.x, record.big], [1, 1n, 1, 1n]);
  number.value = true as never;
  assert.equal(number.value, 1);
});

test('memory that is used again is all zeros (ARR-04)', LIMIT, async () => {
  for (const [length, rounds] of [
    [10, 3],
    [100_000, 3],
    [1_000_000, 3],
  ] as const) {
    for (let round = 0; round < rounds; round++) {
      const array = RawArray('i', length);
      assert.ok(array.every((element) => element === 0));
      array.fill(round + 1);
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

test('every type code and constructor makes its array', LIMIT, () => {
  const classes = {
    b: Int8Array,
    B: Uint8Array,
    h: Int16Array,
    H: Uint16Array,
    i: Int32Array,
    I: Uint32Array,
    l: Int32Array,
    L: Uint32Array,
    f: Float32Array,
    d: Float64Array,
  };
  for (const [code, View] of Object.entries(classes)) {
    assert.equal(RawArray(code as 'd', [1, 2]).constructor, View);
    assert.deepEqual([...RawArray(View, 2)], [0, 0]);
  }
  assert.deepEqual([...RawArray('q', [1n, -1n])], [1n, -1n]);
  assert.deepEqual([...RawArray(BigUint64Array, new Set([2n]))], [2n]);
  assert.equal(RawArray('d', 0).length, 0);
});

test('wrong arguments are errors that say what was expected', LIMIT, () => {
  assert.throws(() => RawArray('x' as never, 1), { name: 'RangeError', message: /one of the type codes c b B h/ });
  assert.throws(() => RawArray(Map as never, 1), TypeError);
  assert.throws(() => RawArray('d', -1), RangeError);
  assert.throws(() => SharedArray('d', 1.5), RangeError);
  assert.throws(() => RawArray('d', null as never), TypeError);
  assert.throws(() => RawArray('d', 2 ** 40), { code: 'ENOMEM' });
  assert.throws(() => RawArray('B', 2 ** 33), { code: 'ENOMEM', message: /more than one array can have/ });
  assert.throws(() => Value('q', 1 as never), TypeError);
  assert.throws(() => Struct({}), TypeError);
  assert.throws(() => Struct({ a: 'z' as never }), RangeError);
  assert.throws(() => RawValue(Struct({ a: 'd' }), { b: 1 } as never), /known are a/);
});

test('an array of characters has a text shorter than itself (CTY-02)', LIMIT, () => {
  const text = RawArray('c', 10);
  assert.equal(text.value, '');
  text.value = 'hello';
  assert.equal(text.value, 'hello');
  assert.deepEqual([...text.subarray(0, 6)], [...Buffer.from('hello\0')]);
  text.value = 'bye';
  assert.equal(text.value, 'bye');
  text.value = '0123456789';
  assert.equal(text.value, '0123456789');
  assert.throws(() => (text.value = '0123456789a'), RangeError);
  assert.throws(() => (text.value = 'Ω'), RangeError);
  assert.equal(text.value, '0123456789');
  assert.equal(SharedArray('c', 'abc').value, 'abc');
  assert.equal(SharedArray('c', 'abc').getObj().value, 'abc');
});

test('a Struct is laid out as in C', LIMIT, () => {
  const Inner = Struct({ flag: 'b', id: 'q' });
  const Outer = Struct({ tag: 'b', x: 'd', inner: Inner, list: ['h', 3], name: ['c', 4] });
  assert.equal(Inner.byteLength, 16);
  assert.equal(Outer.byteLength, 48);
  const record = RawValue(Outer, { tag: 1, x: 0.5, list: new Int16Array([1, 2, 3]), name: 'abcd' });
  record.inner.id = 7n;
  record.inner = { flag: 2, id: record.inner.id };
  assert.deepEqual(
    [record.tag, record.x, record.inner.flag, record.inner.id, [...record.list], record.name],
    [1, 0.5, 2, 7n, [1, 2, 3], 'abcd'],
  );
  const list = SharedArray(Inner, [{ flag: 1 }, { id: 3n }]);
  assert.equal(list.length, 2);
  assert.deepEqual(
    list.map(({ flag, id }) => [flag, id]),
    [
      [1, 0n],
      [0, 3n],
    ],
  );
  list[0] = { flag: 9, id: 1n };
  assert.equal(list[0]?.flag, 9);
  assert.throws(() => (list[2] = { flag: 1, id: 1n }), TypeError);
});

test('a copy is independent (CTY-03)', LIMIT, () => {
  const Point = Struct({ x: 'i', y: 'd' });
  const record = Value(Point, { x: 1, y: 2 });
  const other = copy(record);
  record.x = 5;
  assert.deepEqual([other.x, other.y], [1, 2]);
  const array = SharedArray('d', [1, 2]);
  const second = copy(array);
  array[0] = 9;
  assert.deepEqual([...second], [1, 2]);
  assert.equal('getLock' in second, false);
  const text = RawArray('c', 'one');
  assert.equal(copy(text).value, 'one');
  assert.equal(copy(Value('c', 'x')).value, 'x');
  assert.equal(copy(SharedArray(Point, [{ x: 4 }]))[0]?.x, 4);
  assert.throws(() => copy({}), TypeError);
});

test('more memory than there is, is refused before it is touched', LIMIT, () => {
  const available = availableMemory();
  assert.ok(available > 0);
  if (available >= 2 ** 32) return;
  assert.throws(() => RawArray('B', 2 ** 32 - 8), { code: 'ENOMEM', message: /free on this machine/ });
});

test('memory of arrays that nobody uses is given back (HEAP-01, HEAP-02, HEAP-03)', { timeout: 120_000 }, async () => {
  const used = async (): Promise<number> => {
    const { readFileSync } = await import('node:fs');
    return Number(/^Shmem:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1] ?? 0) / 1024;
  };
  const before = await used();
  // Sizes of all classes, dropped at random while others are allocated: the collector runs in the middle.
  const live = new Map<number, Uint8Array>();
  // Each array has a mark of its own: blocks that overlap would overwrite each other's.
  const markOf = (round: number): number => 1 + (round % 255);
  const drop = (round: number): void => {
    const isWhole = live.get(round)?.every((byte) => byte === markOf(round));
    assert.equal(isWhole, true, `the array of round ${round}`);
    live.delete(round);
  };
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let round = 0; round < 2000; round++) {
    const array = RawArray('B', 1 + random(random(8) === 0 ? 3_000_000 : 20_000));
    assert.equal(array[array.length - 1], 0);
    array.fill(markOf(round));
    live.set(round, array);
    if (live.size > 40) drop([...live.keys()][random(live.size)] ?? 0);
    if (round % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  for (const round of live.keys()) drop(round);
  await waitUntil(async () => {
    collectGarbage();
    return (await used()) < before + 64;
  }, 'the memory is given back');
});

eachSharingMethod('values and arrays', (method) => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  for (const make of [Value as typeof RawValue, RawValue]) {
    test(`${make.name}: a child's write is seen (VAL-01, VAL-02)`, LIMIT, async () => {
      const cells = [make('i', 4343), make('d', 3.625), make('h', -232), make('q', 2n ** 34n), make('c', 'x')];
      assert.deepEqual(
        cells.map((cell) => cell.value),
        [4343, 3.625, -232, 2n ** 34n, 'x'],
      );
      const values = [24_234, 2.5, 234, 2n ** 40n, 'y'];
      const child = startChild(method, targets.setValues, cells, values);
      await child.join();
      assert.deepEqual(
        cells.map((cell) => cell.value),
        values,
      );
    });
  }

  for (const make of [SharedArray as typeof RawArray, RawArray]) {
    test(`${make.name}: a child's prefix sum is seen (ARR-03, ARR-05)`, LIMIT, async () => {
      const array = make('i', SEED);
      const child = startChild(method, targets.prefixSum, array);
      await child.join();
      const expected = Int32Array.from(SEED);
      targets.prefixSum(expected);
      assert.deepEqual([...array], [...expected]);
    });
  }

  for (const lock of [true, false] as const) {
    test(`everything at once can be doubled in a child, lock: ${lock} (CTY-01)`, LIMIT, async () => {
      const options = { lock: lock as true };
      const all = {
        integer: Value('i', 7, options),
        double: Value('d', 1 / 3, options),
        big: Value('q', 2n ** 33n, options),
        record: Value(Struct({ x: 'i', y: 'd' }), { x: 3, y: 2 }, options),
        array: SharedArray('d', [0, 1, 2, 3], options),
        text: SharedArray('c', 20, options),
      };
      all.text.value = 'hello';
      const child = startChild(method, targets.doubleAll, all);
      await child.join();
      assert.equal(child.exitCode, 0);
      assert.deepEqual([all.integer.value, all.double.value, all.big.value], [14, 2 / 3, 2n ** 34n]);
      assert.deepEqual(
        [all.record.x, all.record.y, [...all.array], all.text.value],
        [6, 4, [0, 2, 4, 6], 'hellohello'],
      );
    });
  }

  test('views travel by reference, parts of arrays too, and locks come along', LIMIT, async () => {
    await using pool = new Pool({ processes: 1, context: method as 'spawn' });
    const bytes = SharedArray('B', 100);
    assert.equal(await pool.apply(targets.writeAt, [bytes.subarray(10, 20), 1, 5]), 10);
    assert.equal(await pool.apply(targets.writeAt, [new Uint8Array(bytes.buffer, 50, 4), 0, 6]), 4);
    assert.deepEqual([bytes[11], bytes[50]], [5, 6]);
    const [same, buffer, two] = await pool.apply(targets.keeps<[typeof bytes, ArrayBuffer, Uint8Array[]]>, [
      [bytes, bytes.buffer, [bytes.subarray(1), bytes.subarray(2)]],
    ]);
    assert.equal(same.getLock(), bytes.getLock());
    bytes[3] = 33;
    assert.deepEqual([same[3], new Uint8Array(buffer)[3], two[0]?.[2], two[1]?.[1]], [33, 33, 33, 33]);
  });

  test('an array that a worker made outlives it', LIMIT, async () => {
    const pool = new Pool({ processes: 1, context: method as 'spawn' });
    const array = await pool.apply(() => RawArray('d', [1, 2, 3]));
    await pool.terminate();
    array[0] = 5;
    assert.deepEqual([...array], [5, 2, 3]);
  });
});
