import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Deadline } from '#internal/base/deadline.js';
import { Parker } from '#internal/shared-memory/parker.js';
import { SLOTS } from '#internal/shared-memory/registry.js';
import { WaitSet } from '#internal/shared-memory/wait-set.js';
import { Waiting } from '#internal/shared-memory/waiting.js';

const LIMIT = { timeout: 20_000 };

function newSet(): { words: Int32Array<ArrayBuffer>; set: WaitSet } {
  const words = new Int32Array(WaitSet.WORDS);
  return { words, set: new WaitSet(words, 0) };
}

describe('WaitSet', () => {
  test('a thread is in it once, and out of it at once', LIMIT, () => {
    const { set } = newSet();
    assert.equal(set.isEmpty, true);
    set.add();
    set.add();
    assert.equal(set.size, 1);
    assert.equal(set.has(Parker.current().id), true);
    assert.equal(set.wakeAll(), 1);
    set.remove();
    assert.equal(set.isEmpty, true);
    assert.equal(set.wakeOne(), false);
  });

  test('bits of slots that nobody holds are taken away', LIMIT, () => {
    const { words, set } = newSet();
    const own = Parker.current().id & (SLOTS - 1);
    const others = [0, 31, 32, 127, 128, 4095].filter((slot) => slot !== own);
    for (const slot of others) {
      words[2 + (slot >> 5)] = (words[2 + (slot >> 5)] ?? 0) | (1 << (slot & 31));
      words[0] = (words[0] ?? 0) | (1 << (slot >> 7));
    }
    set.add();
    assert.equal(set.size, others.length + 1);
    assert.equal(set.wakeOne(), true);
    assert.equal(set.wakeOne(), true);
    assert.equal(set.wakeAll(), 1);
    assert.equal(set.size, 1);
    set.remove();
    assert.deepEqual(
      [...words.subarray(2)].filter((word) => word !== 0),
      [],
    );
    assert.equal(words[0], 0);
  });
});

describe('Waiting', () => {
  test('serves a line in order, gives up in time, and leaves nothing behind', LIMIT, async () => {
    const { set } = newSet();
    let permits = 0;
    const waiting = new Waiting(set, { available: () => permits > 0 });
    const take = (): boolean => permits > 0 && permits-- > 0;
    const order: number[] = [];
    const wait = async (number: number, timeout?: number): Promise<void> => {
      if (await waiting.wait(take, { deadline: Deadline.after(timeout), signal: undefined })) order.push(number);
    };
    const all = [wait(1), wait(2, 5), wait(3)];
    await all[1];
    permits = 2;
    set.wakeOne();
    await Promise.all(all);
    assert.deepEqual(order, [1, 3]);
    assert.equal(set.isEmpty, true);
  });

  test('looks again by itself when nobody wakes it', LIMIT, async () => {
    const { set } = newSet();
    let looks = 0;
    const waiting = new Waiting(set, { available: () => false, recheck: () => looks++ });
    assert.equal(await waiting.wait(() => looks >= 3, { deadline: Deadline.never, signal: undefined }), true);
    looks = 0;
    assert.equal(
      waiting.waitSync(() => looks >= 2, Deadline.never),
      true,
    );
  });

  test('tasks stand still while their thread is blocked, and go on afterwards', LIMIT, async () => {
    const { set } = newSet();
    let permits = 0;
    const waiting = new Waiting(set, { available: () => permits > 0 });
    const task = waiting.wait(() => permits > 0 && permits-- > 0, { deadline: Deadline.never, signal: undefined });
    permits = 1;
    const id = Parker.current().id;
    Parker.current().registry.wake(id);
    const end = performance.now() + 30;
    Parker.current().wait(() => performance.now() > end, Deadline.never);
    assert.equal(permits, 1);
    assert.equal(set.isEmpty, true);
    assert.equal(await task, true);
    assert.equal(permits, 0);
    assert.equal(set.isEmpty, true);
  });
});
