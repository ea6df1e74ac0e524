import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { ManycoreError, NotSendableError } from '#internal/base/errors.js';
import { functionPort } from '#internal/reduction/functions/port.js';
import { pack } from '#internal/reduction/pack.js';
import { unpack } from '#internal/reduction/unpack.js';
import { each, timeout } from './support.ts';

interface Resizable extends ArrayBuffer {
  readonly resizable: boolean;
  readonly maxByteLength: number;
  resize(length: number): void;
}
// The second parameter is ES2024.
const ResizableBuffer = ArrayBuffer as unknown as new (length: number, options?: object) => Resizable;

class Point {
  x = 1;
  y: unknown;
  constructor(y: unknown) {
    this.y = y;
  }
}
class Words extends Map<unknown, unknown> {
  language = 'en';
}
class Row extends Array<unknown> {}
class Fault extends RangeError {
  override name = 'Fault';
  detail: unknown;
}
const functions = functionPort();

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('a', 'ÿ', 'Ā', '\ud800', '\udc00', '日', '\0'), maxLength: 40 }),
  // Beyond the sizes at which the codec changes its ways, in one byte and in two.
  fc.tuple(fc.constantFrom('a', 'é', '日', '\udfff'), fc.nat(70_000)).map(([unit, length]) => unit.repeat(length)),
);
const scalar = fc.oneof(
  text,
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }),
  fc.constantFrom(undefined, null, true, -0, Number.NaN, Symbol.iterator, Symbol.for('é'), 2n ** 63n, -(2n ** 63n)),
);
const key = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('__proto__', 'constructor', 'length', '0', '4294967294', '4294967295', 'toString', 'then'),
  fc.constantFrom(Symbol.for('k'), Symbol.toPrimitive, Symbol.isConcatSpreadable),
);

/** Views of every kind on one buffer, which may be resizable and shrink afterwards. */
const views = fc
  .record({
    size: fc.nat(64).map((words) => words * 8),
    growth: fc.option(fc.nat(64)),
    kinds: fc.array(fc.tuple(fc.nat(12), fc.nat(8), fc.option(fc.nat(4))), { minLength: 1, maxLength: 6 }),
    shrink: fc.boolean(),
    first: fc.boolean(),
  })
  .map(({ size, growth, kinds, shrink, first }) => {
    const buffer = new ResizableBuffer(size, growth === null ? undefined : { maxByteLength: size + growth * 8 });
    new Uint8Array(buffer).forEach((_, i, all) => (all[i] = i * 7));
    const made = kinds.flatMap(([kind, offset, length]) => viewOn(buffer, kind, offset * 8, length));
    if (shrink && growth !== null) buffer.resize(size - (size % 16));
    return first ? [buffer, ...made] : [...made, buffer];
  });

const CLASSES = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView, Buffer] as const; // prettier-ignore

function viewOn(buffer: ArrayBuffer, kind: number, offset: number, length: number | null): ArrayBufferView[] {
  const Class = CLASSES[kind] ?? Uint8Array;
  try {
    if (Class === Buffer) return [Buffer.from(buffer, offset, length ?? undefined)];
    // A view of the class; `Buffer` was made above.
    return [Reflect.construct(Class, length === null ? [buffer, offset] : [buffer, offset, length]) as ArrayBufferView];
  } catch {
    return []; // It does not fit.
  }
}

const { tree } = fc.letrec<{ tree: unknown }>((tie) => {
  const child = tie('tree');
  const pairs = fc.array(fc.tuple(key, child), { maxLength: 4 });
  return {
    tree: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      scalar,
      views,
      fc.tuple(pairs, fc.constantFrom('plain', 'null', 'frozen', 'sealed', 'getter')).map(makeObject),
      fc.tuple(fc.array(child, { maxLength: 5 }), fc.nat(200), pairs).map(makeSparse),
      fc.array(fc.tuple(child, child), { maxLength: 4 }).map((entries) => new Map(entries)),
      fc.array(child, { maxLength: 4 }).map((items) => new Set(items)),
      fc.array(fc.tuple(child, child), { maxLength: 4 }).map((entries) => new Words(entries)),
      fc.array(child, { maxLength: 4 }).map((items) => Object.assign(new Row(), items)),
      child.map((value) => new Point(value)),
      fc.tuple(text, child, pairs).map(makeError),
      // Node 20 takes no two invalid dates for equal.
      fc.date({ noInvalidDate: true }),
      fc
        .tuple(fc.constantFrom('a', '[é]', '(?<x>\\d)'), fc.constantFrom('', 'gi', 'sy', 'u'), fc.nat(9))
        .map(makeRegExp),
      fc.tuple(scalar, pairs).map(makeBoxed),
      child.map((value) => [value, value]),
      fc.constantFrom(new URL('https://a/b?c#d'), new Intl.Locale('de'), new TextEncoder()),
    ),
  };
});

type Pairs = readonly [PropertyKey, unknown][];

function fill(object: object, pairs: Pairs, getter = false): void {
  for (const [name, value] of pairs) {
    const how = getter ? { get: () => value } : { value, writable: true };
    Object.defineProperty(object, name, { ...how, enumerable: true, configurable: true });
  }
}

