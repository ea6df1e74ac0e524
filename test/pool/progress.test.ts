import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { Pool, type Progress } from 'manycore';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { runSource } from '../helpers/program.ts';
import { waitUntil } from '../helpers/rendezvous.ts';
import { assertWorks, collect, contextOf, range, warmUp, withPool } from './support.ts';
import * as tasks from './tasks.ts';

const LIMIT = { timeout: 20_000 };

/** Keeps what is written to it; a terminal if it says so. */
class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = '';

  constructor(isTTY: boolean) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

eachStartMethod('progress of maps', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });
  const options = { context: contextOf(method) };

  test('a callback is told how far the map is, and at last that it is done', LIMIT, () =>
    withPool(options, async (pool) => {
      const states: Progress[] = [];
      const progress = (state: Progress): void => void states.push(state);
      await pool.map(tasks.after, Array<number>(20).fill(30), { progress, chunkSize: 1 });
      const last = states.at(-1);
      assert.deepEqual([last?.done, last?.total, last?.failed], [20, 20, 0]);
      assert.ok(states.length >= 2 && states.every((state, i) => state.done >= (states[i - 1]?.done ?? 0)));
      assert.ok((last?.rate ?? 0) > 0);
      assert.equal(last?.remaining, 0);
      const count = states.length;
      await assertWorks(pool);
      assert.equal(states.length, count);
    }),
  );

  test('failures are counted, also those that end the map, and an empty input is done at once (MPI-09)', LIMIT, () =>
    withPool(options, async (pool) => {
      let last: Progress | undefined;
      const progress = (state: Progress): void => void (last = state);
      await pool.map(tasks.failsIfOdd, range(10), { progress, onError: 'settle' });
      assert.deepEqual([last?.done, last?.failed], [10, 5]);
      await assert.rejects(pool.map(tasks.failsIfOdd, [1], { progress, failFast: true }), RangeError);
      assert.deepEqual([last?.done, last?.failed], [1, 1]);
      await pool.map(tasks.square, [], { progress });
      assert.deepEqual([last?.done, last?.total], [0, 0]);
    }),
  );

  test('streams tell the total where their input does', LIMIT, () =>
    withPool(options, async (pool) => {
      let last: Progress | undefined;
      const progress = (state: Progress): void => void (last = state);
      await collect(pool.imap(tasks.square, range(9), { progress }));
      assert.deepEqual([last?.done, last?.total], [9, 9]);
      await collect(pool.imapUnordered(tasks.square, new Set([1, 2]), { progress }));
      assert.deepEqual([last?.done, last?.total], [2, 2]);
      await collect(pool.imap(tasks.square, range(5).values(), { progress }));
      assert.deepEqual([last?.done, last?.total, last?.remaining], [5, undefined, undefined]);
    }),
  );

  test('a listener that throws ends its job with that error, and no other (POOL-39)', LIMIT, () =>
    withPool(options, async (pool) => {
      const error = new RangeError('a listener that throws on purpose');
      const fails = (): never => {
        throw error;
      };
      await assert.rejects(pool.map(tasks.square, [2], { progress: fails }), error);
      await assert.rejects(pool.map(tasks.after, [10_000], { progress: fails }), error);
      await assert.rejects(pool.apply(tasks.reports, [1], { onReport: fails }), error);
      await assert.rejects(pool.map(tasks.reports, [0, 1, 0], { onReport: fails }), error);
      await assert.rejects(pool.applyAsync(tasks.reportsForEver, [], { onReport: fails }).get(), error);
      await assert.rejects(collect(pool.imap(tasks.reportsForEver, [1], { onReport: fails })), error);
      await assert.rejects(collect(pool.imap(tasks.square, [1], { progress: fails })), error);
      assert.throws(() => pool.applySync(tasks.reports, [1], { onReport: fails }), error);
      assert.throws(() => pool.mapSync(tasks.square, [1], { progress: fails }), error);
      await assertWorks(pool);
    }),
  );

  test('a bar is drawn on a terminal, and one at a time', LIMIT, () =>
    withPool(options, async (pool) => {
      const stream = new Screen(true);
      const items = Array<number>(20).fill(20);
      const first = pool.map(tasks.after, items, { progress: { stream, label: 'waiting' }, chunkSize: 1 });
      const second = pool.map(tasks.after, [1], { progress: { stream, label: 'unseen' } });
      await Promise.all([first, second]);
      await waitUntil(() => stream.text.includes('100 %'), 'the last picture is drawn');
      assert.match(stream.text, /waiting █+ 100 %  20\/20 · \d/);
      assert.doesNotMatch(stream.text, /unseen/);
      // A program that is killed could not show the cursor again.
      assert.ok(!stream.text.includes('\u001B[?25l'));
    }),
  );

  test('while the thread blocks it goes on, and listeners hear what there is', LIMIT, () =>
    withPool(options, async (pool) => {
      const stream = new Screen(true);
      const items = Array<number>(8).fill(80);
      const states: Progress[] = [];
      pool.mapSync(tasks.after, items, { progress: { stream }, chunkSize: 1 });
      const pictures = stream.text.match(/\d\/8 · /g) ?? [];
      assert.ok(new Set(pictures).size > 2, pictures.join(''));
      assert.match(stream.text, /100 %  8\/8 · \d{1,2}(?:\.\d)?\/s/);
      pool.mapSync(tasks.after, items, { progress: (state) => states.push(state), chunkSize: 1 });
      assert.ok(states.length > 2 && states.at(-1)?.done === 8);
      for (const value of pool.imapSync(tasks.after, items, { progress: (state) => states.push(state), chunkSize: 1 }))
        assert.ok(value === 80 && states.length < 1_000);
      assert.equal(states.at(-1)?.done, 8);
      const reports: unknown[] = [];
      const onReport = (value: unknown): never => {
        reports.push(value);
        throw new RangeError('enough of it');
      };
      assert.throws(() => pool.applySync(tasks.reportsForEver, [], { onReport }), /enough of it/);
      const endless = { progress: (): never => onReport(1), chunkSize: 1 };
      assert.throws(() => pool.mapSync(tasks.after, [60_000], endless), /enough of it/);
      assert.throws(() => pool.imapSync(tasks.after, [60_000], endless).next(), /enough of it/);
      await assertWorks(pool);
    }),
  );

  test('in a pipe it is silent, unless lines are asked for', LIMIT, async () => {
    const silent = new Screen(false);
    const log = new Screen(false);
    await withPool({ ...options, progress: { stream: silent } }, async (pool) => {
      await pool.map(tasks.square, range(10));
      await pool.map(tasks.square, range(10), { progress: { stream: log, mode: 'plain', label: 'squares' } });
      await waitUntil(() => log.text !== '', 'the line is written');
      await pool.map(tasks.square, range(10), { progress: false });
    });
    assert.equal(silent.text, '');
    assert.match(log.text, /^squares █+ 100 %  10\/10 · .*\n$/);
  });

  test('what tasks report comes before their result, with the index of the item', LIMIT, () =>
    withPool(options, async (pool) => {
      const seen: unknown[] = [];
      const onReport = (value: unknown, index: number): void => void seen.push([index, value]);
      assert.equal(await pool.apply(tasks.reports, [2], { onReport }), 2);
      assert.deepEqual(seen.splice(0), [[0, { step: 0 }], [0, { step: 1 }]]); // prettier-ignore
      await pool.map(tasks.reports, [1, 0, 1], { onReport, chunkSize: 3 });
      assert.deepEqual(seen.splice(0), [[0, { step: 0 }], [2, { step: 0 }]]); // prettier-ignore
      await collect(pool.imap(tasks.reports, [0, 1], { onReport }));
      assert.deepEqual(seen.splice(0), [[1, { step: 0 }]]);
      assert.equal(await pool.apply(tasks.reports, [2]), 2);
    }),
  );

  test('wrong options are refused', LIMIT, () =>
    withPool({ ...options, processes: 1 }, async (pool) => {
      for (const progress of ['bar', 1, null, { mode: 'loud' }, { label: 1 }, { stream: {} }, { lable: '' }]) {
        assert.throws(() => void pool.map(tasks.square, [], { progress } as never), { code: 'ERR_MP_INVALID_ARG' });
        assert.throws(() => new Pool({ progress } as never), { code: 'ERR_MP_INVALID_ARG' });
      }
      assert.throws(() => void pool.apply(tasks.square, [1], { onReport: 1 } as never), TypeError);
    }),
  );
});

