import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Channel } from '#internal/connection/channel.js';
import { WorkerMemory } from '#internal/workers/memory.js';
import { ReplyReader } from '#internal/workers/reply-reader.js';
import { ReplyWriter } from '#internal/workers/reply-writer.js';

test(
  'a record of results that is being filled is not taken before what the worker said ahead of it',
  { timeout: 10_000 },
  () => {
    const memory = WorkerMemory.create();
    const host = Channel.create();
    const worker = new ReplyWriter(Channel.open(host.handle));
    worker.useSlot(memory.words, memory.slot(0));
    const heard: unknown[] = [];
    const reader = new ReplyReader(host, {
      message: (_kind, _id, index, value) => heard.push([index, value]),
      numbers: (_task, index, values, at, count) => {
        for (let i = 0; i < count; i++) heard.push([index + i, values.at(at + i)]);
      },
    });
    worker.sendItem(1, 0, 10, Math.abs);
    reader.peek(memory.openRun(0));
    assert.deepEqual(heard.splice(0), [[0, 10]]);
    worker.sendReport(1, 1, 'at one');
    worker.sendItem(1, 1, 11, Math.abs);
    reader.peek(memory.openRun(0));
    assert.deepEqual(heard, []);
    reader.poll();
    reader.peek(memory.openRun(0));
    // The first record was made whole by the report behind it, so it comes again; who hears it knows what it has.
    assert.deepEqual(heard, [[0, 10], [1, 'at one'], [1, 11]]); // prettier-ignore
    host.close();
    memory.region.close();
  },
);

test('equal results are seen one by one, before and after another comes among them', { timeout: 10_000 }, () => {
  const memory = WorkerMemory.create();
  const host = Channel.create();
  const worker = new ReplyWriter(Channel.open(host.handle));
  worker.useSlot(memory.words, memory.slot(0));
  const heard: unknown[] = [];
  const reader = new ReplyReader(host, {
    message: () => assert.fail('there is no such message'),
    numbers: (_task, index, values, at, count) => {
      for (let i = 0; i < count; i++) heard[index + i] = values.at(at + i);
      const copy: unknown[] = Array.from({ length: index + count });
      values.copyTo(copy, index, at, count);
      assert.deepEqual(copy.slice(index), heard.slice(index, index + count));
    },
  });
  const sent: unknown[] = [];
  const kinds = [undefined, 7, 0, -0, NaN, null, false, 2.5];
  // Rows that end before a record of numbers would be full, and rows that are longer.
  for (const [turn, kind] of [...kinds, ...kinds].entries()) {
    for (let i = 0; i < (turn < kinds.length ? 3 : 300); i++) {
      worker.sendItem(1, sent.length, kind, Math.abs);
      sent.push(kind);
      reader.poll();
      reader.peek(memory.openRun(0));
      assert.equal(heard.length, sent.length);
      assert.ok(Object.is(heard.at(-1), kind));
    }
  }
  worker.announce();
  heard.length = 0;
  reader.poll();
  assert.deepEqual(heard.slice(-300), sent.slice(-300));
  host.close();
  memory.region.close();
});
