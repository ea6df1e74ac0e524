import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ManycoreError, NotSendableError } from '#internal/base/errors.js';
import { functionPort } from '#internal/reduction/functions/port.js';
import { register } from '#internal/reduction/functions/registry.js';
import { pack } from '#internal/reduction/pack.js';
import { modulesOf, unpack } from '#internal/reduction/unpack.js';
import { each, timeout } from './support.ts';

// Messages of every kind of value, damaged: what arrives is read or refused, in bounded time and memory.

/** A message of some hundred bytes is read in microseconds; a busy machine and a collection are forgiven. */
const LONGEST_READ_MS = 1500;
/** More than any part of a small message may ask for. */
const MOST_BYTES = 64 * 2 ** 20;

export class Point {
  x = 1;
  y: unknown;
  constructor(y: unknown) {
    this.y = y;
  }
  static of(y: unknown): Point {
    return new Point(y);
  }
  [Symbol.for('manycore.reduce')](): unknown[] {
    return [Point.of, this.y];
  }
}
export class Plain {
  x = 1;
  next: unknown;
}
export class Words extends Map<unknown, unknown> {}
export class Row extends Array<unknown> {}
export class Fault extends RangeError {
  detail = { code: 42 };
}
const known = register((x: number) => x, 'fuzz-damaged');

export function loop(): unknown {
  const plain = new Plain();
  plain.next = [plain, new Map([[plain, new Set([plain])]])];
  return plain;
}

function views(): unknown {
  const buffer = new ArrayBuffer(64);
  return [new Float64Array(buffer), new Uint16Array(buffer, 8, 4), new DataView(buffer, 3), Buffer.from(buffer, 5, 9)];
}

/** Functions as processes of one program send them: natives, bound ones, a text with captures, a class. */
function texts(): unknown {
  const factor = 3;
  const table = { list: [1, 2] };
  class Local extends Plain {
    static made = [factor];
    #secret = factor;
    reveal = (): number => this.#secret;
  }
  const even = (n: number): boolean => n === 0 || odd(n - 1);
  const odd = (n: number): boolean => n !== 0 && even(n - 1);
  return [Math.hypot, Array.prototype.slice.bind([1], 1), (x: number) => x * factor + table.list.length, Local, even];
}

/** One of each kind that the graph has a tag for; functions by value are the last. */
const SEEDS: readonly unknown[] = [
  [
    { a: 1, b: 'é' },
    { a: 2, b: '日' },
    { a: 3, b: '' },
  ],
  Object.assign([1, 2.5], { 4: 'x', 9: null, extra: true }),
  Array.from({ length: 40 }, (_, i) => i * 1.5),
  [2n ** 80n, -(2n ** 63n), 7n, Object(5), Object('text'), Object(true), Object(1n)],
  [Symbol.for('k'), Symbol.iterator, new Date(5), /a(?<n>b)/gy, -0, Number.NaN],
  loop(),
  views(),
  [new Uint8Array(100), new Uint8Array(100).subarray(3), new BigInt64Array(9).buffer],
  new Words([['k', { deep: [new Words()] }]]),
  Row.from([1, Row.from([2])]),
  [new Point([1, 2]), new Point({ a: new Point(null) })],
  Object.assign(Object.create(null) as object, { __proto__: null, a: { ['__proto__']: 1 } }),
  new AggregateError([new Fault('x', { cause: new Error('y') }), 'thrown', new TypeError('z')], 'all'),
  Object.assign(new Error('with fields'), { code: 'E_X', list: [1, { a: 1 }], at: new Date(1) }),
  new DOMException('gone', 'AbortError'),
  [new URL('https://a/b?c#d'), new URLSearchParams('a=1&b=2'), new Headers({ a: 'b' }), new TextEncoder()],
  [new Intl.NumberFormat('de'), new Intl.Locale('en-GB'), new Intl.Collator('sv')],
  [known, Point, Point.of, Fault, loop],
  [existsSync, createRequire(import.meta.url), parseInt.bind(null, '7')],
  texts(),
];
/** These a peer elsewhere may not send. */
const OF_THE_PROGRAM = SEEDS.length - 2;

const packed = SEEDS.map((value, i) =>
  pack(value, { functions: functionPort(i < OF_THE_PROGRAM ? 'reference' : 'auto'), outOfBand: 48 }),
);

