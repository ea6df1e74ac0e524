import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advise, benchmarkTask, cpuCount, getContext } from 'manycore';
import { Advice } from '#internal/tools/advise.js';
import { trackLeaks } from '../helpers/leaks.ts';
import { eachStartMethod, isSpare } from '../helpers/matrix.ts';
import { runSource } from '../helpers/program.ts';
import { range, warmUp } from '../pool/support.ts';
import * as tasks from '../pool/tasks.ts';

const LIMIT = { timeout: 60_000 };
const QUIET = { print: false } as const;

eachStartMethod('benchmarkTask() and advise()', (method) => {
  trackLeaks({ warmUp, mayStay: ({ commandLine }) => isSpare(method, commandLine) });

  test('benchmarkTask() measures both ways, and compares their results', LIMIT, async () => {
    const result = await benchmarkTask(tasks.after, [40, 40, 40, 40], {
      ...QUIET,
      processes: 2,
      context: method,
      rounds: 3,
    });
    assert.deepEqual([result.name, result.items, result.processes, result.isSame], ['after', 4, 2, true]);
    assert.ok(result.sequential >= 150 && result.parallel >= 75 && result.startup > 0);
    assert.equal(result.speedup, result.sequential / result.parallel);
    assert.equal(result.speedupWithStartup, result.sequential / (result.startup + result.parallel));
    assert.equal(result.efficiency, result.speedup / 2);
    assert.match(
      String(result),
      /^after: 4 calls on 2 workers\n {2}Sequential {2}\d+ ms\n {2}Parallel .* ms, and .* to start the workers\n {2}Speed-up {4}\d\.\d\d x, \d\.\d\d x with their start\n {2}Efficiency {2}\d+ %\n {2}Results {5}the same$/,
    );
    const differs = await getContext(method).benchmarkTask(tasks.pidAndThread, [0], {
      ...QUIET,
      processes: 1,
      name: 'whose',
    });
    assert.deepEqual([differs.name, differs.isSame], ['whose', false]);
  });

  test('what a call throws, benchmarkTask() and advise() throw', LIMIT, async () => {
    await assert.rejects(benchmarkTask(tasks.failsIfOdd, [2, 3], { ...QUIET, context: method }), RangeError);
    await assert.rejects(advise(tasks.failsIfOdd, [2, 3], { context: method }), RangeError);
  });

  test('advise() tells calls that wait and calls that are too small from work', LIMIT, async () => {
    const waiting = await advise(tasks.after, [60, 60, 60], { context: method, budget: 30 });
    assert.equal(waiting.choice, 'sequential');
    assert.match(String(waiting), /^sequential: the calls mostly wait/);
    const tiny = await advise(tasks.square, range(20), { context: method, budget: 30 });
    assert.equal(tiny.choice, 'sequential');
    assert.match(tiny.reasons[0] ?? '', /would not save a tenth/);
    assert.equal(tiny.measured.workers, cpuCount());
    const { sequential, threads, processes } = tiny.estimates;
    assert.ok(sequential < threads && sequential < processes);
    assert.match(String(tiny), /20 items: .* sequential, .* with threads, .* with processes$/);
  });
});

test('the choice follows from what was measured', { timeout: 5_000 }, () => {
  const measured = {
    perItem: 100,
    cpuShare: 1,
    bytesPerItem: 1000,
    threads: { startup: 50, perItem: 26 },
    processes: { startup: 80, perItem: 26 },
    workers: 4,
  };
  const choose = (changes: Partial<typeof measured>, items = 1000): string =>
    new Advice('fn', items, { ...measured, ...changes }).choice;
  assert.equal(choose({}), 'processes');
  assert.equal(choose({ processes: { startup: 80, perItem: 60 } }), 'threads');
  assert.equal(choose({}, 1_000_000), 'cluster');
  assert.equal(choose({ bytesPerItem: 50_000_000 }, 1_000_000), 'processes');
  assert.equal(choose({ perItem: 10 }, 10), 'sequential');
  assert.equal(choose({ cpuShare: 0.1 }), 'sequential');
});

test('wrong arguments are refused at once', { timeout: 5_000 }, () => {
  for (const tool of [benchmarkTask, advise]) {
    const call = (...args: unknown[]): void => void Reflect.apply(tool, undefined, args);
    assert.throws(() => call(1, [1]), TypeError);
    assert.throws(() => call(tasks.square, 1), TypeError);
    assert.throws(() => call(tasks.square, []), RangeError);
    assert.throws(() => call(tasks.square, [1], { proceses: 2 }), /did you mean `processes`/);
    assert.throws(() => call(tasks.square, [1], { processes: 0 }), RangeError);
  }
  assert.throws(() => void benchmarkTask(tasks.square, [1], { rounds: 0 }), RangeError);
  assert.throws(() => void advise(tasks.square, [1], { budget: 0 }), RangeError);
});

test('the table is printed, and what measures is loaded only then', LIMIT, async () => {
  const { stdout, stderr } = await runSource(`
    import { benchmarkTask } from 'manycore';
    await benchmarkTask(Math.sqrt, [1, 4], { processes: 1 });`);
  assert.match(stdout, /^sqrt: 2 calls on 1 worker\n(.*\n){5}$/, stderr);
});
