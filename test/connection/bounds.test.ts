import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, Pipe, Queue } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { withoutAddon } from '../helpers/without-addon.ts';

const LIMIT = { timeout: 30_000 };

trackLeaks({ warmUp: () => Pipe().forEach((end) => end.close()) });

test('a message may have any number of big buffers beside it', LIMIT, () => {
  const queue = new Queue<readonly Uint8Array[]>();
  queue.putSync(Array.from({ length: 1000 }, (_, i) => new Uint8Array(65_536).fill(i)));
  const buffers = queue.getSync();
  assert.equal(buffers.length, 1000);
  assert.ok(buffers.every((one, i) => one.length === 65_536 && one[0] === (i & 255) && one[65_535] === (i & 255)));
});

test(
  'more holders of one end of a pipe than there can be are refused by name',
  { ...LIMIT, skip: withoutAddon('crossing') },
  () => {
    const [here, there] = Pipe();
    const queue = new Queue<Connection>();
    const ends: Connection[] = [];
    const copy = (): void => {
      queue.putSync(there);
      ends.push(queue.getSync());
    };
    assert.throws(
      () => {
        for (let i = 0; i < 1000; i++) copy();
      },
      {
        name: 'LimitError',
        code: 'ERR_MP_LIMIT',
        message: /^expected at most 127 threads and messages to hold one end of a pipe/,
      },
    );
    assert.equal(ends.length, 126);
    // Nobody else is harmed.
    ends[0]?.sendSync('still here');
    assert.equal(here.recvSync(), 'still here');
    for (const end of [here, there, ...ends]) end.close();
  },
);
