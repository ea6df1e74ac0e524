import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CompactTarget, readCompact, writeCompact } from '#internal/reduction/compact.js';
import type { SharedHandle } from '#internal/reduction/compact-sharing.js';

const LIMIT = { timeout: 5_000 };
const ROOM = 1024;

/** A target whose shared memory are these buffers; counts the messages under way that carry them. */
function targetFor(...buffers: ArrayBuffer[]): { target: CompactTarget; underWay: () => number } {
  const target = new CompactTarget(new ArrayBuffer(ROOM));
  let underWay = 0;
  target.sharing = {
    send: (buffer) => {
      const index = buffers.findIndex((one) => one === buffer);
      if (index < 0) return undefined;
      underWay++;
      return [index, 0, 0];
    },
    settle: (count, isWritten) => {
      if (!isWritten) underWay -= count;
    },
    open: ([index]: SharedHandle) => {
      const buffer = buffers[index];
      assert.ok(buffer);
      return buffer;
    },
  };
  return { target, underWay: () => underWay };
}

describe('views on shared memory in compact values', () => {
  test('are views of the same kind on the same part of the same memory', LIMIT, () => {
    const buffer = new ArrayBuffer(64);
    const { target, underWay } = targetFor(buffer);
    const value = [
      new Uint8Array(buffer),
      new Float64Array(buffer, 8, 3),
      new BigInt64Array(buffer, 16),
      new DataView(buffer, 3, 5),
      Buffer.from(buffer, 1, 2),
      { inside: new Int16Array(buffer, 2, 0) },
    ];
    const end = writeCompact(target, 0, ROOM, value);
    assert.ok(end > 0);
    assert.equal(underWay(), value.length);
    const cursor = { offset: 0 };
    const copy = readCompact(target, cursor) as typeof value;
    assert.equal(cursor.offset, end);
    assert.deepEqual(copy, value);
    assert.ok(copy.slice(0, 5).every((view) => ArrayBuffer.isView(view) && view.buffer === buffer));
  });

  test(
    'are left to the other format when something beside them is no compact value, and are not under way then',
    LIMIT,
    () => {
      const buffer = new ArrayBuffer(8);
      const view = new Uint8Array(buffer);
      const { target, underWay } = targetFor(buffer);
      class Sub extends Uint8Array {}
      const fails = (): never => {
        throw new RangeError('a getter that throws on purpose');
      };
      for (const value of [
        [view, view],
        [view, new Map()],
        [view, new Uint8Array(8)],
        [view, new Sub(buffer)],
        [view, 'x'.repeat(ROOM)],
      ]) {
        assert.equal(writeCompact(target, 0, ROOM, value), -1);
        assert.equal(underWay(), 0);
      }
      assert.throws(
        () => writeCompact(target, 0, ROOM, [view, Object.defineProperty({}, 'x', { get: fails, enumerable: true })]),
        RangeError,
      );
      assert.equal(underWay(), 0);
    },
  );

  test('are no compact values where memory is not shared', LIMIT, () => {
    const target = new CompactTarget(new ArrayBuffer(ROOM));
    assert.equal(writeCompact(target, 0, ROOM, [new Uint8Array(8)]), -1);
  });

  test('are refused where they cannot come from', LIMIT, () => {
    const buffer = new ArrayBuffer(8);
    const { target } = targetFor(buffer);
    writeCompact(target, 0, ROOM, [new Uint8Array(buffer)]);
    target.sharing = undefined;
    assert.throws(() => readCompact(target, { offset: 0 }), { code: 'ERR_MP_MESSAGE' });
  });
});
