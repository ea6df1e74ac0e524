import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { roundTrip, registry } from './helpers.ts';

const timeout = 5000;

class Point {
  x: number | undefined = 1;
  y: number | undefined = 2;
}
Reflect.set(Point.prototype, 'y', 'inherited');

describe('records that look alike', () => {
  test('what one of them inherits does not become its own', { timeout }, () => {
    const whole = new Point();
    const part = new Point();
    Reflect.deleteProperty(part, 'y');
    const [a, b] = roundTrip([whole, part], { functions: registry(Point) }) as [Point, Point];
    assert.deepEqual([Object.keys(a), Object.keys(b)], [['x', 'y'], ['x']]);
    assert.equal(b.y, 'inherited');
  });

  test('a getter may take a property away and add another while it is written', { timeout }, () => {
    const make = (read: (self: Record<string, unknown>) => void): Record<string, unknown> => {
      const self: Record<string, unknown> = { a: 1, b: 2, c: 3 };
      Object.defineProperty(self, 'a', { get: () => read(self), enumerable: true });
      return self;
    };
    const list = [
      make(() => undefined),
      make((self) => {
        delete self['b'];
      }),
      make((self) => {
        self['d'] = 4;
      }),
      { a: 5 },
    ];
    assert.deepEqual(roundTrip(list), [
      { a: undefined, b: 2, c: 3 },
      { a: undefined, b: undefined, c: 3 },
      { a: undefined, b: 2, c: 3 },
      { a: 5 },
    ]);
  });

  test('keys in another order, fewer and more keys arrive as they were', { timeout }, () => {
    const list = [{ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, {}, { a: 1, b: 2, c: 3 }, { 2: 1, 1: 2 }, { a: 1, b: 2 }];
    const back = roundTrip([...list, new Date(0)]) as object[];
    assert.deepEqual(
      back.slice(0, -1).map((one) => Object.entries(one)),
      list.map((one) => Object.entries(one)),
    );
  });

  test('what is left out of an error does not disturb what is met before and after it', { timeout }, () => {
    const shared = { n: 1 };
    const lost = { shared, inner: { work: Promise.resolve() } };
    const error = Object.assign(new Error('e'), { first: shared, lost, last: shared });
    const [first, back, last] = roundTrip([shared, error, [shared, lost.shared]]) as [object, typeof error, object[]];
    assert.equal(back.first, first);
    assert.equal(back.last, first);
    assert.equal(last[0], first);
    assert.equal(last[1], first);
    assert.equal(back.lost, undefined);
  });
});
