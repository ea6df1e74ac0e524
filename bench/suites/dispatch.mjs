import { cpython, ipc, messagePort, ours } from '../lib/contenders.mjs';

const javascriptPools = ['piscina', 'tinypool', 'workerpool', 'poolifier', 'jest-worker', 'multithreading'];

/** @param {object} many settings for pools that can hold several tasks a worker */
const pools = (many) => [
  { name: 'piscina', driver: 'piscina', kind: 'javascript', parameters: many, setting: '64 tasks a worker' },
  { name: 'tinypool', driver: 'tinypool', kind: 'javascript', parameters: many, setting: '64 tasks a worker, threads' },
  { name: 'workerpool', driver: 'workerpool', kind: 'javascript', setting: 'threads, worker file' },
  { name: 'poolifier', driver: 'poolifier', kind: 'javascript', setting: 'fixed threads, no queue' },
  { name: 'jest-worker', driver: 'jest-worker', kind: 'javascript', setting: 'threads' },
  { name: 'multithreading', driver: 'multithreading', kind: 'javascript', setting: 'threads' },
];

const processPools = [
  {
    name: 'tinypool processes',
    driver: 'tinypool',
    kind: 'javascript',
    parameters: { runtime: 'child_process', perWorker: 64 },
  },
  { name: 'workerpool processes', driver: 'workerpool', kind: 'javascript', parameters: { workerType: 'process' } },
  { name: 'jest-worker processes', driver: 'jest-worker', kind: 'javascript', parameters: { threads: false } },
];

const many = { perWorker: 64 };

export default {
  title: 'how fast tasks are handed out',
  measures: [
    {
      name: 'tasks-at-once',
      title: '{count} no-op tasks, all submitted at once, each awaited by its own promise, 2 workers',
      unit: 'tasks/s',
      better: 'more',
      run: 'tasks',
      parameters: { count: 100_000 },
      quick: { count: 5000 },
      contenders: [...ours('dispatch'), ...pools(many), messagePort(), ipc('json'), ipc('advanced'), cpython()],
      targets: [
        { text: '>= 6 × the best JavaScript pool', ours: 'manycore processes', against: javascriptPools, atLeast: 6 },
        { text: '>= 10 × CPython', ours: 'manycore processes', against: 'CPython', atLeast: 10 },
      ],
    },
    {
      name: 'tasks-in-flight',
      title: '{count} no-op tasks, 512 in flight (MessagePort: 64), 2 workers',
      unit: 'tasks/s',
      better: 'more',
      run: 'tasks',
      parameters: { count: 100_000, window: 512 },
      quick: { count: 5000 },
      contenders: [
        ...ours('dispatch'),
        ...pools(many),
        ...processPools,
        messagePort({ window: 64 }),
        ipc('json', { window: 64 }),
        ipc('advanced', { window: 64 }),
      ],
      targets: [
        { text: '>= 6 × the best JavaScript pool', ours: 'manycore processes', against: javascriptPools, atLeast: 6 },
      ],
    },
    {
      name: 'round-trip',
      title: 'one no-op after the other: apply and its answer',
      unit: 'µs',
      better: 'less',
      run: 'roundTrip',
      parameters: { count: 20_000 },
      quick: { count: 1000 },
      contenders: [
        ...ours('dispatch'),
        messagePort(),
        ipc('json'),
        ipc('advanced'),
        // One at a time: nothing to gain from several tasks a worker.
        ...pools({}).map((pool) => ({ ...pool, setting: 'one task a worker' })),
        cpython({ count: 5000 }),
      ],
      targets: [
        {
          text: '<= 0.7 × a raw MessagePort round trip',
          ours: 'manycore processes',
          against: 'MessagePort',
          key: 'p50',
          atMost: 0.7,
        },
        {
          text: "p99 <= a raw MessagePort's p99",
          ours: 'manycore processes',
          against: 'MessagePort',
          key: 'p99',
          atMost: 1,
        },
      ],
    },
    {
      name: 'round-trip-sync',
      title: 'one no-op after the other: the blocking call',
      unit: 'µs',
      better: 'less',
      run: 'roundTripSync',
      parameters: { count: 20_000 },
      quick: { count: 1000 },
      contenders: [
        ...ours('dispatch'),
        {
          name: 'futex',
          driver: 'futex',
          measure: 'roundTrip',
          kind: 'baseline',
          setting: 'two processes, both block',
        },
        {
          name: 'Atomics.wait',
          driver: 'atomics',
          measure: 'roundTrip',
          kind: 'baseline',
          setting: 'two threads, both block',
        },
        { ...cpython({ count: 5000 }), measure: 'roundTrip' },
      ],
      targets: [
        {
          text: '<= 2 × the raw futex round trip',
          ours: 'manycore processes',
          against: 'futex',
          key: 'p50',
          atMost: 2,
        },
      ],
    },
    {
      name: 'halves',
      title: 'two CPU-bound halves on warm workers',
      unit: 'ms',
      better: 'less',
      run: 'halves',
      parameters: { rounds: 1_000_000_000 },
      quick: { rounds: 50_000_000 },
      contenders: [
        ...ours('dispatch'),
        { name: 'two bare processes', driver: 'node', kind: 'baseline' },
        {
          name: 'one bare process',
          driver: 'node',
          measure: 'whole',
          kind: 'baseline',
          setting: 'both halves, one after the other',
        },
      ],
      targets: [
        {
          text: '>= 0.95 of the speed of two bare processes (time <= 1.053 ×)',
          ours: 'manycore processes',
          against: 'two bare processes',
          atMost: 1 / 0.95,
        },
      ],
    },
    {
      name: 'boot',
      title:
        'a whole process from start to exit; ours compiles the library, which children otherwise get compiled, and prints an error',
      unit: 'ms',
      better: 'less',
      run: 'boot',
      parameters: { count: 20 },
      quick: { count: 3 },
      contenders: [
        { name: "manycore's boot file", driver: 'manycore/dispatch', ours: true },
        { name: 'node -e 0', driver: 'node', kind: 'baseline' },
      ],
    },
  ],
};
