import { cpython } from '../lib/contenders.mjs';

const node = (/** @type {string} */ name, /** @type {string} */ measure) => ({
  name,
  driver: 'node',
  kind: 'baseline',
  measure,
});

export default {
  title: 'what an idle worker weighs',
  measures: [
    {
      name: 'idle-worker',
      title: 'memory of one idle worker',
      unit: 'MiB',
      better: 'less',
      run: 'idleWorker',
      contenders: [
        { name: 'manycore worker', driver: 'manycore/memory', ours: true },
        { name: 'manycore thread', driver: 'manycore/memory', measure: 'idleThread', ours: true },
        node('bare node process', 'idleProcess'),
        node('child_process.fork', 'idleFork'),
        node('worker thread', 'idleThread'),
        { ...cpython({ method: 'fork' }), name: 'CPython fork' },
        { ...cpython({ method: 'spawn' }), name: 'CPython spawn' },
      ],
      targets: ['RSS MiB', 'PSS MiB'].map((key) => ({
        text: `an idle worker's ${key.slice(0, 3)} <= 1.1 × a bare node process`,
        ours: 'manycore worker',
        against: 'bare node process',
        key,
        atMost: 1.1,
      })),
    },
  ],
};
