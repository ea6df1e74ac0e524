import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, Event, Lock, Pipe, Queue, RawArray, Value } from 'manycore';
import { run } from '#internal/process/run.js';
import { startChild } from '../helpers/children.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import * as targets from './anywhere-targets.ts';

const LIMIT = { timeout: 60_000 };

/** Proves that all objects of a set are usable here. */
async function use(set: targets.Objects): Promise<void> {
  assert.deepEqual([await set.queue.get(), await set.queue.get()], ['first', { second: 2 }]);
  assert.equal(set.array[3], 0.5);
  assert.equal(set.value.value, 42);
  assert.equal(set.event.isSet(), true);
  assert.equal(await set.lock.acquire(1000), true);
  set.lock.release();
  assert.equal(await set.pipe.recv(), 'through the pipe');
  await assert.rejects(set.pipe.recv(), { code: 'ERR_MP_EOF' });
  set.pipe.close();
}

eachSharingMethod('objects that a child made', (method) => {
  trackLeaks({
    warmUp: async () => {
      await run(targets.nothing);
      for (const made of [new Lock(), new Event(), new Queue(), Value('i', 0), RawArray('d', 1)]) void made;
      for (const end of Pipe()) end.close();
    },
  });

  test('are usable by its parent after it has ended', LIMIT, async () => {
    const box = new Queue<targets.Objects>();
    const child = startChild(method, targets.makeAll, box);
    await child.join();
    await use(await box.get());
  });

  test('are usable by a sibling after their maker has ended', LIMIT, async () => {
    const [box, answers] = [new Queue<targets.Objects>(), new Queue<string>()];
    const maker = startChild(method, targets.makeAll, box);
    await maker.join();
    const sibling = startChild(method, targets.useAll, box, answers);
    assert.equal(await answers.get(20_000), 'all');
    await sibling.join();
  });

  test('are usable by a grandchild after their maker has ended', LIMIT, async () => {
    const [box, answers] = [new Queue<targets.Objects>(), new Queue<string>()];
    const maker = startChild(method, targets.makeAll, box);
    await maker.join();
    const child = startChild(method, targets.haveGrandchildUse, box, answers);
    assert.equal(await answers.get(20_000), 'all');
    await child.join();
  });

  test('travel through a pipe as well', LIMIT, async () => {
    const [here, there] = Pipe() as [Connection<targets.Objects>, Connection<targets.Objects>];
    const child = startChild(method, targets.makeAllInPipe, there);
    there.close();
    await child.join();
    await use(await here.recv());
    here.close();
  });
});
