import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pack } from '#internal/reduction/pack.js';
import { unpack } from '#internal/reduction/unpack.js';
import { registerReducer } from '#internal/reduction/reducers.js';
import { messageOf, registry, roundTrip } from './helpers.ts';

const timeout = 5000;
const sparse: unknown[] = [];
sparse[3] = 'x';
sparse[70_000] = 'y';

describe('values (FN-62)', () => {
  const values: [string, unknown][] = [
    ['sparse array', sparse],
    ['empty array of a length', Object.assign([], { length: 4_000_000_000 })],
    ['minus zero and NaN', [-0, Number.NaN, { a: -0 }]],
    ['huge bigints', [10n ** 40n, -(10n ** 40n)]],
    ['Date', new Date(1_700_000_000_000)],
    ['RegExp', /a+(?<n>b)/giu],
    ['boxed primitives', [Object(1), Object('abc'), Object(false), Object(5n), Object(Symbol.iterator)]],
    ['no prototype', Object.assign(Object.create(null) as object, { a: 1 })],
    ['undefined members', { a: undefined, b: [undefined] }],
    ['Map and Set of objects', [new Map<unknown, unknown>([[{ k: 1 }, new Set([[1], [2]])]]), new Set()]],
    ['result of match', 'abc'.match(/b/)],
    ['symbols that are everywhere', [Symbol.for('x'), Symbol.asyncIterator]],
    ['symbol keys', { [Symbol.for('k')]: 1, [Symbol.toPrimitive]: 2, plain: 3 }],
    ['DataView', new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2)],
    ['Buffer', Buffer.from('hello')],
    ['ArrayBuffer', new Uint8Array([1, 2, 3]).buffer],
    ['URL', new URL('https://example.org/a?b#c')],
    ['URLSearchParams', new URLSearchParams('a=1&a=2')],
    ['many records', Array.from({ length: 300 }, (_, i) => ({ i, name: `n${i}`, inner: { x: i / 2 } }))],
    ['numbers inside records', { data: Array.from({ length: 500 }, (_, i) => i), big: new Map([['x', [0.5, 1, -0]]]) }],
  ];
  for (const [name, value] of values) {
    test(`${name}: arrives as it was`, { timeout }, () => {
      const copy = roundTrip(value);
      assert.deepStrictEqual(copy, value);
      if (typeof value === 'object' && value !== null)
        assert.equal(Object.getPrototypeOf(copy), Object.getPrototypeOf(value));
    });
  }

  const kinds = [
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
    'Float16Array',
  ];
  for (const kind of kinds) {
    const constructor = Reflect.get(globalThis, kind) as (new (length: number) => Uint8Array) | undefined; // one of these classes
    test(`${kind}: arrives in and out of band`, { timeout, skip: constructor === undefined }, () => {
      if (constructor === undefined) return;
      const array = new constructor(40);
      new Uint8Array(array.buffer).fill(60);
      for (const outOfBand of [1, Infinity]) assert.deepStrictEqual(roundTrip(array, { outOfBand }), array);
      assert.deepStrictEqual(roundTrip(array.subarray(3, 9)), array.subarray(3, 9));
    });
  }

  test('cycles and shared references keep their shape', { timeout }, () => {
    const shared = { s: 1 };
    const root: Record<string, unknown> = { a: shared, b: [shared], m: new Map() };
    root['self'] = root;
    (root['m'] as Map<unknown, unknown>).set(root, shared);
    const copy = roundTrip(root) as { a: unknown; b: unknown[]; m: Map<unknown, unknown>; self: unknown };
    assert.equal(copy.self, copy);
    assert.equal(copy.b[0], copy.a);
    assert.equal(copy.m.get(copy), copy.a);
  });

  test('a property __proto__ stays a property', { timeout }, () => {
    const value = [JSON.parse('{"__proto__":{"polluted":1}}') as object, new Map()];
    const copy = roundTrip(value) as object[];
    assert.deepStrictEqual(copy, value);
    assert.equal(Object.getPrototypeOf(copy[0]), Object.prototype);
  });

  test('an array with as many names as holes keeps both', { timeout }, () => {
    for (const array of [Object.assign([1], { 2: 3, name: 'x' }), Object.assign(new Array(1), { '': 0n })]) {
      assert.deepStrictEqual(roundTrip(array), array);
    }
  });

  test('holes stay where they are in arrays of every length, and so do cycles beside them', { timeout }, () => {
    for (let length = 0; length <= 20; length++) {
      for (const missing of [
        [0],
        [length - 1],
        [0, 1],
        [1, length - 2, length - 1],
        Array.from({ length }, (_, i) => i),
      ]) {
        const array: unknown[] = Array.from({ length }, (_, i) => [`element ${i}`]);
        for (const index of missing) if (index >= 0 && index < length) Reflect.deleteProperty(array, index);
        if (length > 3) array[2] = array;
        // Not a compact value.
        const [copy, again] = roundTrip([array, array, new Date(0)]) as [unknown[], unknown];
        assert.deepStrictEqual(copy, array);
        assert.deepEqual(Object.keys(copy), Object.keys(array));
        assert.equal(again, copy);
      }
    }
  });

  test('a view that grows with its buffer still does; one whose buffer has shrunk is refused', { timeout }, () => {
    const Resizable = ArrayBuffer as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void };
    for (const outOfBand of [1, Infinity]) {
      const buffer = new Resizable(8, { maxByteLength: 64 });
      const views = [buffer, new Uint8Array(buffer, 4), new Uint8Array(buffer, 4, 4), new DataView(buffer)];
      const copies = roundTrip(views, { outOfBand }) as [typeof buffer, ...ArrayBufferView[]];
      copies[0].resize(64);
      assert.deepEqual(
        copies.map((one) => one.byteLength),
        [64, 60, 4, 64],
      );
      const alone = roundTrip(new Float64Array(buffer), { outOfBand }) as Float64Array<typeof buffer>;
      alone.buffer.resize(64);
      assert.equal(alone.length, 8);
      buffer.resize(4);
      assert.match(
        messageOf(() => pack(views[2])),
        /its buffer has shrunk, or was transferred, and it lies outside$/,
      );
    }
  });

  test('a prototype that is a Proxy is refused without a call of its traps', { timeout }, () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.match(
      messageOf(() => pack(Object.create(Object.create(proxy) as object))),
      /its prototype is a Proxy$/,
    );
  });

  test('a resizable buffer stays resizable', { timeout }, () => {
    const Resizable = ArrayBuffer as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resizable: boolean; maxByteLength: number };
    for (const outOfBand of [1, Infinity]) {
      const copy = roundTrip(new Resizable(8, { maxByteLength: 64 }), { outOfBand }) as InstanceType<typeof Resizable>;
      assert.deepEqual([copy.byteLength, copy.resizable, copy.maxByteLength], [8, true, 64]);
    }
  });

  test('views on a buffer that travels keep sharing it', { timeout }, () => {
    const all = new Uint8Array(16);
    const copy = roundTrip({ all, part: all.subarray(4, 8) }) as { all: Uint8Array; part: Uint8Array };
    copy.part[0] = 9;
    assert.equal(copy.all[4], 9);
  });

  test('what arrives is private and writable, and does not keep the message', { timeout }, () => {
    const message = pack(new Float64Array([1, 2, 3]));
    const one = unpack(message.bytes) as Float64Array;
    const two = unpack(message.bytes) as Float64Array;
    one[0] = 5;
    message.bytes.fill(0);
    assert.deepEqual([...two], [1, 2, 3]);
  });

  test('with copy: false a big view stays on the message', { timeout }, () => {
    const { bytes } = pack(new Float64Array(100), { outOfBand: Infinity });
    const view = unpack(bytes, [], { copy: false }) as Float64Array;
    assert.equal(view.buffer, bytes.buffer);
    assert.deepEqual([...view], [...new Float64Array(100)]);
  });

  test('an object of another realm arrives as a plain one', { timeout }, async () => {
    const { runInNewContext } = await import('node:vm');
    const value: unknown = runInNewContext('({ a: [1, { b: new Map([[1, 2]]) }] })');
    const copy = roundTrip(value) as { a: [number, { b: Map<number, number> }] };
    assert.equal(copy.a[1].b.get(1), 2);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  });
});

