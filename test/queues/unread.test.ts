import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Connection, Pipe, Queue } from 'manycore';
import { run } from '#internal/process/run.js';
import { ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { startChild } from '../helpers/children.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachSharingMethod } from '../helpers/matrix.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { arrays, newArray, untilFreed } from '../helpers/shared-heap.ts';
import * as targets from './targets.ts';

const LIMIT = { timeout: 60_000 };
const MIB = 2 ** 20;

/** Ways for a message to end unread. Each leaves nobody with the array. */
const ENDS: readonly (readonly [title: string, end: () => void])[] = [
  ['in a queue that is dropped', () => new Queue<unknown>().putSync(newArray())],
  [
    'beside a big buffer, in a queue that is dropped',
    () => new Queue<unknown>().putSync([newArray(), new Uint8Array(MIB)]),
  ],
  [
    'beside more big buffers than a list of them can name, in a queue that is dropped',
    () => {
      const buffers = Array.from({ length: 1000 }, () => new Uint8Array(65_536));
      new Queue<unknown>().putSync([newArray(), buffers]);
    },
  ],
  [
    'behind others, in a queue that was read in part',
    () => {
      const queue = new Queue<unknown>();
      for (let i = 0; i < 500; i++) queue.putSync('x'.repeat(1000));
      queue.putSync(newArray());
      for (let i = 0; i < 300; i++) queue.getSync();
    },
  ],
  [
    'in a queue in a queue',
    () => {
      const [outer, inner] = [new Queue<unknown>(), new Queue<unknown>()];
      inner.putSync({ array: newArray() });
      outer.putSync(inner);
    },
  ],
  [
    'thrown away by an immediate shutdown',
    () => {
      const queue = new Queue<unknown>();
      queue.putSync(newArray());
      queue.shutdown({ immediate: true });
    },
  ],
  [
    'for which there was no room in time',
    () => {
      const queue = new Queue<unknown>(1);
      queue.putSync(0);
      assert.throws(() => queue.putSync(newArray(), 1), { code: 'ERR_MP_QUEUE_FULL' });
    },
  ],
  [
    'in an item that was refused',
    () => {
      const item = { array: newArray(), bad: Promise.resolve() };
      assert.throws(() => new Queue<unknown>().putSync(item), { code: 'ERR_MP_NOT_SENDABLE' });
    },
  ],
  [
    'in a pipe that is closed',
    () => {
      const [here, there] = Pipe();
      here.sendSync(newArray());
      here.close();
      there.close();
    },
  ],
];

eachSharingMethod('what nobody reads', (method) => {
  trackLeaks({ warmUp: () => run(targets.double, [1]) });

  for (const [title, end] of ENDS) {
    test(`an array is given back: ${title}`, LIMIT, async () => {
      const before = arrays();
      end();
      await untilFreed(before);
    });
  }

  test('an array is given back whose queue ended with the child that had it', LIMIT, async () => {
    const before = arrays();
    const ready = new Queue<unknown>();
    const child = await (async () => {
      const queue = new Queue<unknown>();
      queue.putSync(newArray());
      const started = startChild(method, targets.keep, queue, ready);
      await ready.get();
      return started;
    })();
    assert.equal(arrays(), before + 1);
    child.kill();
    await child.join();
    await untilFreed(before);
  });

  test('an end of a pipe in a message that nobody reads is closed', LIMIT, async () => {
    const keep: Connection[] = [];
    const forget = (): void => {
      const [here, there] = Pipe();
      keep.push(here);
      new Queue<unknown>().putSync(there);
      there.close();
    };
    forget();
    const [here] = keep;
    assert.equal(await here?.poll(), false);
    await waitUntil(async () => {
      collectGarbage();
      return (await here?.poll()) === true;
    }, 'the far end is gone');
    await assert.rejects(here?.recv() ?? Promise.resolve(), { code: 'ERR_MP_EOF' });
    here?.close();
  });

  test('the memory of big items that nobody reads is used again', LIMIT, async () => {
    const fill = (): void => {
      const queue = new Queue<Uint8Array>();
      for (let i = 0; i < 8; i++) queue.putSync(new Uint8Array(4 * MIB));
    };
    const chunks = (): number => [...ProgramHeap.current().runs()].reduce((sum, { count }) => sum + count, 0);
    const round = async (): Promise<void> => {
      fill();
      for (let turn = 0; turn < 5; turn++) {
        collectGarbage();
        await new Promise<void>((resolve) => setImmediate(resolve));
      }
    };
    await round();
    const before = chunks();
    for (let i = 0; i < 10; i++) await round();
    // 320 MiB went through; what is kept for the next messages is 32 MiB a round.
    assert.ok(chunks() - before < 150, `${chunks() - before} MiB more`);
  });
});
