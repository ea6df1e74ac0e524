import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CompactTarget, readCompact, SLACK, writeCompact } from '#internal/reduction/compact.js';

const target = new CompactTarget(new SharedArrayBuffer(65_536));

function write(value: unknown, limit = 65_536): number {
  return writeCompact(target, 3, limit, value);
}

function roundTrip(value: unknown): unknown {
  const end = write(value);
  assert.notEqual(end, -1);
  const cursor = { offset: 3 };
  const copy = readCompact(target, cursor);
  assert.equal(cursor.offset, end);
  return copy;
}

describe('compact values', () => {
  const values: [string, unknown][] = [
    ['zero', 0],
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['the largest int32', 2_147_483_647],
    ['one more than int32', 2_147_483_648],
    ['an int8 border', -128],
    ['a fraction', 0.1],
    ['infinity', -Infinity],
    ['the largest int64', 2n ** 63n - 1n],
    ['the smallest int64', -(2n ** 63n)],
    ['undefined', undefined],
    ['null', null],
    ['booleans', [true, false]],
    ['an empty text', ''],
    ['Latin-1', 'Füße'],
    ['Latin-1 of some length', 'ü'.repeat(100)],
    ['a long ASCII text', 'x'.repeat(5000)],
    ['Japanese', '日本語テキスト'],
    ['an emoji', '🙂'.repeat(30)],
    ['a lone surrogate', 'a\ud800b'],
    ['an empty object and array', [{}, []]],
    ['a record', { id: 7, name: 'alice', ok: true, x: 1.5 }],
    ['keys in Japanese', { 名前: 'x' }],
    ['a long key', { ['k'.repeat(200)]: 1 }],
    ['a numeric key', { 1: 'a' }],
    ['nested containers', { a: [{ b: [1, 'x'] }] }],
    ['integers', [1, 2, 3]],
    ['integers with a minus zero', [1, -0, 3]],
    ['doubles', [0.5, 1, Number.NaN]],
    ['numbers, then something else', [1, 2, 'x']],
    ['undefined elements', [undefined, 1]],
    ['2,000 doubles', Array.from({ length: 2000 }, (_, i) => i / 3)],
    ['2,000 integers', Array.from({ length: 2000 }, (_, i) => i)],
  ];
  for (const [name, value] of values) {
    test(`${name}: arrives as it was`, { timeout: 5000 }, () => {
      assert.deepStrictEqual(roundTrip(value), value);
    });
  }

  test('a key __proto__ becomes a property and no prototype', { timeout: 5000 }, () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1},"b":{}}');
    const copy = roundTrip(value);
    assert.deepStrictEqual(copy, value);
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  });

  const shared = {};
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const refused: [string, unknown][] = [
    ['a cycle', cycle],
    ['a shared reference', [shared, shared]],
    ['five levels', [[[[[]]]]]],
    ['65 containers', Array.from({ length: 65 }, () => ({}))],
    ['a hole', [1, , 3]], // oxlint-disable-line no-sparse-arrays -- the hole is the point
    ['a hole in a longer array', Object.assign(Array.from({ length: 100 }, String), { length: 101 })],
    ['an array with a named property', Object.assign([1, 2], { name: 'x' })],
    ['a long array with a named property', Object.assign(Array.from({ length: 100 }, Number), { name: 'x' })],
    ['a symbol key', { [Symbol.for('x')]: 1 }],
    ['a symbol', Symbol.iterator],
    ['a function', () => 1],
    ['a Map', new Map()],
    ['a Date', new Date()],
    ['a typed array', new Uint8Array(1)],
    ['an instance', new (class Point {})()],
    ['no prototype', Object.create(null)],
    ['a Proxy', new Proxy({}, {})],
    ['a boxed number', Object(1)],
    ['Math', Math],
    ['a bigint beyond 64 bits', 2n ** 63n],
    ['a fake array', Object.create(Array.prototype)],
  ];
  for (const [name, value] of refused) {
    test(`${name}: is left to pack`, { timeout: 5000 }, () => {
      assert.equal(write(value), -1);
      assert.equal(write({ inside: value }), -1);
    });
  }

  test('a value that does not fit gives -1, and bytes behind the limit stay', { timeout: 5000 }, () => {
    for (const value of [
      1,
      'x'.repeat(30),
      '日本',
      [1, 2, 3, 4],
      [0.5, 0.6],
      { a: 'b'.repeat(20) },
      5n,
      [['x'.repeat(50)]],
    ]) {
      const end = write(value);
      for (let limit = 3; limit < end + SLACK; limit++) {
        target.bytes.fill(77, limit, limit + 200);
        assert.ok(write(value, limit) <= limit);
        assert.ok(target.bytes.subarray(limit, limit + 200).every((byte) => byte === 77));
      }
    }
  });

  test('a getter that throws does not disturb the next value', { timeout: 5000 }, () => {
    const bad = {
      a: {},
      get b(): never {
        throw new Error('no');
      },
    };
    for (let i = 0; i < 200; i++) assert.throws(() => write(bad), /no/);
    const fine = { a: { b: {} } };
    assert.deepStrictEqual(roundTrip(fine), fine);
  });
});
