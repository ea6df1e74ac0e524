import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { test } from 'node:test';
import { Pool } from 'manycore';
import { ProgramHeap } from '#internal/shared-memory/program-heap.js';
import { Registry } from '#internal/shared-memory/registry.js';
import { collectGarbage } from '../helpers/gc.ts';
import { isSpare, type StartMethod } from '../helpers/matrix.ts';
import { openResources } from '../helpers/leaks.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import * as tasks from '../pool/hard-tasks.ts';
import { assertWorks, collect, contextOf, range } from '../pool/support.ts';
import { onEachMethod } from '../process/methods.ts';

const MINUTES = 60_000;
const POOLS = 300;
const ITEMS = 10_000_000;
/** The promise: ten times the items keep this share of the rate. A quarter is left for other work on the machine. */
const RATE_KEPT = 0.9 * 0.75;
/** What the heap of V8 may breathe, in MiB. */
const BREATH_MIB = 48;
const MIB = 2 ** 20;
/** Most threads that a program can have. */
const PARTICIPANTS = 4_096;

/** Counts of what a pool could leave behind. */
function traces(method: StartMethod): Readonly<Record<string, number>> {
  const open = openResources({ mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  return {
    children: open.children.length,
    descriptors: open.descriptors.filter((name) => !name.includes('/dist/')).length,
    mappings: open.mappings.length,
    blocks: open.blocks.length,
    handles: open.handles.length,
    participants: range(PARTICIPANTS).filter((index) => Registry.current().occupant(index) !== 0).length,
    chunks: [...ProgramHeap.current().runs()].reduce((sum, run) => sum + run.count, 0),
  };
}

function usedMiB(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / MIB;
}

function* numbers(to: number): Generator<number> {
  for (let i = 0; i < to; i++) yield i;
}

/** Items per second of an unordered map over a generator. */
async function rateOf(pool: Pool, items: number): Promise<number> {
  const start = performance.now();
  let sum = 0;
  for await (const value of pool.imapUnordered(tasks.identity<number>, numbers(items))) sum += value;
  assert.equal(sum, (items * (items - 1)) / 2);
  return (items / (performance.now() - start)) * 1000;
}

onEachMethod('pools for minutes', (method) => {
  const context = contextOf(method);

  test(`${POOLS} pools one after the other leave nothing`, { timeout: 5 * MINUTES }, async () => {
    const one = async (i: number): Promise<void> => {
      await using pool = new Pool({ processes: 1 + (i % 2), context });
      assert.equal(await pool.apply(tasks.square, [i]), i * i);
      if (i % 3 === 0) await assert.rejects(pool.apply(tasks.exits, [1]));
    };
    for (let i = 0; i < 10; i++) await one(i);
    const before = traces(method);
    for (let i = 0; i < POOLS; i++) await one(i);
    await waitUntil(
      () => {
        collectGarbage();
        const now = traces(method);
        return Object.entries(before).every(([name, value]) => (now[name] ?? 0) <= value);
      },
      `nothing is left of what was not there before: ${JSON.stringify(before)}`,
    );
  });

  test(
    '20 random kills with retries over 2,000 tasks: all right, and each retry is counted',
    { timeout: 3 * MINUTES },
    async () => {
      await using pool = new Pool({ processes: 2, context, retries: 20 });
      let retried = 0;
      const count = (): void => void retried++;
      subscribe('manycore:task:retry', count);
      let kills = 0;
      const killer = setInterval(() => {
        const alive = pool.workers.filter((worker) => worker.state === 'busy');
        const victim = alive[Math.floor(Math.random() * alive.length)];
        if (!victim || kills >= 20) return;
        kills++;
        if (method === 'thread') pool.apply(tasks.exitsOnce, [0]).catch(() => {});
        else process.kill(victim.pid, 'SIGKILL');
      }, 40);
      const single = Promise.all(range(800).map((i) => pool.apply(tasks.attemptOf, [i])));
      const mapped = pool.map(tasks.attemptOf, range(600).map((i) => 800 + i)); // prettier-ignore
      const streamed = collect(pool.imap(tasks.attemptOf, range(600).map((i) => 1_400 + i))); // prettier-ignore
      const attempts = (await Promise.all([single, mapped, streamed])).flat();
      clearInterval(killer);
      assert.equal(kills, 20);
      await assertWorks(pool);
      unsubscribe('manycore:task:retry', count);
      assert.deepEqual(
        attempts.map(([i]) => i),
        range(2_000),
      );
      const again = attempts.reduce((sum, [, attempt]) => sum + attempt - 1, 0);
      assert.ok(again <= retried && retried <= kills, `${again} repeated, ${retried} told, ${kills} kills`);
      if (method !== 'thread') assert.equal(again, retried);
    },
  );

  test(
    `${ITEMS / 1e6} M items keep the rate of a tenth of them, in flat memory`,
    { timeout: 5 * MINUTES },
    async (t) => {
      await using pool = new Pool({ processes: 2, context });
      await rateOf(pool, 100_000);
      const few = await rateOf(pool, ITEMS / 10);
      const before = usedMiB();
      const many = await rateOf(pool, ITEMS);
      const grown = usedMiB() - before;
      t.diagnostic(
        `${Math.round(few)} items/s at ${ITEMS / 10}, ${Math.round(many)} at ${ITEMS}; memory grew by ${grown.toFixed(1)} MiB`,
      );
      assert.ok(many >= few * RATE_KEPT, `${many} against ${few} items a second`);
      assert.ok(grown < BREATH_MIB, `${grown} MiB`);
    },
  );

  test('a flood of calls with a limit takes no memory but for its promises', { timeout: 3 * MINUTES }, async () => {
    await using pool = new Pool({ processes: 2, context, maxInFlight: 64 });
    const text = 'x'.repeat(1_000);
    const calls = range(200_000).map((i) => pool.apply(tasks.second, [text, i]));
    assert.ok(pool.stats().pending <= 64);
    assert.deepEqual(await Promise.all(calls), range(200_000));
    const before = usedMiB();
    await Promise.all(range(200_000).map((i) => pool.apply(tasks.second, [text, i])));
    assert.ok(usedMiB() - before < BREATH_MIB);
  });
});

test('200 workers map 100,000 items', { timeout: 5 * MINUTES }, async () => {
  await using pool = new Pool({ processes: 200, context: 'forkserver' });
  assert.deepEqual(await pool.map(tasks.square, range(100_000), 10), range(100_000).map(tasks.square));
});