/** One way of doing harm to bytes. */
const damage = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), to: fc.nat(255), length: fc.constant(0) }),
  // Numbers are written in groups of seven bits: these make them huge.
  fc.record({ kind: fc.constant('grow' as const), at: fc.nat(), to: fc.constant(255), length: fc.nat(7) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), to: fc.constant(0), length: fc.nat(12) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), to: fc.nat(40), length: fc.nat(40) }),
  fc.record({ kind: fc.constant('splice' as const), at: fc.nat(), to: fc.nat(), length: fc.nat(30) }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

function harm(bytes: Uint8Array, { kind, at, to, length }: Damage): Uint8Array {
  // The first byte says what the message is; without it all is refused at once.
  const place = 1 + (at % Math.max(1, bytes.length - 1));
  if (kind === 'set') return Uint8Array.from(bytes, (byte, i) => (i === place ? to : byte));
  const before = bytes.subarray(0, place);
  if (kind === 'cut') return Buffer.concat([before, bytes.subarray(place + length)]);
  if (kind === 'grow') return Buffer.concat([before, new Uint8Array(length).fill(to), bytes.subarray(place)]);
  const source = kind === 'repeat' ? bytes : (packed[to % packed.length]?.bytes ?? bytes);
  const from = kind === 'repeat' ? place : at % source.length;
  const piece = source.subarray(from, from + length);
  const pieces = kind === 'repeat' ? Array.from({ length: to }, () => piece) : [piece];
  return Buffer.concat([before, ...pieces, bytes.subarray(kind === 'repeat' ? place : place + length)]);
}

const damaged = fc
  .tuple(fc.nat(packed.length - 1), fc.array(damage, { minLength: 1, maxLength: 5 }))
  .map(([number, harms]) => ({ number, bytes: harms.reduce(harm, packed[number]?.bytes ?? new Uint8Array()) }));

/** What a function of the message throws is its own: one that is no constructor, or a text in which a letter is another one. */
function isOfMessage(error: unknown, number: number): boolean {
  if (!(error instanceof Error)) return false;
  return number === SEEDS.length - 1 || / cannot be invoked without 'new'$| is not a constructor$/.test(error.message);
}

/** Reads the message, or finds that it is refused with an error of this library, soon and without much memory. */
function readOrRefuse(bytes: Uint8Array, number: number, options: Parameters<typeof unpack>[2]): void {
  // Whole numbers of elements for the views, as the receiver's own memory would have.
  const buffers = (packed[number]?.buffers ?? []).map((buffer) => new Uint8Array(buffer).buffer);
  const memory = process.memoryUsage().arrayBuffers;
  const begin = performance.now();
  try {
    if (options?.functions) modulesOf(bytes, options.functions);
    unpack(bytes, buffers, options);
  } catch (error) {
    if (!(error instanceof ManycoreError) && !isOfMessage(error, number)) throw error;
  }
  const took = performance.now() - begin;
  assert.ok(took < LONGEST_READ_MS, `${took} ms`);
  const more = process.memoryUsage().arrayBuffers - memory;
  assert.ok(more < MOST_BYTES, `${more} bytes`);
}

describe('damaged messages of every kind', () => {
  test('the messages themselves arrive', { timeout }, () => {
    for (const [i, { bytes, buffers }] of packed.entries()) {
      const own = buffers.map((buffer) => new Uint8Array(buffer).buffer);
      const read = (): unknown => unpack(bytes, own, { functions: functionPort({ accept: 'references' }) });
      if (i < OF_THE_PROGRAM) assert.doesNotThrow(read);
      else assert.throws(read, NotSendableError);
    }
  });

  test('with functions by reference, as from a peer that knows the key', { timeout }, () => {
    fc.assert(
      fc.property(damaged, ({ number, bytes }) => {
        readOrRefuse(bytes, number, { functions: functionPort({ accept: 'references' }) });
      }),
      each,
    );
  });

  test('as data alone, on memory that is given away', { timeout }, () => {
    fc.assert(
      fc.property(damaged, ({ number, bytes }) => {
        readOrRefuse(Uint8Array.from(bytes), number, { copy: false, handlers: () => false });
      }),
      each,
    );
  });

  test('as messages among the processes of a program', { timeout }, () => {
    fc.assert(
      fc.property(damaged, ({ number, bytes }) => readOrRefuse(bytes, number, { functions: functionPort() })),
      each,
    );
  });
});
