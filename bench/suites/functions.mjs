import { ours } from '../lib/contenders.mjs';

const named = (/** @type {string} */ suffix, /** @type {object} */ parameters) =>
  ours('functions', parameters).map((one) => ({ ...one, name: `${one.name}, ${suffix}` }));

const driver = (/** @type {string} */ name, /** @type {object} */ parameters) => ({
  name,
  driver: 'manycore/functions',
  ours: true,
  parameters,
});

export default {
  title: 'functions that cross',
  measures: [
    {
      name: 'calls',
      title: 'the same function called again and again, one call after the other',
      unit: 'µs',
      better: 'less',
      run: 'byValue',
      parameters: { count: 10_000 },
      quick: { count: 500 },
      contenders: [
        ...named('by reference', { way: 'reference' }),
        ...named('by value', { way: 'value' }),
        ...named('new closure each time', { way: 'fresh' }),
        {
          name: 'workerpool',
          driver: 'workerpool',
          kind: 'javascript',
          setting: 'source with each call, threads',
          parameters: { workerType: 'thread' },
        },
        {
          name: 'multithreading',
          driver: 'multithreading',
          kind: 'javascript',
          setting: 'source once a worker, threads',
        },
      ],
    },
    {
      name: 'hot',
      title: 'a loop of some 100 ms with a captured constant, function and class, in pairs by value and by reference',
      unit: 'ms',
      better: 'less',
      run: 'hot',
      parameters: { count: 15, rounds: 15_000_000 },
      quick: { count: 3, rounds: 1_500_000 },
      contenders: ours('functions'),
      targets: ours('functions').map(({ name }) => ({
        text: `by value takes at most 1.1 of the time by reference (${name})`,
        ours: name,
        key: 'value ÷ reference',
        atMost: 1.1,
      })),
    },
    {
      name: 'first',
      title: 'packing the first function of a process',
      unit: 'µs',
      better: 'less',
      run: 'first',
      contenders: ['reference', 'value'].map((way) => driver(`by ${way}`, { way })),
    },
    {
      name: 'warm',
      title: 'packing a function that was packed before',
      unit: 'µs',
      better: 'less',
      run: 'warm',
      parameters: { count: 20_000 },
      quick: { count: 20_000 },
      contenders: [
        driver('by reference', { way: 'reference', count: 1_000_000 }),
        driver('by value', { way: 'value' }),
        driver('new closure each time', { way: 'fresh' }),
      ],
      targets: [
        { text: 'a warm reference takes less than 1 µs', ours: 'by reference', key: 'per use', atMost: 1 },
        { text: 'and no read or write', ours: 'by reference', key: 'reads and writes', atMost: 0 },
      ],
    },
    {
      name: 'held',
      title: 'memory that {count} closures leave behind once they were sent',
      unit: 'MB',
      better: 'less',
      run: 'held',
      parameters: { count: 100_000 },
      quick: { count: 10_000 },
      contenders: [driver('closures', {})],
      targets: [{ text: 'the heap stays flat', ours: 'closures', atMost: 4 }],
    },
    {
      name: 'awaits',
      title: 'one await, before and after functions were sent',
      unit: 'ns',
      better: 'less',
      run: 'awaits',
      contenders: [driver('awaits', {})],
    },
    {
      name: 'prepare',
      title: 'what it takes to make a function ready to be sent',
      unit: 'µs',
      better: 'less',
      run: 'prepare',
      parameters: { count: 2000 },
      quick: { count: 100 },
      contenders: [{ name: 'manycore explain', driver: 'manycore/functions', ours: true }],
    },
  ],
};
