import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { Item } from '#internal/cli/item.js';
import { MapJob } from '#internal/cli/map-job.js';
import type { MapPolicy } from '#internal/cli/map-job.js';
import type { ItemReply } from '#internal/cli/map-task.js';
import { LineWriter, OutputClosedError } from '#internal/cli/output.js';
import type { Sink } from '#internal/cli/output.js';
import type { Runner } from '#internal/cli/runner.js';

const LIMIT = { timeout: 10_000 };
const POLICY: MapPolicy = {
  jobs: 2,
  chunkSize: 1,
  keepOrder: false,
  retries: 0,
  timeoutMs: undefined,
  halt: 'never',
  tag: false,
};

/** Runs items in this process: `work` gives a line, or throws as a lost worker does. */
function runnerOf(work: (texts: readonly string[]) => Promise<readonly ItemReply[]>): Runner {
  return {
    check: () => Promise.resolve({ kind: 'ready', exportName: 'f' }),
    run: (_isJson, texts) => work(texts),
    close: () => Promise.resolve(),
    terminate: () => Promise.resolve(),
  };
}

class MemorySink implements Sink {
  readonly blockSize = 4096;
  readonly blocks: string[] = [];
  failure: Error | undefined;

  write(block: Uint8Array): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.blocks.push(Buffer.from(block).toString());
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function* numbered(count: number): Generator<Item> {
  for (let line = 1; line <= count; line += 1) yield { text: String(line), isJson: false, source: 'test', line };
}

async function* inBatches(items: Iterable<Item>, size: number, onTake: () => void = () => {}): AsyncGenerator<Item[]> {
  let batch: Item[] = [];
  for (const item of items) {
    onTake();
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

interface Setup {
  readonly job: MapJob;
  readonly sink: MemorySink;
  readonly failures: string[];
}

function setup(policy: Partial<MapPolicy>, runner: Runner, batches: AsyncGenerator<Item[]>): Setup {
  const sink = new MemorySink();
  const failures: string[] = [];
  const job = new MapJob(
    { ...POLICY, ...policy },
    {
      batches,
      runner,
      writer: new LineWriter(sink),
      joblog: undefined,
      report: (item, _seq, attempts, failure) => void failures.push(`${item.text}: ${failure.message} (${attempts})`),
    },
  );
  return { job, sink, failures };
}

const echo = runnerOf(async (texts) => texts.map((text) => [0.001, text]));

describe('MapJob', () => {
  test('an endless input is read no faster than it is worked off', LIMIT, async () => {
    let taken = 0;
    let ended = 0;
    let most = 0;
    const runner = runnerOf(async (texts) => {
      await new Promise((done) => setImmediate(done));
      most = Math.max(most, taken - ended);
      ended += texts.length;
      return texts.map((text) => [0.001, text]);
    });
    const { job } = setup(
      {},
      runner,
      inBatches(numbered(20_000), 100, () => (taken += 1)),
    );
    await job.run();
    assert.equal(job.summary.done, 20_000);
    assert.ok(most <= 700, `${most} items were under way`);
  });

  test('with keepOrder a slow first item does not keep the others from running', LIMIT, async () => {
    let release: () => void = () => {};
    let others = 0;
    const runner = runnerOf(async (texts) => {
      if (texts[0] === '1') await new Promise<void>((done) => (release = done));
      else if ((others += 1) === 999) release();
      return texts.map((text) => [30, text]);
    });
    const { job, sink } = setup({ keepOrder: true }, runner, inBatches(numbered(1000), 100));
    await job.run();
    assert.equal(sink.blocks.join(''), Array.from({ length: 1000 }, (_, index) => `${index + 1}\n`).join(''));
  });

  test('of a lost chunk only the item to blame fails', LIMIT, async () => {
    const runner = runnerOf(async (texts) => {
      if (texts.includes('5')) throw new Error('worker lost');
      return texts.map((text) => [1, text]);
    });
    const { job, sink, failures } = setup({ chunkSize: 4, retries: 1 }, runner, inBatches(numbered(10), 10));
    await job.run();
    assert.deepEqual(failures, ['5: worker lost (2)']);
    assert.equal(sink.blocks.join('').split('\n').length - 1, 9);
  });

  test('stop() settles run() while the input, a task and the order all wait', LIMIT, async () => {
    const runner = runnerOf((texts) => (texts[0] === '1' ? new Promise(() => {}) : Promise.resolve([[1, 'x']])));
    async function* stalled(): AsyncGenerator<Item[]> {
      yield [...numbered(3)];
      setImmediate(() => job.stop());
      await new Promise(() => {});
    }
    const { job, sink } = setup({ keepOrder: true, jobs: 3 }, runner, stalled());
    await job.run();
    assert.deepEqual(sink.blocks, []);
    assert.equal(job.isStopped, true);
  });

  test('a reader that has gone ends the run with OutputClosedError', LIMIT, async () => {
    const { job, sink } = setup({}, echo, inBatches(numbered(1000), 10));
    sink.failure = Object.assign(new Error('broken'), { code: 'EPIPE' });
    await assert.rejects(job.run(), OutputClosedError);
  });

  test('what was read before the input broke is still done', LIMIT, async () => {
    async function* broken(): AsyncGenerator<Item[]> {
      yield [...numbered(3)];
      throw new Error('disk error');
    }
    const { job } = setup({}, echo, broken());
    await assert.rejects(job.run(), /disk error/);
    assert.equal(job.summary.done, 3);
  });

  test(
    'lines of one turn leave in one write, and no write is longer than a block unless its line is',
    LIMIT,
    async () => {
      const sink = new MemorySink();
      const writer = new LineWriter(sink);
      await Promise.all(
        ['a', 'b', 'c'.repeat(5000), 'd'.repeat(4000), 'e'.repeat(200)].map((line) => writer.write(line)),
      );
      assert.deepEqual(
        sink.blocks.map((block) => block.length),
        [4, 5001, 4001, 201],
      );
    },
  );
});
