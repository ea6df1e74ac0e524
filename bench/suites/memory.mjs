import { cpython } from '../lib/contenders.mjs';

const node = (/** @type {string} */ name, /** @type {string} */ measure) => ({
  name,
  driver: 'node',
  kind: 'baseline',
  measure,
});

export default {
  title: 'what an idle worker weighs, and what shared arrays cost',
  measures: [
    {
      name: 'idle-worker',
      title: 'memory of one idle worker',
      unit: 'MiB',
      better: 'less',
      run: 'idleWorker',
      contenders: [
        { name: 'manycore worker', driver: 'manycore/memory', ours: true },
        { name: 'manycore spare', driver: 'manycore/memory', measure: 'idleSpare', ours: true },
        { name: 'manycore thread', driver: 'manycore/memory', measure: 'idleThread', ours: true },
        node('bare node process', 'idleProcess'),
        node('child_process.fork', 'idleFork'),
        node('worker thread', 'idleThread'),
        { ...cpython({ method: 'fork' }), name: 'CPython fork' },
        { ...cpython({ method: 'spawn' }), name: 'CPython spawn' },
      ],
      targets: ['worker', 'spare'].flatMap((what) =>
        ['RSS MiB', 'PSS MiB'].map((key) => ({
          text: `an idle ${what}'s ${key.slice(0, 3)} <= 1.1 × a bare node process`,
          ours: `manycore ${what}`,
          against: 'bare node process',
          key,
          atMost: 1.1,
        })),
      ),
    },
    {
      name: 'squaring',
      title: 'squaring the elements of Array("d", {size})',
      unit: 'million elements/s',
      better: 'more',
      run: 'squaring',
      parameters: { size: 1_000_000, workers: 4, rounds: 200 },
      quick: { rounds: 10 },
      contenders: [
        { name: 'manycore, 4 processes', driver: 'manycore/memory', ours: true },
        {
          name: 'manycore, one loop',
          driver: 'manycore/memory',
          measure: 'squaringAlone',
          ours: true,
          parameters: { shared: true },
        },
        {
          name: 'Float64Array, one loop',
          driver: 'manycore/memory',
          measure: 'squaringAlone',
          kind: 'baseline',
          parameters: { shared: false },
        },
        cpython(),
      ],
      targets: [
        {
          text: '4 processes >= 0.9 × the loop over a plain Float64Array',
          ours: 'manycore, 4 processes',
          against: 'Float64Array, one loop',
          atLeast: 0.9,
        },
        { text: ">= 50 × CPython's", ours: 'manycore, 4 processes', against: 'CPython', atLeast: 50 },
      ],
    },
    {
      name: 'private-memory',
      title: 'how much memory of its own each of four workers gets by reading an array of 256 MiB',
      unit: 'MiB',
      better: 'less',
      run: 'privateMemory',
      parameters: { bytes: 2 ** 28, workers: 4 },
      contenders: [{ name: 'manycore', driver: 'manycore/memory', ours: true }],
    },
  ],
};
