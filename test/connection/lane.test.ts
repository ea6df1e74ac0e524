import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CLOSED, FULL, Lane, WRITTEN } from '#internal/connection/lane.js';
import { LANE_WORDS } from '#internal/connection/lane-layout.js';
import { Encoder } from '#internal/connection/lane-message.js';
import { NOTHING } from '#internal/connection/received.js';
import { ShortLock } from '#internal/connection/short-lock.js';
import { run } from '#internal/process/run.js';
import { SharedBlock } from '#internal/shared-memory/shared-block.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 30_000 };
const NO_LIMITS = { records: Infinity, weight: Infinity };

function newLane(limits = NO_LIMITS): { lane: Lane; block: SharedBlock } {
  const block = SharedBlock.allocate(4 * LANE_WORDS);
  return { lane: new Lane(block, 0, 0, limits), block };
}

function write(lane: Lane, value: unknown): number {
  return lane.write(Encoder.current().encode(value, 'value'));
}

/** Runs `body`, which is cut off before its `count`-th atomic store, as if its thread had been killed there. */
function cutOff(count: number, body: () => void): boolean {
  const { store } = Atomics;
  let left = count;
  const cutting = (...args: Parameters<typeof store>): number => {
    if (left-- === 0) throw new Error('killed');
    return Number(Reflect.apply(store, Atomics, args));
  };
  Object.assign(Atomics, { store: cutting });
  try {
    body();
    return false;
  } catch (error) {
    assert.ok(error instanceof Error && error.message === 'killed');
    return true;
  } finally {
    Object.assign(Atomics, { store });
  }
}

describe('Lane', () => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('a write that was cut off anywhere is there whole, or not at all', LIMIT, () => {
    for (const size of [0, 10, 5000, 30_000]) {
      for (let step = 0; step < 8; step++) {
        const { lane, block } = newLane();
        const expected: string[] = [];
        for (let i = 0; i < 20; i++) {
          const value = `${i}${'x'.repeat(size)}`;
          const before = lane.size;
          const wasCut = i % 3 === 2 && cutOff(step, () => write(lane, value));
          if (i % 3 !== 2) assert.equal(write(lane, value), WRITTEN);
          if (!wasCut || lane.size > before) expected.push(value);
          // The lock of the dead is succeeded; here by hand, as this thread lives.
          block.words[0] = 0;
        }
        assert.equal(lane.size, expected.length);
        for (const value of expected) {
          const got = lane.read(false, true);
          assert.equal(typeof got === 'string' ? got : value, value);
        }
        assert.equal(lane.read(false, true), NOTHING);
      }
    }
  });

  test('a read that was cut off anywhere took its record, or left it', LIMIT, () => {
    for (const size of [0, 10, 5000]) {
      for (let step = 0; step < 6; step++) {
        const { lane, block } = newLane();
        for (let i = 0; i < 60; i++) write(lane, `${i}${'x'.repeat(size)}`);
        let next = 0;
        while (!lane.isEmpty) {
          const before = lane.size;
          let got: unknown;
          const wasCut = next % 3 === 2 && cutOff(step, () => (got = lane.read(false, true)));
          block.words[16] = 0;
          if (wasCut && lane.size === before) got = lane.read(false, true);
          else if (!wasCut && next % 3 !== 2) got = lane.read(false, true);
          // What was taken by the dead is gone with it, and nothing else.
          if (got !== undefined) assert.equal(got, `${next}${'x'.repeat(size)}`);
          next++;
          assert.equal(lane.size, 60 - next);
        }
        assert.equal(next, 60);
      }
    }
  });

  test('limits count records and weights; one heavy record always fits', LIMIT, () => {
    const { lane } = newLane({ records: 3, weight: 100 });
    assert.equal(write(lane, 'x'.repeat(200)), WRITTEN);
    assert.equal(write(lane, 1), FULL);
    lane.read(false, true);
    for (let i = 0; i < 3; i++) assert.equal(write(lane, i), WRITTEN);
    assert.equal(write(lane, 3), FULL);
    lane.close();
    assert.equal(write(lane, 3), CLOSED);
    assert.deepEqual([lane.read(false, true), lane.size], [0, 2]);
  });

  test('counters run over their end', LIMIT, () => {
    const { lane, block } = newLane({ records: 5, weight: Infinity });
    // As if 2^32 - 4 records, an even number, had gone through.
    for (const counter of [1, 3, 17, 18]) block.words[counter] = -4;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 5; i++) assert.equal(write(lane, i), WRITTEN);
      assert.equal(write(lane, 5), FULL);
      assert.equal(lane.size, 5);
      for (let i = 0; i < 5; i++) assert.equal(lane.read(false, true), i);
    }
  });

  test('the lock of a thread that was killed is succeeded', LIMIT, async () => {
    const block = SharedBlock.allocate(64);
    const child = startChild('spawn', targets.takeLock, block.send());
    await waitUntil(() => Atomics.load(block.words, 0) !== 0, 'the child has the lock');
    child.kill();
    await child.join();
    const lock = new ShortLock(block, 0);
    lock.acquire();
    lock.release();
    assert.equal(Atomics.load(block.words, 0), 0);
  });
});
