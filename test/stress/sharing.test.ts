import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pipe, Queue, RawArray, run } from 'manycore';
import { ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { startChild } from '../helpers/children.ts';
import { collectGarbage } from '../helpers/gc.ts';
import { openDescriptors } from '../helpers/proc.ts';
import * as targets from './sharing-targets.ts';

/** Seconds of traffic; an hour shows more. */
const SECONDS = Number(process.env['MANYCORE_STRESS_SECONDS'] ?? 10);
const MIB = 2 ** 20;

const chunks = (): number => [...ProgramHeap.current().runs()].reduce((sum, { count }) => sum + count, 0);

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) {
    collectGarbage();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** All kinds of traffic: read, unread, refused, with a reader that ends or is killed. */
async function round(index: number): Promise<void> {
  const [there, back] = [new Queue<unknown>(8), new Queue<unknown>()];
  const [here, far] = Pipe();
  const child = startChild('spawn', targets.serve, there, back, far);
  far.close();
  for (let i = 0; i < 50; i++) {
    await there.put({ i, array: RawArray('d', 1000), big: new Uint8Array(i % 10 === 0 ? 2 * MIB : 10) });
    await back.get();
  }
  here.sendSync(new Queue<unknown>());
  assert.equal(await here.recv(), 'took it');
  const unread = new Queue<unknown>();
  for (let i = 0; i < 20; i++) unread.putSync([RawArray('B', MIB), new Uint8Array(MIB), new Queue<unknown>()]);
  assert.throws(() => unread.putSync({ array: RawArray('d', 10), bad: Promise.resolve() }));
  if (index % 2 === 0) child.kill();
  else await there.put(null);
  await child.join();
  here.close();
}

test(
  `memory and descriptors stay flat for ${SECONDS} s of traffic`,
  { timeout: (SECONDS + 60) * 1000 },
  async (context) => {
    await run(targets.nothing);
    for (let i = 0; i < 4; i++) await round(i);
    await settle();
    const before = { chunks: chunks(), descriptors: openDescriptors().length };
    let rounds = 0;
    for (const end = performance.now() + SECONDS * 1000; performance.now() < end; rounds++) {
      await round(rounds);
      await settle();
    }
    const after = { chunks: chunks(), descriptors: openDescriptors().length };
    context.diagnostic(`${rounds} rounds; before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
    // One round makes 60 MiB of messages, of which some wait for the collector.
    assert.ok(after.chunks - before.chunks < 120, `${after.chunks - before.chunks} MiB more after ${rounds} rounds`);
    assert.ok(after.descriptors - before.descriptors < 4, `${before.descriptors} → ${after.descriptors} descriptors`);
  },
);
