import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { ManycoreError } from '#internal/base/errors.js';
import { CompactTarget, readCompact, writeCompact } from '#internal/reduction/compact.js';
import { pack } from '#internal/reduction/pack.js';
import { unpack } from '#internal/reduction/unpack.js';

/** All of this file together; `MANYCORE_FUZZ_SECONDS` makes it longer. */
const totalMs = Number(process.env['MANYCORE_FUZZ_SECONDS'] ?? 5) * 1000;
const each = { numRuns: 1e9, interruptAfterTimeLimit: totalMs / 5, markInterruptAsFailure: false };
const timeout = totalMs + 60_000;

const leaf = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('a', 'é', '\ud800', '日') }),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(undefined, null, Number.NaN, -0, Symbol.iterator, Symbol.for('x')),
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(/a/g, new URL('http://a/b'), Buffer.from('abc')),
);

const anything = fc.anything({
  values: [leaf],
  key: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'length', '0', '日本')),
  maxDepth: 6,
  withBigInt: true,
  withBoxedValues: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  withObjectString: true,
  withSparseArray: true,
  withTypedArray: true,
});

/** Objects that refer to each other in any way, cycles included. */
const tangle = fc
  .array(
    fc.record({
      kind: fc.constantFrom('object', 'array', 'map', 'set', 'null'),
      to: fc.array(fc.nat(20), { maxLength: 5 }),
      leaf,
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((nodes) => {
    const objects = nodes.map(({ kind }) => make(kind));
    nodes.forEach(({ to, leaf: value }, i) => {
      add(objects[i], 'leaf', value);
      to.forEach((target, j) => add(objects[i], `k${j}`, objects[target % objects.length]));
    });
    return objects[0];
  });

function make(kind: string): object {
  if (kind === 'array') return [];
  if (kind === 'map') return new Map();
  if (kind === 'set') return new Set();
  return kind === 'null' ? (Object.create(null) as object) : {};
}

function add(object: object | undefined, key: string, value: unknown): void {
  if (Array.isArray(object)) object.push(value);
  else if (object instanceof Map) object.set(key, value);
  else if (object instanceof Set) object.add(value);
  else if (object !== undefined) Reflect.set(object, key, value);
}

/** The shape of references, which equality does not see: numbers objects in the order in which they are met. */
function identities(root: unknown): string {
  const ids = new Map<object, number>();
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const known = ids.get(value);
    parts.push(
      known === undefined
        ? `new ${Object.getPrototypeOf(value) === null ? 'null' : value.constructor.name}`
        : String(known),
    );
    if (known !== undefined) return;
    ids.set(value, ids.size);
    if (value instanceof Map) for (const [key, item] of value) [key, item].forEach(walk);
    else if (value instanceof Set) value.forEach(walk);
    else if (!ArrayBuffer.isView(value))
      Reflect.ownKeys(value).forEach((key) => walk(Object.getOwnPropertyDescriptor(value, key)?.value));
  };
  walk(root);
  return parts.join(' ');
}

/** A message is read, or refused with an error of this library; nothing else. */
function readOrRefuse(bytes: Uint8Array): void {
  try {
    unpack(bytes, [new ArrayBuffer(8)]);
  } catch (error) {
    if (!(error instanceof ManycoreError)) throw error;
  }
}

describe('value codec, with random input', () => {
  test('whatever is packed arrives deeply equal', { timeout }, () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(4, 65_536), (value, outOfBand) => {
        const { bytes, buffers } = pack(value, { outOfBand });
        const copy = unpack(
          bytes,
          buffers.map((buffer) => new Uint8Array(buffer).buffer),
        );
        assert.ok(isDeepStrictEqual(copy, value));
      }),
      each,
    );
  });

  test('references arrive in the same shape', { timeout }, () => {
    fc.assert(
      fc.property(tangle, (value) => {
        assert.equal(identities(unpack(pack(value).bytes)), identities(value));
      }),
      each,
    );
  });

  test('random bytes are refused', { timeout }, () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.constantFrom(0, 2, undefined), (random, format) => {
        if (format === undefined || random.length === 0) return readOrRefuse(random);
        const message = new Uint8Array(random.length + 8);
        message.set(random, 8);
        message[0] = format;
        readOrRefuse(message);
      }),
      each,
    );
  });

  test('messages with a few wrong bytes are read or refused', { timeout }, () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const error = new Error('x', { cause: new Map([[new Set([1n]), new Float64Array(3)]]) });
    fc.assert(
      fc.property(fc.oneof(anything, tangle, fc.constant(error)), changes, fc.nat(), (value, list, cut) => {
        const { bytes } = pack(value);
        for (const [at, byte] of list) bytes[at % bytes.length] = byte;
        readOrRefuse(cut % 3 === 0 ? bytes.subarray(0, cut % bytes.length) : bytes);
      }),
      each,
    );
  });

  test('compact values: equal, or left to pack, and never beyond the limit', { timeout }, () => {
    const target = new CompactTarget(new ArrayBuffer(4096));
    fc.assert(
      fc.property(anything, fc.nat(600), (value, limit) => {
        target.bytes.fill(99);
        const end = writeCompact(target, 5, limit, value);
        assert.ok(end <= Math.max(5, limit));
        assert.ok(target.bytes.subarray(limit).every((byte, i) => byte === 99 || limit + i < 5));
        if (end >= 0) assert.ok(isDeepStrictEqual(readCompact(target, { offset: 5 }), value));
      }),
      each,
    );
  });
});