function makeObject([pairs, kind]: [Pairs, string]): object {
  const object = Object.create(kind === 'null' ? null : Object.prototype) as object;
  fill(object, pairs, kind === 'getter');
  if (kind === 'frozen') return Object.freeze(object);
  return kind === 'sealed' ? Object.seal(object) : object;
}

function makeSparse([items, gap, pairs]: [unknown[], number, Pairs]): unknown[] {
  const array: unknown[] = [];
  items.forEach((item, i) => (array[i * (gap % 7)] = item));
  array.length += gap;
  fill(
    array,
    pairs.filter(([name]) => typeof name === 'symbol' || !/^(?:length|__proto__|\d+)$/.test(String(name))),
  );
  return array;
}

function makeError([message, cause, pairs]: [string, unknown, Pairs]): Error {
  const error = new Fault(message, { cause });
  error.detail = cause;
  fill(
    error,
    pairs.filter(([name]) => typeof name === 'string' && name.startsWith('k')),
  );
  return error;
}

function makeRegExp([source, flags, last]: [string, string, number]): RegExp {
  const expression = new RegExp(source, flags);
  expression.lastIndex = last;
  return expression;
}

function makeBoxed([value, pairs]: [unknown, Pairs]): unknown {
  if (value === undefined || value === null) return value;
  const boxed = Object(value) as object;
  fill(
    boxed,
    pairs.filter(([name]) => typeof name === 'string' && name.startsWith('k')),
  );
  return boxed;
}

function cross(value: unknown, outOfBand: number): unknown {
  const { bytes, buffers } = pack(value, { outOfBand, functions });
  return unpack(
    bytes,
    buffers.map((buffer) => new Uint8Array(buffer)),
    { functions },
  );
}

/** What equality of Node does not see: where views lie, whether buffers are resizable and views grow, -0, holes, symbols. */
function shapeOf(root: unknown): string {
  const ids = new Map<object, number>();
  const parts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const known = ids.get(value);
    // Values may have a `constructor` of their own.
    const prototype = Object.getPrototypeOf(value) as object | null;
    parts.push(known === undefined ? (prototype?.constructor.name ?? 'null') : `#${known}`);
    if (known !== undefined) return;
    ids.set(value, ids.size);
    if (ArrayBuffer.isView(value)) {
      parts.push(`${value.byteLength}`);
    } else if (value instanceof ArrayBuffer) {
      const { resizable, maxByteLength, byteLength } = value;
      parts.push(`${byteLength} ${resizable} ${maxByteLength}`);
    } else if (value instanceof Map) {
      for (const entry of value) entry.forEach(walk);
    } else if (value instanceof Set) {
      value.forEach(walk);
    } else if (value instanceof Error) {
      // What was left out of an error is listed.
      if ('notSent' in value) throw new NotSendableError('a part of an error');
      walk(value.cause);
    } else if (!(value instanceof URL)) {
      for (const name of Reflect.ownKeys(value)) {
        parts.push(String(name));
        walk(Reflect.get(value, name));
      }
    }
  };
  walk(root);
  return parts.join(' ');
}

describe('odd values', () => {
  test('what arrives is deeply equal and of the same shape, or was refused', { timeout }, () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(1, 64, 65_536), (value, outOfBand) => {
        let copy: unknown;
        let shape: string;
        try {
          copy = cross(value, outOfBand);
          shape = shapeOf(copy);
        } catch (error) {
          if (error instanceof NotSendableError) return;
          throw error;
        }
        assert.ok(isDeepStrictEqual(copy, value));
        assert.equal(shape, shapeOf(value));
      }),
      each,
    );
  });

  test('views grow with their buffer as they did', { timeout }, () => {
    fc.assert(
      fc.property(views, (value) => {
        let copy: typeof value;
        try {
          // An array of the same kinds, or refused.
          copy = cross([value.find((one) => one instanceof ArrayBuffer), ...value], 65_536) as typeof value;
        } catch (error) {
          if (error instanceof NotSendableError) return;
          throw error;
        }
        const grow = (list: readonly unknown[]): number[] => {
          const buffer = list.find((one) => one instanceof ArrayBuffer) as Resizable;
          if (buffer.resizable) buffer.resize(buffer.maxByteLength);
          return list.map((one) => (one as ArrayBufferView).byteLength);
        };
        assert.deepEqual(grow(copy).slice(1), grow(value));
      }),
      each,
    );
  });

  test('messages of such values with a few wrong bytes are read or refused', { timeout }, () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 });
    const guarded = functionPort({ accept: 'references' });
    fc.assert(
      fc.property(tree, changes, fc.constantFrom(16, 65_536), (value, list, outOfBand) => {
        let packed: ReturnType<typeof pack>;
        try {
          packed = pack(value, { outOfBand, functions });
        } catch {
          return;
        }
        for (const [at, byte] of list) packed.bytes[at % packed.bytes.length] = byte;
        const beside = packed.buffers.map((buffer) => new Uint8Array(buffer)).slice((list[0]?.[0] ?? 0) % 2);
        for (const copy of [true, false]) {
          try {
            unpack(packed.bytes, beside, { functions: guarded, copy });
          } catch (error) {
            if (!(error instanceof ManycoreError)) throw error;
          }
        }
      }),
      each,
    );
  });
});
