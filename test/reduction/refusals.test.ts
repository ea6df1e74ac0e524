import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { pack } from '#internal/reduction/pack.js';
import { registry, messageOf, roundTrip } from './helpers.ts';

const timeout = 5000;
const REDUCE = Symbol.for('manycore.reduce');

class Account {
  #balance = 1;
  get balance(): number {
    return this.#balance;
  }
}
class Savings extends Account {}
class Counted {
  static #made = 0;
  number = ++Counted.#made;
}
class Purse {
  readonly #coins: number;
  constructor(coins: number) {
    this.#coins = coins;
  }
  get coins(): number {
    return this.#coins;
  }
  [REDUCE](): unknown[] {
    return [Purse, this.#coins];
  }
}

describe('private fields (FN-37)', () => {
  test('an instance with #private is refused, naming class and field', { timeout }, () => {
    const expected =
      'to another process: class Account has private fields (#balance), which cannot be read from outside; give the class a reduce method';
    assert.equal(
      messageOf(() => pack(new Account())),
      `cannot send value ${expected}`,
    );
    assert.match(
      messageOf(() => pack({ a: new Savings() })),
      /value\.a to another process: class Savings has private fields \(#balance\)/,
    );
  });

  test('static private members do not matter', { timeout }, () => {
    assert.ok(roundTrip(new Counted(), { functions: registry(Counted) }) instanceof Counted);
  });

  test('a reduce method makes it sendable, once per object', { timeout }, () => {
    const purse = new Purse(5);
    const [one, two] = roundTrip([purse, purse], { functions: registry(Purse) }) as [Purse, Purse];
    assert.equal(one.coins, 5);
    assert.equal(one, two);
  });

  test('a cycle through a reduce method is refused', { timeout }, () => {
    const loop = { [REDUCE]: undefined };
    class Loop {
      [REDUCE](): unknown[] {
        return [Purse, { loop: this }];
      }
    }
    assert.ok(loop);
    assert.match(
      messageOf(() => pack(new Loop(), { functions: registry(Purse) })),
      /cycle through a reduce method/,
    );
  });
});

describe('what cannot be sent (FN-44)', () => {
  const local = Symbol('local');
  const refused: [string, unknown, RegExp][] = [
    [
      'Promise',
      { jobs: [0, 1, 2, { done: Promise.resolve() }] },
      /^cannot send value\.jobs\[3\]\.done to another process: it is a Promise \(await it first\)$/,
    ],
    ['WeakMap', { 'my map': new WeakMap() }, /value\["my map"\] to another process: it is a WeakMap/],
    ['socket', [new Socket()], /value\[0\] to another process: no copy rule for built-in class Socket$/],
    [
      'class that extends Socket',
      new (class Line extends Socket {})(),
      /no copy rule for built-in class Socket \(which Line extends\)$/,
    ],
    ['AbortSignal', new AbortController().signal, /no copy rule for built-in class AbortSignal$/],
    ['Blob', new Blob(['x']), /no copy rule for built-in class Blob$/],
    ['stream', new ReadableStream(), /no copy rule for built-in class ReadableStream$/],
    ['decoder', new TextDecoder(), /no copy rule for built-in class TextDecoder$/],
    ['Proxy', new Map([['k', new Proxy({}, {})]]), /value\.get\("k"\) to another process: it is a Proxy$/],
    ['Proxy around a function', new Proxy(() => 1, {}), /it is a Proxy around a function$/],
    ['generator', (function* () {})(), /it is a generator in the middle of its run/],
    ['iterator', new Set([[].values()]), /value\.values\(\)\[0\] to another process: it is an iterator/],
    ['local symbol', { kind: local }, /value\.kind to another process: it is the local symbol Symbol\(local\)/],
    [
      'local symbol as key',
      [{ [local]: 1 }],
      /value\[0\] to another process: it has a property whose key is the local symbol Symbol\(local\)/,
    ],
    ['function without a port', { f() {} }, /value\.f to another process: it is a function/],
    ['Math', Math, /no copy rule for built-in object Math/],
    ['SharedArrayBuffer', new SharedArrayBuffer(8), /it is a SharedArrayBuffer/],
    ['view on one', new Int32Array(new SharedArrayBuffer(8)), /it is a SharedArrayBuffer/],
    ['hollow Map', Object.create(Map.prototype), /has the prototype of a built-in class and is none/],
    ['WeakRef', new WeakRef({}), /it is a WeakRef/],
  ];
  for (const [name, value, message] of refused) {
    test(`${name}: refused with its path`, { timeout }, () => {
      assert.match(
        messageOf(() => pack(value)),
        message,
      );
    });
  }

  test('a buffer that was transferred: refused', { timeout }, () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    assert.match(
      messageOf(() => pack({ bytes })),
      /value\.bytes to another process: its memory was transferred/,
    );
  });

  test('an EventEmitter of the program: sent with its fields, without the marks of Node', { timeout }, () => {
    class Station extends EventEmitter {
      title = 'north';
    }
    const copy = roundTrip(new Station(), { functions: registry(Station) });
    assert.ok(copy instanceof Station);
    assert.equal(copy.title, 'north');
    let heard = 0;
    copy.on('train', () => heard++).emit('train');
    assert.equal(heard, 1);
  });

  test('the caller may say what the value is called', { timeout }, () => {
    const name = 'argument 1 of square';
    assert.match(
      messageOf(() => pack(Promise.resolve(), { name })),
      /^cannot send argument 1 of square to another process: it is a Promise/,
    );
    assert.match(
      messageOf(() => pack({ a: Promise.resolve() }, { name })),
      /^cannot send argument 1 of square \(value\.a\) to another process/,
    );
  });

  test('nesting without end is refused, not a crash', { timeout }, () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    assert.match(
      messageOf(() => pack(deep)),
      /nested/,
    );
  });

  test('900 levels arrive', { timeout }, () => {
    let deep: unknown = 1;
    for (let i = 0; i < 900; i++) deep = i % 2 === 0 ? [deep] : { deep };
    assert.deepStrictEqual(roundTrip(deep), deep);
  });

  test('a getter or hook that throws leaves nothing behind', { timeout }, () => {
    const bad = {
      map: new Map([[1, { a: 1 }]]),
      get trap(): never {
        throw new TypeError('hands off');
      },
    };
    const proxy = new Proxy(
      {},
      {
        getPrototypeOf(): never {
          throw new Error('trap');
        },
      },
    );
    for (let i = 0; i < 50; i++) {
      assert.throws(() => pack(bad), /hands off/);
      assert.throws(() => pack({ a: new Map(), proxy }), /it is a Proxy/);
      const fine = { a: new Map([[1, { b: [1, 2] }]]) };
      assert.deepStrictEqual(roundTrip(fine), fine);
    }
  });

  test('a getter may pack a message itself', { timeout }, () => {
    const outer = {
      map: new Map([[1, 2]]),
      get inner(): unknown {
        return roundTrip({ set: new Set([1]), text: 'x' });
      },
    };
    assert.deepStrictEqual(roundTrip(outer), { map: new Map([[1, 2]]), inner: { set: new Set([1]), text: 'x' } });
    const small = {
      a: { b: 1 },
      get c(): unknown {
        return roundTrip({ d: { e: 'f' } });
      },
    };
    assert.deepStrictEqual(roundTrip(small), { a: { b: 1 }, c: { d: { e: 'f' } } });
  });
});
