import { cpython } from '../lib/contenders.mjs';

const ways = /** @type {const} */ ([
  ['child_process.fork', 'fork'],
  ['spawn node + pipe', 'spawn'],
  ['new Worker', 'worker'],
]);

/** @param {object} parameters @param {object[]} targets */
const contenders = () => [
  ...['forkserver', 'spawn', 'thread'].map((method) => ({
    name: `manycore ${method}`,
    driver: 'manycore/start',
    ours: true,
    parameters: { method },
  })),
  ...ways.map(([name, way]) => ({ name, driver: 'node', kind: 'baseline', parameters: { way } })),
  ...['fork', 'forkserver', 'spawn'].map((method) => ({ ...cpython({ method }), name: `CPython ${method}` })),
];

/** @param {string} key @param {string} against @param {number} atMost @param {string} text @param {string} [ours] */
const target = (key, against, atMost, text, ours = 'manycore forkserver') => ({ text, ours, key, against, atMost });

export default {
  title: 'how fast processes start',
  measures: [
    {
      name: 'start',
      title:
        'one process at a time, {rest} ms apart (a spare is ready again): until the target runs, and until it is joined',
      unit: 'ms, median of {count}',
      better: 'less',
      run: 'start',
      parameters: { count: 20, rest: 200 },
      quick: { count: 3 },
      contenders: contenders(),
      targets: [
        target('target runs', 'child_process.fork', 0.1, 'target runs <= 0.1 × child_process.fork'),
        target('start + join', 'child_process.fork', 0.25, 'start + join <= 0.25 × child_process.fork'),
        target('target runs', 'CPython forkserver', 1, "target runs <= CPython's forkserver"),
        target('start + join', 'CPython forkserver', 1, "start + join <= CPython's forkserver"),
        target(
          'target runs',
          'child_process.fork',
          1.2,
          'spawn: target runs <= 1.2 × child_process.fork',
          'manycore spawn',
        ),
        target('target runs', 'new Worker', 1.2, 'thread: target runs <= 1.2 × a raw Worker', 'manycore thread'),
      ],
    },
    {
      name: 'start-back-to-back',
      title: 'one process after the other without a pause',
      unit: 'ms, median of {count}',
      better: 'less',
      run: 'start',
      parameters: { count: 20, rest: 0 },
      quick: { count: 3 },
      contenders: contenders(),
      targets: [target('start + join', 'manycore spawn', 1, 'never slower than manycore spawn')],
    },
    {
      name: 'first-result',
      title: 'a new pool of two, {rest} ms after the last: until its first result',
      unit: 'ms, median of {count}',
      better: 'less',
      run: 'firstResult',
      parameters: { count: 5, rest: 600 },
      quick: { count: 2 },
      contenders: ['forkserver', 'spawn', 'thread'].map((method) => ({
        name: `manycore ${method}`,
        driver: 'manycore/start',
        ours: true,
        parameters: { method },
      })),
      targets: [target('value', 'manycore spawn', 0.3, 'first result on forkserver <= 0.3 × spawn')],
    },
    {
      name: 'big-module',
      title: 'a process whose function needs a module of 9 MB, which prepared processes have loaded: until it runs',
      unit: 'ms, median of {count}',
      better: 'less',
      run: 'bigModule',
      parameters: { count: 5, rest: 3000 },
      quick: { count: 2 },
      contenders: [
        { name: 'manycore forkserver', driver: 'manycore/start', ours: true, parameters: { method: 'forkserver' } },
        { name: 'manycore spawn', driver: 'manycore/start', ours: true, parameters: { method: 'spawn' } },
        { name: 'child_process.fork', driver: 'node', kind: 'baseline' },
      ],
      targets: [target('value', 'child_process.fork', 0.05, 'target runs <= 0.05 × fork that imports the module')],
    },
  ],
};
