import { cpython } from '../lib/contenders.mjs';

export default {
  title: 'objects that a manager holds',
  measures: [
    {
      name: 'managers',
      title: 'one operation after the other on a dict and a list of a manager',
      unit: 'operations/s',
      better: 'more',
      run: 'managers',
      parameters: { count: 20_000 },
      quick: { count: 500 },
      contenders: [
        { name: 'manycore', driver: 'manycore/managers', ours: true },
        { name: 'manycore, blocking', driver: 'manycore/managers', ours: true, parameters: { sync: true } },
        { name: 'manycore, live', driver: 'manycore/managers', ours: true, parameters: { live: true } },
        cpython(),
      ],
    },
    {
      name: 'callers',
      title: 'eight callers at once read a dict (CPython: eight threads)',
      unit: 'operations/s',
      better: 'more',
      run: 'managerCallers',
      parameters: { count: 200_000, callers: 8 },
      quick: { count: 1000 },
      contenders: [{ name: 'manycore', driver: 'manycore/managers', ours: true }, cpython()],
    },
    {
      name: 'batch',
      title: 'a batch of 100 reads beside a single one',
      unit: 'µs',
      better: 'less',
      run: 'managerBatch',
      parameters: { count: 10_000 },
      quick: { count: 200 },
      contenders: [{ name: 'manycore', driver: 'manycore/managers', ours: true }],
    },
  ],
};
