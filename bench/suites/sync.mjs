import { cpython } from '../lib/contenders.mjs';

const ours = { name: 'manycore', driver: 'manycore/sync', ours: true };

export default {
  title: 'locks and events',
  measures: [
    {
      name: 'uncontended',
      title: 'lock and unlock, nobody else wants it',
      unit: 'ns',
      better: 'less',
      run: 'uncontended',
      parameters: { count: 1_000_000 },
      quick: { count: 50_000 },
      contenders: [
        ours,
        { name: 'bare Atomics', driver: 'atomics', kind: 'baseline', setting: 'one word, no owner, no wait' },
        cpython(),
      ],
      targets: ['Lock', 'RLock', 'Semaphore'].map((key) => ({
        text: `${key}: <= 0.5 × CPython's`,
        ours: 'manycore',
        against: 'CPython',
        key,
        atMost: 0.5,
      })),
    },
    {
      name: 'contended',
      title: 'two processes add one under a lock, {count} times each',
      unit: 'additions/s',
      better: 'more',
      run: 'contended',
      parameters: { count: 200_000 },
      quick: { count: 10_000 },
      contenders: [ours, cpython()],
    },
    {
      name: 'value',
      title: 'four processes add one to a Value under its lock, {count} times each',
      unit: 'additions/s',
      better: 'more',
      run: 'lockedValue',
      parameters: { workers: 4, count: 100_000 },
      quick: { count: 5000 },
      contenders: [ours, cpython()],
      targets: [{ text: ">= 3 × CPython's", ours: 'manycore', against: 'CPython', atLeast: 3 }],
    },
    {
      name: 'event',
      title: 'two processes wake each other through events (round trip)',
      unit: 'µs',
      better: 'less',
      run: 'event',
      parameters: { count: 10_000 },
      quick: { count: 500 },
      contenders: [
        ours,
        { name: 'futex', driver: 'futex', measure: 'roundTrip', kind: 'baseline' },
        { name: 'Atomics.wait', driver: 'atomics', measure: 'roundTrip', kind: 'baseline', setting: 'threads' },
        cpython(),
      ],
    },
  ],
};
