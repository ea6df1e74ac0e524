import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Event, Lock, RawArray } from 'manycore';
import { run } from '#internal/process/run.js';
import { BIG_OBJECT, ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { SharedBlock } from '#internal/shared-memory/shared-block.js';
import { startChild } from '../helpers/children.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const MIB = 2 ** 20;

/** Big objects of the program's heap: whoever uses them, each is a run of its own. */
function bigObjects(): number {
  return [...ProgramHeap.current().runs()].filter(({ kind }) => kind === BIG_OBJECT).length;
}

async function untilFreed(count: number): Promise<void> {
  await waitUntil(() => {
    collectGarbage();
    return bigObjects() === count;
  }, 'the memory is given back');
}

describe('shared objects', () => {
  trackLeaks({ warmUp: () => run(targets.nothing) });

  test('live as long as anybody uses them, and no longer when the last user is killed', LIMIT, async () => {
    const before = bigObjects();
    const ready = new Event();
    const child = await (async () => {
      const array = RawArray('B', 4 * MIB);
      const started = startChild('spawn', targets.keepForEver, array, ready);
      assert.equal(bigObjects(), before + 1);
      await ready.wait();
      return started;
    })();
    for (let i = 0; i < 5; i++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.equal(bigObjects(), before + 1);
    child.kill();
    await child.join();
    await untilFreed(before);
  });

  test('are freed when their maker drops them and nobody else has them', LIMIT, async () => {
    const before = bigObjects();
    for (let i = 0; i < 20; i++) RawArray('B', 2 * MIB)[0] = 1;
    assert.ok(bigObjects() > before);
    await untilFreed(before);
  });

  test('are freed when they were sent, and the receiver has ended', LIMIT, async () => {
    const before = bigObjects();
    await (async () => {
      const child = startChild('spawn', targets.dropIt, RawArray('B', 2 * MIB));
      await child.join();
    })();
    await untilFreed(before);
  });

  test('have the room of several GiB where it is needed only', LIMIT, () => {
    const array = RawArray('B', 3 * 2 ** 30);
    array[array.length - 1] = 7;
    array[0] = 1;
    assert.deepEqual([array.length, array.at(-1), array[2 ** 31]], [3 * 2 ** 30, 7, 0]);
  });

  test('a handle that is opened twice does not count for another message', LIMIT, async () => {
    const block = SharedBlock.allocate(64);
    const handle = block.send();
    assert.equal(SharedBlock.open(handle), block);
    assert.equal(SharedBlock.open(handle), block);
    assert.equal(SharedBlock.of(block.buffer), block);
    assert.equal(SharedBlock.of(new ArrayBuffer(8)), undefined);
    const lock = new Lock();
    await lock.use(() => {});
  });
});