describe('big buffers (FN-63)', () => {
  test('64 MiB travel beside the message without a copy', { timeout: 20_000 }, () => {
    const big = new Float64Array(8 * 1024 * 1024);
    big[5] = 7;
    const { bytes, buffers } = pack({ big });
    assert.ok(bytes.length < 200);
    assert.equal(buffers.length, 1);
    assert.equal(buffers[0]?.buffer, big.buffer);
    const copy = unpack(bytes, [big.buffer]) as { big: Float64Array };
    assert.equal(copy.big.buffer, big.buffer);
    assert.equal(copy.big[5], 7);
  });

  test('a slice of a big buffer sends only its bytes', { timeout }, () => {
    const big = new Uint8Array(10_000_000);
    const small = pack(big.subarray(1000, 1100));
    assert.ok(small.bytes.length < 200);
    assert.equal(small.buffers.length, 0);
    const beside = pack(big.subarray(1000, 101_000));
    assert.deepEqual([beside.buffers[0]?.byteOffset, beside.buffers[0]?.byteLength], [1000, 100_000]);
  });

  test('a view beside the message may come with an offset', { timeout }, () => {
    const { bytes } = pack(Float64Array.from([1, 2]), { outOfBand: 1 });
    const region = new Float64Array([0, 1, 2, 3]);
    const copy = unpack(bytes, [new Uint8Array(region.buffer, 8, 16)]) as Float64Array;
    assert.deepEqual([...copy], [1, 2]);
    assert.equal(copy.buffer, region.buffer);
  });
});

