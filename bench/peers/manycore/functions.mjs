/** This library: calls of functions that travel by reference or by value, and what their analysis costs. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { drive } from '../../lib/driver.mjs';
import { built, manycore, warmPool } from '../../lib/manycore.mjs';
import { percentiles, roundTrips } from '../../lib/timing.mjs';
import { median } from '../../lib/statistics.mjs';
import { hot, makeHot } from '../../tasks/hot.mjs';
import { echo } from '../../tasks/tasks.mjs';

/** A closure that no module exports. @param {number} step */
const adder = (step) => (/** @type {number} */ value) => value + step;

const TURNS = 100_000;
/** Read and write calls of this process so far. */
function systemCalls() {
  const counters = readFileSync('/proc/self/io', 'utf8').matchAll(/^sysc[rw]: (\d+)$/gm);
  return [...counters].reduce((sum, [, count]) => sum + Number(count), 0);
}

async function packer() {
  const { pack } = await built('reduction/pack.js', 'pack');
  const { functionPort } = await built('reduction/functions/port.js', 'functionPort');
  return (/** @type {Function} */ fn, by = 'auto') => pack(fn, { functions: functionPort(by) });
}

/** Forced, so that what is left is what is held. */
function collect() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  gc();
  gc();
  return process.memoryUsage().heapUsed;
}

async function nanosecondsPerAwait() {
  const settled = Promise.resolve();
  let best = Infinity;
  for (let turn = 0; turn < 8; turn++) {
    const start = performance.now();
    for (let index = 0; index < TURNS; index++) await settled;
    best = Math.min(best, ((performance.now() - start) * 1e6) / TURNS);
  }
  return best;
}

await drive(import.meta, {
  first: async ({ way }) => {
    const packFunction = await packer();
    const subject = { reference: echo, value: adder(3) }[/** @type {'reference' | 'value'} */ (way)];
    const start = performance.now();
    packFunction(subject);
    return (performance.now() - start) * 1000;
  },
  warm: async ({ count, way }) => {
    const packFunction = await packer();
    const { functionPort } = await built('reduction/functions/port.js', 'functionPort');
    const port = functionPort();
    const add = adder(3);
    const calls = {
      reference: () => port.describe(echo),
      value: () => packFunction(add),
      fresh: () => packFunction(adder(count)),
    };
    const call = calls[/** @type {keyof typeof calls} */ (way)];
    for (let index = 0; index < count / 10; index++) call();
    const before = systemCalls();
    const probe = systemCalls() - before;
    const first = systemCalls();
    const start = performance.now();
    for (let index = 0; index < count; index++) call();
    const micros = ((performance.now() - start) * 1000) / count;
    return { 'per use': micros, 'reads and writes': systemCalls() - first - probe };
  },
  held: async ({ count }) => {
    const packFunction = await packer();
    const turn = () => new Promise((resolve) => setImmediate(resolve));
    const send = async (/** @type {number} */ closures) => {
      for (let index = 0; index < closures; index++) {
        const list = Array.from({ length: 50 }, () => index);
        packFunction(() => list.length);
        if (index % 1000 === 0) await turn();
      }
      await turn();
      collect();
      await turn();
      return collect();
    };
    const before = await send(1000);
    return ((await send(count)) - before) / 1e6;
  },
  awaits: async () => {
    const before = await nanosecondsPerAwait();
    const packFunction = await packer();
    packFunction(echo);
    packFunction(adder(3));
    return { before, after: await nanosecondsPerAwait() };
  },
  byValue: async ({ count, context, way }) => {
    const pool = await warmPool({ context });
    const add = adder(3);
    let step = 0;
    const calls = {
      reference: () => pool.apply(echo, [1]),
      value: () => pool.apply(add, [1]),
      fresh: () => pool.apply(adder(step++), [1]),
    };
    const times = await roundTrips(calls[/** @type {keyof typeof calls} */ (way)], { count });
    await pool.terminate();
    return times;
  },
  hot: async ({ count, context, rounds }) => {
    const pool = await warmPool({ context, workers: 1 });
    const { explain } = await manycore('explain');
    const subjects = { reference: hot, value: makeHot() };
    const ways = [explain(subjects.reference), explain(subjects.value)].join('; ');
    if (!/^by reference.*; by value .*captures: Tally, factor, step/.test(ways))
      throw new Error(`not the ways: ${ways}`);
    const run = (/** @type {'reference' | 'value'} */ way) => pool.apply(subjects[way], [rounds]);
    /** @type {{ reference: number, value: number }[]} */
    const pairs = [];
    for (let pair = 0; pair < count; pair++) {
      // Turned round each time: whatever drifts favours neither.
      const [first, second] =
        pair % 2 === 0 ? /** @type {const} */ (['reference', 'value']) : /** @type {const} */ (['value', 'reference']);
      const times = { reference: 0, value: 0 };
      times[first] = await run(first);
      times[second] = await run(second);
      pairs.push(times);
    }
    await pool.terminate();
    return {
      'by reference': median(pairs.map(({ reference }) => reference)),
      'by value': median(pairs.map(({ value }) => value)),
      'value ÷ reference': median(pairs.map(({ reference, value }) => value / reference)),
    };
  },
  prepare: async ({ count }) => {
    const { explain } = await manycore('explain');
    const time = (/** @type {() => Function} */ make) => {
      const times = Array.from({ length: count }, () => {
        const subject = make();
        const start = performance.now();
        explain(subject);
        return performance.now() - start;
      });
      return percentiles(times, 1000).p50;
    };
    return { reference: time(() => echo), 'new closure': time(() => adder(count)) };
  },
});
