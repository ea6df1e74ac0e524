import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { registerHandler, sendAs } from '#internal/reduction/handlers.js';
import { pack } from '#internal/reduction/pack.js';
import { registry, roundTrip } from './helpers.ts';

const timeout = 5000;

class Gate {
  readonly #word: Int32Array;
  constructor(word: Int32Array) {
    this.#word = word;
  }
  get word(): Int32Array {
    return this.#word;
  }
}
class NamedGate extends Gate {
  title = 'front';
}
registerHandler('test.gate', Gate, { take: (gate) => ({ word: gate.word }), make: ({ word }) => new Gate(word) });

const region = new SharedArrayBuffer(64);
const shared = {
  describe: (buffer: ArrayBufferLike): unknown => (buffer === region ? { region: 1 } : undefined),
  open: (handle: unknown): ArrayBufferLike => {
    assert.deepEqual(handle, { region: 1 });
    return region;
  },
};

describe('shared memory and classes with a handler', () => {
  test('a view on shared memory arrives as a view on the same memory', { timeout }, () => {
    const view = new Float64Array(region, 8, 3);
    const { bytes, buffers } = pack({ view }, { shared, outOfBand: 1 });
    assert.equal(buffers.length, 0);
    assert.ok(bytes.length < 100);
    const copy = (roundTrip({ view }, { shared }) as { view: Float64Array }).view;
    assert.deepEqual([copy.buffer, copy.byteOffset, copy.length], [region, 8, 3]);
  });

  test('an instance with private fields is rebuilt by its handler, once', { timeout }, () => {
    const gate = new Gate(new Int32Array(region, 0, 1));
    const copy = roundTrip({ a: gate, b: gate }, { shared }) as { a: Gate; b: Gate };
    assert.equal(copy.a, copy.b);
    assert.equal(copy.a.word.buffer, region);
  });

  test('an instance of a subclass keeps its class and fields', { timeout }, () => {
    const copy = roundTrip(new NamedGate(new Int32Array(region, 0, 1)), { shared, functions: registry(NamedGate) });
    assert.ok(copy instanceof NamedGate);
    assert.equal(copy.title, 'front');
    assert.equal(copy.word.buffer, region);
  });

  test('sendAs() puts one object in the place of another', { timeout }, () => {
    const proxy = new Proxy({}, {});
    const array = new Float64Array(3);
    sendAs(proxy, new Gate(new Int32Array(region, 4, 1)));
    sendAs(array, new Gate(new Int32Array(region, 8, 1)));
    const copy = roundTrip([proxy, array], { shared }) as Gate[];
    assert.deepEqual(
      copy.map((gate) => gate.word.byteOffset),
      [4, 8],
    );
  });
});