class Tags extends Map<string, number> {
  label = 'tags';
  total(): number {
    return [...this.values()].reduce((a, b) => a + b, 0);
  }
}
class Names extends Set<string> {}
class Row extends Array<number> {
  sum(): number {
    return this.reduce((a, b) => a + b, 0);
  }
}
class Samples extends Float32Array {
  rate = 44_100;
}
class Point {
  x = 1;
  get twice(): number {
    return this.x * 2;
  }
}
class Point3 extends Point {
  z = 3;
}

describe('instances (FN-38)', () => {
  const functions = registry(Tags, Names, Row, Samples, Point, Point3);

  test('subclasses of Map, Set, Array and typed arrays keep class, contents and fields', { timeout }, () => {
    const tags = new Tags([
      ['a', 1],
      ['b', 2],
    ]);
    const copy = roundTrip([tags, new Names(['x']), Row.of(1, 2), new Samples([0.5])], { functions }) as [
      Tags,
      Names,
      Row,
      Samples,
    ];
    assert.ok(
      copy[0] instanceof Tags && copy[1] instanceof Names && copy[2] instanceof Row && copy[3] instanceof Samples,
    );
    assert.equal(copy[0].total(), 3);
    assert.equal(copy[0].label, 'tags');
    assert.equal(copy[2].sum(), 3);
    assert.deepEqual([copy[3][0], copy[3].rate], [0.5, 44_100]);
  });

  test('an instance keeps its class, without its constructor being run', { timeout }, () => {
    const copy = roundTrip([new Point(), new Point3()], { functions }) as [Point, Point3];
    assert.ok(copy[0] instanceof Point && copy[1] instanceof Point3);
    assert.deepEqual([copy[0].twice, copy[1].z], [2, 3]);
  });

  test('subclasses of Date and RegExp are refused', { timeout }, () => {
    class Day extends Date {}
    class Pattern extends RegExp {}
    assert.throws(
      () => roundTrip({ day: new Day() }, { functions }),
      /cannot send value\.day to another process: Day is a subclass of Date/,
    );
    assert.throws(() => roundTrip(new Pattern('x'), { functions }), /Pattern is a subclass of RegExp/);
  });

  test('registerReducer() sends what it takes, and the receiver needs no registration', { timeout }, () => {
    class Money {
      readonly #cents: number;
      constructor(cents: number) {
        this.#cents = cents;
      }
      get cents(): number {
        return this.#cents;
      }
    }
    const makeMoney = (cents: number): Money => new Money(cents);
    registerReducer(Money, (money) => money.cents, makeMoney);
    const money = new Money(5);
    const copy = roundTrip([money, money], { functions: registry(makeMoney) }) as [Money, Money];
    assert.equal(copy[0].cents, 5);
    assert.equal(copy[0], copy[1]);
  });

  test('registerReducer() wants three functions', { timeout }, () => {
    for (const list of [
      [Object(1), String, String],
      [Map, undefined, String],
      [Map, String],
    ]) {
      assert.throws(() => Reflect.apply(registerReducer, undefined, list), { code: 'ERR_MP_INVALID_ARG' });
    }
  });
});
