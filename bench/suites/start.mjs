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

/** @param {string} key @param {string} against @param {number} atMost @param {string} text */
const target = (key, against, atMost, text) => ({ text, ours: 'manycore forkserver', key, against, atMost });

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
    },
  ],
};
