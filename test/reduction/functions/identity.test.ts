import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pool } from 'manycore';
import { onEachMethod } from '../../process/methods.ts';

const timeout = 30_000;
const unit = 2;

class Local {
  static made = 0;
  n: number;
  constructor(n: number) {
    this.n = n;
  }
  double(): number {
    return this.n * unit;
  }
}

interface Old {
  n: number;
}
function OldStyle(this: Old, n: number): void {
  this.n = n;
}

onEachMethod('identity of what goes by value', () => {
  test('a class is the same in a function and in its arguments, and in later calls (FN-35)', { timeout }, async () => {
    await using pool = new Pool(1);
    const isLocal = (one: unknown): boolean => one instanceof Local;
    const count = (one: Local): number => (one.constructor === Local ? ++Local.made : -1);
    assert.equal(await pool.apply(isLocal, [new Local(1)], { by: 'value' }), true);
    assert.deepEqual([await pool.apply(count, [new Local(1)]), await pool.apply(count, [new Local(2)])], [1, 2]);
    const back = await pool.apply((n: number) => new Local(n), [4]);
    assert.ok(back instanceof Local);
    assert.equal(back.double(), 8);
  });

  test('so is an old-style class that captures nothing that changes (FN-36)', { timeout }, async () => {
    await using pool = new Pool(1);
    const one: unknown = Reflect.construct(OldStyle, [3]);
    assert.equal(await pool.apply((it: unknown) => it instanceof OldStyle, [one]), true);
  });

  test('a function that counts starts anew with each call (FN-32)', { timeout }, async () => {
    await using pool = new Pool(1);
    let counter = 10;
    const step = (): number => ++counter;
    assert.deepEqual([await pool.apply(step), await pool.apply(step)], [11, 11]);
    counter = 20;
    assert.equal(await pool.apply(step), 21);
  });

  test('a function is built anew when what it captures has changed (FN-21)', { timeout }, async () => {
    await using pool = new Pool(1);
    const box = { n: 1 };
    let plain = 1;
    const read = (): number[] => [box.n, plain];
    assert.deepEqual(await pool.apply(read), [1, 1]);
    box.n = 2;
    plain = 3;
    assert.deepEqual(await pool.apply(read), [2, 3]);
  });

  test('arguments of a function around travel as a list (FN-40)', { timeout }, async () => {
    await using pool = new Pool(1);
    function around(..._given: number[]): () => unknown {
      // As compilers to ES5 write it.
      const list = arguments;
      return () => Array.from(list as ArrayLike<unknown>);
    }
    assert.deepEqual(await pool.apply(around(1, 2)), [1, 2]);
  });
});
