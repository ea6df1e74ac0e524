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
  ],
};