test('in a file, such as a log, it is lines', LIMIT, () => {
  const folder = mkdtempSync(join(tmpdir(), 'manycore-test-'));
  const file = join(folder, 'log');
  const log = openSync(file, 'w');
  const source = `
    import { Pool } from 'manycore';
    const pool = new Pool(1);
    await pool.map(Math.abs, [1, 2], { progress: true });
    await pool.map(Math.abs, [1, 2], { progress: { mode: 'bar' } });
    pool.mapSync(Math.abs, [1, 2, 3], { progress: { label: 'more' } });`;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    env,
    stdio: ['ignore', 'ignore', log],
  });
  closeSync(log);
  assert.equal(status, 0);
  const text = readFileSync(file, 'utf8');
  rmSync(folder, { recursive: true });
  assert.match(text, /^█+ 100 %  2\/2 · .*\nmore █+ 100 %  3\/3 · .*\n$/);
});

test('the library that draws is loaded when something is drawn only', LIMIT, async () => {
  const { stdout, stderr } = await runSource(`
    import { Pool } from 'manycore';
    import { createRequire } from 'node:module';
    import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
    const { cache } = createRequire(process.cwd() + '/program.cjs');
    const isLoaded = () => Object.keys(cache).some((file) => file.includes('cli-progress'));
    const pool = new Pool(1);
    await pool.map(Math.abs, [1], { progress: true });
    console.log(isLoaded());
    const terminal = Object.assign(new Writable({ write: (chunk, encoding, done) => done() }), { isTTY: true });
    await pool.map(Math.abs, [1], { progress: { stream: terminal } });
    for (let i = 0; i < 2000 && !isLoaded(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
    console.log(isLoaded());`);
  assert.equal(stdout, 'false\ntrue\n', stderr);
});
